-- Tenant A: 480 time entries (336 run, 86 setup, 24 rework, 19 wait, 15 breakdown) and 40 pauses.
--   The ended entries of an operation add up to its actual_time. 6 entries are running: one on a completed operation, one
--   that is paused, two by the same person on the same operation.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    CREATE TEMP TABLE demo_entry ON COMMIT DROP AS
    WITH operation AS (
        SELECT o.id, o.actual_time, o.status, coalesce(o.assigned_operator_id, mes_demo_id('A/profile/jan.smit')) AS operator_id,
               coalesce(o.completed_at, now() - (0.2 + 3 * pg_temp.demo_share(o.id::text)) * interval '1 day') AS until_at,
               1 + (row_number() OVER (ORDER BY o.actual_time DESC, o.id) <= 199)::integer AS entries
          FROM operations o
         WHERE o.tenant_id = a AND o.deleted_at IS NULL AND o.actual_time > 0
    ), entry AS (
        SELECT o.*, k, row_number() OVER (ORDER BY o.until_at, o.id, k) AS n,
               CASE WHEN o.entries = 1 THEN o.actual_time WHEN k = 1 THEN ceil(o.actual_time * 0.3)
                    ELSE o.actual_time - ceil(o.actual_time * 0.3) END::integer AS minutes
          FROM operation o CROSS JOIN LATERAL generate_series(1, o.entries) AS k
    ), ranked AS (
        SELECT e.*, row_number() OVER (ORDER BY e.entries = 2 AND e.k = 1 DESC, md5('type' || e.n)) AS type_rank,
               -- Pauses of 5 to 30 minutes in 39 of the longer entries.
               CASE WHEN row_number() OVER (ORDER BY e.minutes < 40, md5('pause' || e.n)) <= 39
                    THEN 300 + floor(1500 * pg_temp.demo_share('pause' || e.n))::integer ELSE 0 END AS pause
          FROM entry e
    )
    SELECT r.*, CASE WHEN r.type_rank <= 86 THEN 'setup' WHEN x.other <= 24 THEN 'rework' WHEN x.other <= 43 THEN 'wait'
                     WHEN x.other <= 58 THEN 'breakdown' ELSE 'run' END AS time_type,
           -- The first of two entries ends two hours before the second one starts.
           r.until_at - CASE WHEN r.entries = 2 AND r.k = 1
               THEN (r.actual_time - r.minutes + 120 + 30) * interval '1 minute' ELSE interval '0' END AS end_at
      FROM ranked r CROSS JOIN LATERAL (SELECT 475 - r.type_rank AS other) x;

    INSERT INTO time_entries (id, tenant_id, operator_id, operation_id, start_time, end_time, duration, created_at, time_type)
    SELECT mes_demo_id('A/time_entry/' || n), a, operator_id, id,
           end_at - minutes * interval '1 minute' - pause * interval '1 second', end_at, minutes,
           end_at - minutes * interval '1 minute' - pause * interval '1 second', time_type
      FROM demo_entry;

    INSERT INTO time_entry_pauses (id, tenant_id, time_entry_id, paused_at, resumed_at, duration, created_at)
    SELECT mes_demo_id('A/pause/' || row_number() OVER (ORDER BY n)), a, mes_demo_id('A/time_entry/' || n), p.at,
           p.at + pause * interval '1 second', pause, p.at
      FROM demo_entry
     CROSS JOIN LATERAL (SELECT end_at - minutes * interval '40 seconds' - pause * interval '1 second' AS at) p
     WHERE pause > 0;
    DROP TABLE demo_entry;

    INSERT INTO time_entries (id, tenant_id, operator_id, operation_id, start_time, created_at, is_paused, time_type, notes)
    SELECT mes_demo_id('A/time_entry/' || 474 + w.n), a, o.operator_id, o.id, now() - w.hours * interval '1 hour',
           now() - w.hours * interval '1 hour', w.n = 2, 'run', w.notes
      FROM (VALUES (1, 'completed', 1, 5.0, 'Forgotten'), (2, 'in_progress', 1, 3.0, NULL), (3, 'in_progress', 2, 2.5, NULL),
                   (4, 'in_progress', 2, 2.4, 'Started twice'), (5, 'in_progress', 3, 1.5, NULL), (6, 'in_progress', 4, 0.7, NULL)
           ) AS w (n, status, place, hours, notes)
      JOIN (SELECT id, status, assigned_operator_id AS operator_id,
                   row_number() OVER (PARTITION BY status ORDER BY completed_at DESC, created_at, id) AS place
              FROM operations WHERE tenant_id = a AND deleted_at IS NULL
               AND status IN ('completed', 'in_progress')) o ON o.status::text = w.status AND o.place = w.place;
    INSERT INTO time_entry_pauses (id, tenant_id, time_entry_id, paused_at)
    VALUES (mes_demo_id('A/pause/40'), a, mes_demo_id('A/time_entry/476'), now() - interval '20 minutes');
END
$seed$;
