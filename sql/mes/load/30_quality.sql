-- The quantity ledger and the issues, both spread evenly over the started operations: of `all_started` operations,
-- number i gets the rows (i - 1) * rows / all_started + 1 to i * rows / all_started, in integer division.

DO $quantities$
DECLARE
    v_parts integer := (SELECT max(n) FROM load_part);
    v_rows bigint := (SELECT jobs * 25 FROM load_size);
    v_started bigint := (SELECT sum(started) FROM load_part);
BEGIN
    FOR v_first IN 1..v_parts BY 40000 LOOP
        -- About 4 % scrap and 2 % rework; the pieces of an operation never exceed its part's quantity.
        INSERT INTO operation_quantities (id, tenant_id, operation_id, recorded_by, quantity_produced, quantity_good, quantity_scrap,
                                          quantity_rework, scrap_reason_id, recorded_at, created_at, updated_at)
        SELECT pg_temp.load_id(t.seed, '/quantity/', q), t.id, pg_temp.load_id(t.seed, '/operation/', p.n, s),
               pg_temp.load_id(t.seed, '/profile/', t.n, 1 + floor(t.operators * pg_temp.load_share(q, 20))::integer),
               m.made, m.made - x.scrap - x.rework, x.scrap, x.rework,
               CASE WHEN x.scrap > 0 AND m.share < 0.235
                    THEN pg_temp.load_id(t.seed, '/scrap_reason/', t.n, 1 + floor(12 * power(pg_temp.load_share(q, 21), 2))::integer) END,
               w.at, w.at, w.at
          FROM load_part p
          JOIN load_tenant t ON t.n = p.tenant
         CROSS JOIN LATERAL generate_series(1, p.started) AS s
         CROSS JOIN LATERAL (SELECT (p.started_before + s - 1) * v_rows / v_started AS rows_before,
                                    (p.started_before + s) * v_rows / v_started AS last_row) r
         CROSS JOIN LATERAL generate_series(r.rows_before + 1, r.last_row) AS q
         CROSS JOIN LATERAL (SELECT CASE WHEN s <= p.done THEN p.quantity ELSE p.quantity * 2 / 5 END AS pieces,
                                    q - r.rows_before AS nth, r.last_row - r.rows_before AS lots) l
         CROSS JOIN LATERAL (SELECT (l.pieces * l.nth / l.lots - l.pieces * (l.nth - 1) / l.lots)::integer AS made,
                                    pg_temp.load_share(q, 22) AS share, pg_temp.load_share(q, 23) AS part) m
         CROSS JOIN LATERAL (SELECT CASE WHEN m.share < 0.25 THEN round(m.made * 0.3 * m.part)::integer ELSE 0 END AS scrap,
                                    CASE WHEN m.share > 0.85 THEN round(m.made * 0.3 * m.part)::integer ELSE 0 END AS rework) x
         CROSS JOIN LATERAL (SELECT p.begin_at + (p.span_end - p.begin_at) * ((s - 1 + l.nth::double precision / l.lots
                                        * CASE WHEN s <= p.done THEN 1 ELSE 0.9 END) / p.span_steps) AS at) w
         WHERE p.n BETWEEN v_first AND v_first + 39999;
    END LOOP;
END
$quantities$;

-- A quarter are NCRs. A pending issue on an operation that is on hold is its standstill issue.
CREATE TEMP TABLE load_issue ON COMMIT DROP AS
SELECT i.*, CASE WHEN i.ncr THEN row_number() OVER (PARTITION BY i.tenant, i.year, i.ncr ORDER BY i.created_at, i.n) END AS number
  FROM (SELECT d.*, pg_temp.load_share(d.n, 31) < 0.25 AS ncr, extract(year FROM d.created_at AT TIME ZONE t.zone)::integer AS year,
               CASE WHEN d.share < CASE WHEN d.created_at > now() - interval '14 days' THEN 0.6 ELSE 0.03 END THEN 'pending'
                    WHEN d.share < 0.8 THEN 'closed' WHEN d.share < 0.95 THEN 'approved' ELSE 'rejected' END::issue_status AS status
          FROM (SELECT g.n, p.n AS part, s, p.tenant, s > p.done AND p.active = 'on_hold' AS held, p.quantity,
                       pg_temp.load_share(g.n, 30) AS share,
                       p.begin_at + (p.span_end - p.begin_at) * ((s - 1 + pg_temp.load_share(g.n, 36)) / p.span_steps) AS created_at
                  FROM load_size z
                 CROSS JOIN (SELECT sum(started) AS started FROM load_part) a
                 CROSS JOIN load_part p
                 CROSS JOIN LATERAL generate_series(1, p.started) AS s
                 CROSS JOIN LATERAL generate_series((p.started_before + s - 1) * z.jobs / a.started + 1,
                                                    (p.started_before + s) * z.jobs / a.started) AS g (n)) d
          JOIN load_tenant t ON t.n = d.tenant) i;

INSERT INTO issues (id, tenant_id, operation_id, created_by, title, description, severity, status, reviewed_by, reviewed_at, resolution_notes,
                    created_at, updated_at, issue_type, ncr_number, ncr_category, disposition, root_cause, affected_quantity, causes_standstill)
SELECT pg_temp.load_id(t.seed, '/issue/', i.n), t.id, pg_temp.load_id(t.seed, '/operation/', i.part, i.s),
       pg_temp.load_id(t.seed, '/profile/', t.n, 1 + floor(t.operators * pg_temp.load_share(i.n, 32))::integer),
       CASE WHEN i.ncr THEN 'Non-conformance' ELSE 'Remark' END,
       (ARRAY['Hole pattern is off by 0.4 mm', 'Scratches on the visible side', 'Pores in the seam', 'Sheet is wavy'])[1 + i.n % 4],
       (CASE WHEN v.severity < 0.08 THEN 'critical' WHEN v.severity < 0.33 THEN 'high' WHEN v.severity < 0.73 THEN 'medium' ELSE 'low' END)::issue_severity,
       i.status, CASE WHEN i.status <> 'pending' THEN pg_temp.load_id(t.seed, '/profile/', t.n, 0) END,
       CASE WHEN i.status <> 'pending' THEN r.at END, CASE WHEN i.status <> 'pending' THEN 'Done and checked' END,
       i.created_at, CASE WHEN i.status <> 'pending' THEN r.at ELSE i.created_at END,
       (CASE WHEN i.ncr THEN 'ncr' ELSE 'general' END)::issue_type,
       CASE WHEN i.ncr THEN format('NCR-%s-%s', i.year, lpad(i.number::text, greatest(4, length(i.number::text)), '0')) END,
       CASE WHEN i.ncr THEN (ARRAY['dimensional', 'process_error', 'surface_finish', 'material_defect', 'other'])[1 + i.n % 5]::ncr_category END,
       CASE WHEN i.ncr AND i.status <> 'pending' THEN (ARRAY['rework', 'scrap', 'use_as_is', 'return_to_supplier'])[1 + i.n % 4]::ncr_disposition END,
       CASE WHEN i.status = 'closed' THEN (ARRAY['Worn tool', 'Wrong program', 'Material of the wrong lot', 'Handling'])
                                          [1 + floor(4 * power(pg_temp.load_share(i.n, 33), 2))::integer] END,
       CASE WHEN i.ncr THEN 1 + i.quantity / 10 END, i.held AND i.status = 'pending'
  FROM load_issue i
  JOIN load_tenant t ON t.n = i.tenant
 CROSS JOIN LATERAL (SELECT pg_temp.load_share(i.n, 34) AS severity) v
 CROSS JOIN LATERAL (SELECT i.created_at + least(interval '10 days', now() - i.created_at) * (0.02 + 0.9 * pg_temp.load_share(i.n, 35)) AS at) r;

INSERT INTO ncr_counters (tenant_id, year, last_number)
SELECT t.id, i.year, max(i.number) FROM load_issue i JOIN load_tenant t ON t.n = i.tenant WHERE i.ncr GROUP BY t.id, i.year;
