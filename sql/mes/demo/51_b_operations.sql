-- Tenant B: 220 operations, 4 to 8 per part, with long set-ups, all with planned dates.

DO $seed$
DECLARE
    b constant uuid := mes_demo_id('B');
    zone constant text := 'America/Chicago';
BEGIN
    IF NOT pg_temp.demo_open('B') THEN
        RETURN;
    END IF;

    INSERT INTO operations (id, tenant_id, part_id, cell_id, assigned_operator_id, operation_name, sequence,
                            estimated_time, actual_time, status, completion_percentage, created_at, updated_at,
                            completed_at, setup_time, run_time_per_unit, planned_start, planned_end)
    SELECT mes_demo_id(o.key), b, o.part_id, mes_demo_id('B/cell/' || o.cell),
           mes_demo_id('B/profile/' || (ARRAY['jan.smit', 'darnell.hayes', 'maria.lopez', 'kevin.olson'])
                                       [1 + floor(4 * pg_temp.demo_share(o.key || 'person'))::integer]),
           o.name, o.n * 10, m.setup + m.run,
           CASE o.status WHEN 'completed' THEN round((m.setup + m.run) * exp(0.15 * pg_temp.demo_normal(o.key)))
                         WHEN 'not_started' THEN 0 ELSE m.setup END,
           o.status,
           CASE o.status WHEN 'completed' THEN 100 WHEN 'not_started' THEN 0 ELSE 35 END,
           o.created_at + o.n * interval '1 second', coalesce(w.done_at, o.created_at + o.n * interval '1 second'),
           w.done_at, m.setup, round(m.run / o.quantity::numeric, 2),
           coalesce(w.done_at - (m.setup + m.run) * interval '1 minute', w.start_at),
           coalesce(w.done_at, w.start_at + (m.setup + m.run) * interval '1 minute')
      FROM (SELECT r.*, s.name, s.cell, 'B/operation/' || r.part_number || '/' || r.n AS key,
                   CASE WHEN r.part_status = 'completed' OR r.n <= r.done THEN 'completed'
                        WHEN r.n = r.done + 1 AND r.part_status = 'in_progress' THEN 'in_progress'
                        WHEN r.n = r.done + 1 AND r.part_status = 'on_hold' THEN 'on_hold'
                        ELSE 'not_started' END::task_status AS status
              FROM (SELECT p.*, u.place, row_number() OVER (PARTITION BY p.part_id ORDER BY u.place)::integer AS n
                      FROM (SELECT q.*, CASE q.part_status WHEN 'not_started' THEN 0 WHEN 'completed' THEN q.steps
                                        ELSE q.steps / 2 END AS done
                              FROM (SELECT p.id AS part_id, p.part_number, p.quantity, p.status AS part_status,
                                           p.created_at, j.started_at, j.completed_at,
                                           (ARRAY[4, 5, 6, 7, 5, 4, 8, 5])[1 + (row_number() OVER (ORDER BY p.part_number))::integer % 8] AS steps
                                      FROM parts p JOIN jobs j ON j.tenant_id = b AND j.id = p.job_id
                                     WHERE p.tenant_id = b) q) p
                      JOIN unnest(ARRAY[4, 5, 4, 6, 4, 7, 8, 4]) WITH ORDINALITY AS u (least_steps, place)
                        ON u.least_steps <= p.steps) r
              JOIN (VALUES (1, 'Sawing', 'Saw'), (2, 'Turning', 'Turn'), (3, 'Milling OP10', 'Mill 3-axis'),
                           (4, 'Milling OP20', 'Mill 3-axis'), (5, 'Milling 5-axis', 'Mill 5-axis'),
                           (6, 'Interim measuring', 'Inspection'), (7, 'Finish milling', 'Mill 5-axis'),
                           (8, 'Final inspection', 'Inspection')) AS s (place, name, cell) ON s.place = r.place) o
     -- More setup than run time, as is typical of machining in small lots.
     CROSS JOIN LATERAL (SELECT 60 + 15 * floor(12 * pg_temp.demo_share(o.key || 'setup'))::integer AS setup,
                                20 + 5 * floor(20 * pg_temp.demo_share(o.key || 'run'))::integer AS run) m
     CROSS JOIN LATERAL (
        SELECT CASE WHEN o.status = 'completed' THEN
                   date_trunc('day', (o.started_at + (coalesce(o.completed_at, now() - interval '1 day') - o.started_at)
                                      * ((o.n - 0.5) / (o.done + 1))) AT TIME ZONE zone) AT TIME ZONE zone
                   + interval '9 hours' + o.n * interval '50 minutes' END AS done_at,
               pg_temp.demo_workday(zone, (o.n - o.done - 1) * 2
                   + CASE o.part_status WHEN 'not_started' THEN 8 ELSE 0 END, '07:00') AS start_at) w;

    UPDATE parts p SET current_cell_id = r.cell_id, updated_at = p.updated_at + interval '1 second'
      FROM operations r
     WHERE p.tenant_id = b AND r.tenant_id = b AND r.part_id = p.id AND r.status = 'in_progress';
END
$seed$;
