-- The quantity ledger of tenants A (1600 rows) and B (1200 rows) over 119 days, newest first by week:
--   A  93.5 % good, 4 % scrap, 2.5 % rework; Welding worst, Inspection best; the week of day 70 to 76 is bad, that of day
--      56 to 62 is slow; the scrap rate of the last 30 days is above that of the 30 days before; the first four reasons
--      account for 80 % of the scrap, 6 % has none; 25 lots are split over two reasons; 5 rows lie within an hour of midnight
--   B  98.5 % good, 1 % scrap, 0.5 % rework; 5 split lots
-- The pieces of an operation never exceed its part's quantity.

DO $seed$
DECLARE
    weeks constant integer[] := '{104,98,110,101,95,107,118,92,60,88,97,103,121,91,85,68,62}';
    f record;
BEGIN
    FOR f IN SELECT * FROM (VALUES
        ('A', 'Europe/Amsterdam', 1600, 0.04, 0.025, '{Welding}'::text[], '{POR,DIM,SCR,ANG}'::text[], 25),
        ('B', 'America/Chicago', 1200, 0.01, 0.005, '{Mill 5-axis}', '{DIM,SET,TLB,CRK}', 5)
        ) AS v (tenant, zone, rows, scrap, rework, bad_cells, codes, splits)
        WHERE pg_temp.demo_open(v.tenant)
    LOOP
        CREATE TEMP TABLE demo_lot ON COMMIT DROP AS
        WITH week AS (
            SELECT w - 1 AS w, sum(weeks[w]) OVER (ORDER BY w) / 1600.0 AS until, (sum(weeks[w]) OVER (ORDER BY w) - weeks[w]) / 1600.0 AS since
              FROM generate_series(1, 17) AS w
        ), stamped AS (
            SELECT n, week.w,
                   pg_temp.demo_time(f.zone, -day.ago, CASE
                       WHEN f.tenant = 'A' AND n IN (200, 800, 1400) THEN time '23:10' + n % 7 * interval '5 minutes'
                       WHEN f.tenant = 'A' AND n IN (500, 1100) THEN time '00:05' + n % 7 * interval '5 minutes'
                       ELSE time '07:10' + 540 * pg_temp.demo_share(f.tenant || '/lot time/' || n) * interval '1 minute' END) AS at
              FROM generate_series(1, f.rows) AS n
              JOIN week ON (n - 0.5) / f.rows >= week.since AND (n - 0.5) / f.rows < week.until
             CROSS JOIN LATERAL (SELECT 1 + week.w * 7 + floor(7 * pg_temp.demo_share(f.tenant || '/lot day/' || n))::integer AS ago) day
        ), numbered AS (
            SELECT s.w, s.at, row_number() OVER (ORDER BY s.at, s.n)::integer AS n FROM stamped s
        ), made AS (
            SELECT o.id, o.assigned_operator_id, c.name AS cell,
                   CASE o.status WHEN 'completed' THEN p.quantity ELSE ceil(p.quantity * 0.4) END AS pieces,
                   coalesce(o.completed_at, now()) AS at
              FROM operations o
              JOIN parts p ON p.tenant_id = o.tenant_id AND p.id = o.part_id
              JOIN cells c ON c.tenant_id = o.tenant_id AND c.id = o.cell_id
             WHERE o.tenant_id = mes_demo_id(f.tenant) AND o.deleted_at IS NULL AND o.status <> 'not_started'
        ), spread AS (
            -- Each operation gets the rows that its share of all pieces covers, in the order of completion.
            SELECT m.*, round(f.rows * (sum(pieces) OVER (ORDER BY at, id) - pieces) / sum(pieces) OVER ())::integer AS since,
                   round(f.rows * (sum(pieces) OVER (ORDER BY at, id)) / sum(pieces) OVER ())::integer AS until
              FROM made m
        ), lot AS (
            SELECT n.n, n.at, o.id AS operation_id, o.assigned_operator_id AS operator_id, o.cell,
                   (floor(o.pieces * (n.n - o.since)::numeric / (o.until - o.since))
                    - floor(o.pieces * (n.n - o.since - 1)::numeric / (o.until - o.since)))::integer AS produced,
                   CASE WHEN o.cell = ANY (f.bad_cells) THEN 2.2 WHEN o.cell = 'Inspection' THEN 0.3 ELSE 0.9 END
                   * CASE WHEN n.w = 10 THEN 2.5 WHEN n.at > now() - interval '30 days' THEN 1.35 ELSE 0.9 END AS factor
              FROM numbered n JOIN spread o ON n.n > o.since AND n.n <= o.until
        ), weighted AS (
            SELECT l.*, sum(produced * factor * 3 * power(pg_temp.demo_share(f.tenant || '/scrap/' || n), 2)) OVER upto AS scrap_upto,
                   sum(produced * 3 * power(pg_temp.demo_share(f.tenant || '/rework/' || n), 2)) OVER upto AS rework_upto,
                   sum(produced) OVER () AS total
              FROM lot l
            WINDOW upto AS (ORDER BY n)
        ), rounded AS (
            -- Rounding the running totals gives whole pieces and exact sums.
            SELECT w.*, round(f.scrap * total * scrap_upto / max(scrap_upto) OVER ())::integer AS scrap_total,
                   round(f.rework * total * rework_upto / max(rework_upto) OVER ())::integer AS rework_total
              FROM weighted w
        ), counted AS (
            SELECT r.*, scrap_total - coalesce(lag(scrap_total) OVER (ORDER BY n), 0) AS scrap,
                   rework_total - coalesce(lag(rework_total) OVER (ORDER BY n), 0) AS rework
              FROM rounded r
        )
        SELECT c.*, (sum(scrap) OVER (ORDER BY md5(f.tenant || '/reason/' || n)) - scrap / 2.0)
                    / sum(scrap) OVER ()::numeric AS place, NULL::uuid AS reason
          FROM counted c;

        UPDATE demo_lot l
           SET reason = mes_demo_id(f.tenant || '/scrap_reason/' || CASE
               WHEN place < 0.36 THEN f.codes[1] WHEN place < 0.58 THEN f.codes[2] WHEN place < 0.74 THEN f.codes[3]
               WHEN place < 0.86 THEN f.codes[4]
               ELSE (SELECT r.code FROM scrap_reasons r
                      WHERE r.tenant_id = mes_demo_id(f.tenant) AND r.active AND r.code <> ALL (f.codes)
                      ORDER BY md5(r.code || l.n) LIMIT 1) END)
         WHERE scrap > 0 AND place >= 0.06;

        INSERT INTO operation_quantities (id, tenant_id, operation_id, recorded_by, quantity_produced, quantity_good,
                                          quantity_scrap, quantity_rework, scrap_reason_id, recorded_at, created_at, updated_at)
        SELECT mes_demo_id(f.tenant || '/quantity/' || n), mes_demo_id(f.tenant), operation_id, operator_id, produced,
               produced - scrap - rework, scrap, rework, reason, at, at, at
          FROM demo_lot;

        -- A split lot keeps its first reason in the ledger; the second reason takes half of the pieces.
        INSERT INTO operation_quantity_scrap_reasons (id, tenant_id, operation_quantity_id, scrap_reason_id, quantity, created_at)
        SELECT mes_demo_id(f.tenant || '/quantity/' || s.n || '/' || x.code), mes_demo_id(f.tenant),
               mes_demo_id(f.tenant || '/quantity/' || s.n), x.reason, x.pieces, s.at
          FROM (SELECT l.*, r.code, array_position(f.codes, r.code) AS i
                  FROM demo_lot l JOIN scrap_reasons r ON r.tenant_id = mes_demo_id(f.tenant) AND r.id = l.reason
                 WHERE l.scrap >= 2 AND r.code = ANY (f.codes) ORDER BY md5('split' || l.n) LIMIT f.splits) s
         CROSS JOIN LATERAL (VALUES (s.code, s.reason, s.scrap - s.scrap / 2),
                                    (f.codes[1 + s.i % 4], mes_demo_id(f.tenant || '/scrap_reason/' || f.codes[1 + s.i % 4]), s.scrap / 2)
                            ) AS x (code, reason, pieces);
        DROP TABLE demo_lot;
    END LOOP;
END
$seed$;
