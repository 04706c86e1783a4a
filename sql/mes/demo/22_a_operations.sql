-- Tenant A: 560 operations, 3 to 7 per part, and 4 soft-deleted ones.
--   status   220 completed, 35 in_progress, 20 on_hold, 285 not_started, after 25_a_issues.sql has put three running
--            ones on hold by Yellow Cards
--   load     counted as jobs with queued or running work: Laser 1 normal, Press Brake in the warning range, Welding over
--            its limit, Assembly at its limit, Inspection without a limit

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
    zone constant text := 'Europe/Amsterdam';
    -- Jobs whose open parts still have to pass these cells; all of them pass Inspection.
    cut constant integer[] := '{1001,1002,1003,1004,1005,1006,1007,1012,1024,1025}';
    bent constant integer[] := '{1001,1002,1003,1004,1005,1006,1007,1012,1024}';
    assembled constant integer[] := '{1009,1010,1011,1014,1015,1017,1018,1019,1020,1021,1022,1023}';
    finished constant integer[] := '{1013,1014,1015,1016,1017,1018,1019,1021,1023,1025,1027,1028,1029,1030}';
    -- Jobs that still have to pass Welding; the others have passed it or are not welded.
    welded constant integer[] := '{1001,1002,1003,1004,1005,1006,1007,1009,1010,1011,1012,1013,1014,1016,1017,1020,1021,1024,1025,1027,1028}';
    v_needed integer;
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    -- How many operations each part has (4.3 on average, 560 in all) and how many of them are completed.
    CREATE TEMP TABLE demo_part ON COMMIT DROP AS
    SELECT p.id, p.part_number, p.quantity, p.status, p.created_at, substr(j.job_number, 5)::integer AS job,
           j.started_at AS begin_at, coalesce(j.completed_at, now() - interval '1 day') AS end_at,
           4 + (ARRAY[0, -1, 1, 0, 2, -1, 1, 0, 0, 3, -1, 0, 0])[1 + (row_number() OVER (ORDER BY p.part_number))::integer % 13]
               AS steps,
           row_number() OVER (PARTITION BY p.status IN ('in_progress', 'on_hold') ORDER BY md5(p.part_number))::integer
               AS rank,
           0 AS done, NULL::task_status AS active, 0 AS plan_rank, 0 AS plan_day
      FROM parts p JOIN jobs j ON j.tenant_id = a AND j.id = p.job_id
     WHERE p.tenant_id = a AND p.deleted_at IS NULL;

    SELECT 220 - sum(steps) INTO v_needed FROM demo_part WHERE status = 'completed';
    UPDATE demo_part
       SET done = CASE status WHEN 'completed' THEN steps WHEN 'not_started' THEN 0
                  ELSE floor(rank * v_needed / 70.0) - floor((rank - 1) * v_needed / 70.0)
                       + CASE WHEN rank > 68 THEN 0 WHEN rank % 4 = 1 THEN 1 WHEN rank % 4 = 3 THEN -1 ELSE 0 END END;
    -- Running: 38 (three of them get a Yellow Card); put on hold by hand: 7, and one on each of the 10 parts on hold.
    UPDATE demo_part d
       SET active = CASE WHEN d.status = 'on_hold' THEN 'on_hold' WHEN r.n <= 38 THEN 'in_progress'
                         WHEN r.n <= 45 THEN 'on_hold' END::task_status
      FROM (SELECT id, row_number() OVER (PARTITION BY status ORDER BY done > 0, md5(part_number || 'active')) AS n
              FROM demo_part WHERE status IN ('in_progress', 'on_hold')) r
     WHERE r.id = d.id;

    -- The routing: completed steps in the usual order, open ones at the cells that the job still has to pass.
    CREATE TEMP TABLE demo_operation ON COMMIT DROP AS
    WITH step (place, name, cell, priority, jobs, most_done) AS (
        VALUES (10, 'Laser cutting', 'Laser 1', 1, cut, 0), (20, 'Bending', 'Press Brake', 2, bent, 1),
               (30, 'Welding', 'Welding', 3, welded, 9), (40, 'Seam dressing', 'Welding', 7, welded, 9),
               (45, 'Straightening', 'Welding', 9, welded, 9), (50, 'Assembly', 'Assembly', 4, assembled, 9),
               (60, 'Deburring', 'Finishing', 6, finished, 2), (70, 'Powder coating', 'Finishing', 5, finished, 9),
               (80, 'Dimensional check', 'Inspection', 8, NULL, 9), (85, 'Leak test', 'Inspection', 10, NULL, 9),
               (90, 'Final inspection', 'Inspection', 0, NULL, 9), (95, 'Packing', 'Inspection', 11, NULL, 9),
               (97, 'Labelling', 'Inspection', 12, NULL, 9)
    ), usual (place, name, cell, least_steps, done_place) AS (
        VALUES (10, 'Laser cutting', 'Laser 1', 1, 1), (20, 'Bending', 'Press Brake', 2, 2),
               (30, 'Welding', 'Welding', 4, NULL), (50, 'Assembly', 'Assembly', 5, NULL),
               (60, 'Deburring', 'Finishing', 7, 3), (70, 'Powder coating', 'Finishing', 6, NULL),
               (90, 'Final inspection', 'Inspection', 3, NULL)
    ), chosen AS (
        SELECT d.id, u.place, u.name, u.cell, 0 AS open
          FROM demo_part d JOIN usual u ON u.least_steps <= d.steps
         WHERE d.status = 'completed'
        UNION ALL
        SELECT d.id, u.done_place, u.name, u.cell, 0
          FROM demo_part d JOIN usual u ON u.done_place <= d.done
         WHERE d.status <> 'completed'
        UNION ALL
        SELECT s.id, s.place, s.name, s.cell, 1
          FROM (SELECT d.id, s.*, d.steps - d.done AS wanted,
                       row_number() OVER (PARTITION BY d.id ORDER BY s.priority) AS n
                  FROM demo_part d
                  JOIN step s ON (s.jobs IS NULL OR d.job = ANY (s.jobs)) AND d.done <= s.most_done
                 WHERE d.status <> 'completed') s
         WHERE s.n <= s.wanted
    )
    SELECT d.*, c.name, c.cell,
           row_number() OVER (PARTITION BY d.id ORDER BY c.open, c.place)::integer AS n,
           'A/operation/' || d.part_number || '/' || row_number() OVER (PARTITION BY d.id ORDER BY c.open, c.place) AS key
      FROM demo_part d JOIN chosen c ON c.id = d.id;

    INSERT INTO operations (id, tenant_id, part_id, cell_id, assigned_operator_id, operation_name, sequence,
                            estimated_time, actual_time, status, completion_percentage, notes, created_at, updated_at,
                            completed_at, setup_time, run_time_per_unit)
    SELECT mes_demo_id(o.key), a, o.id, mes_demo_id('A/cell/' || o.cell),
           mes_demo_id('A/profile/' || CASE
               -- Twelve open operations are assigned to a person who has left, or to nobody.
               WHEN o.job BETWEEN 1001 AND 1005 AND o.key LIKE '%-01/1' THEN 'wim.vandenberg'
               WHEN o.job BETWEEN 1001 AND 1007 AND o.key LIKE '%-02/1' THEN NULL
               ELSE (ARRAY['jan.smit', 'fatima.elidrissi', 'tomasz.kowalski', 'sofie.janssen', 'milan.petrovic',
                           'lars.hansen'])[1 + floor(6 * pg_temp.demo_share(o.key || 'person'))::integer] END),
           o.name,
           -- Three steps of one part run in parallel.
           CASE WHEN o.part_number = 'P-1012-09' AND o.n BETWEEN 2 AND 4 THEN 20 ELSE o.n * 10 END,
           e.minutes,
           CASE s.status WHEN 'completed' THEN greatest(1, round(e.minutes * 1.1 * exp(0.3 * pg_temp.demo_normal(o.key))))
                         WHEN 'in_progress' THEN 1 + floor(e.minutes * 0.8 * pg_temp.demo_share(o.key || 'progress'))
                         WHEN 'on_hold' THEN 1 + floor(e.minutes * 0.4 * pg_temp.demo_share(o.key || 'progress'))
                         ELSE 0 END,
           s.status,
           CASE s.status WHEN 'completed' THEN 100
                         WHEN 'in_progress' THEN 5 + floor(80 * pg_temp.demo_share(o.key || 'progress'))
                         WHEN 'on_hold' THEN 5 + floor(40 * pg_temp.demo_share(o.key || 'progress'))
                         ELSE 0 END,
           CASE WHEN s.status = 'on_hold' THEN 'Waiting for material' END,
           o.created_at + o.n * interval '1 second', coalesce(c.at, o.created_at + o.n * interval '1 second'), c.at,
           least(e.minutes, 15), round(greatest(e.minutes - 15, 0) / o.quantity::numeric, 2)
      FROM demo_operation o
     CROSS JOIN LATERAL (SELECT CASE WHEN o.n <= o.done THEN 'completed' WHEN o.n = o.done + 1 AND o.active IS NOT NULL
                                     THEN o.active ELSE 'not_started' END::task_status AS status) s
     CROSS JOIN LATERAL (SELECT CASE o.key WHEN 'A/operation/P-1013-01/1' THEN 480 WHEN 'A/operation/P-1018-01/1' THEN 5
                                ELSE 5 * (1 + floor(95 * power(pg_temp.demo_share(o.key || 'minutes'), 2.2)))
                                END::integer AS minutes) e
     -- In routing order: the day follows from the part's progress, the time of day from the step.
     CROSS JOIN LATERAL (SELECT CASE WHEN s.status = 'completed' THEN
                                date_trunc('day', (o.begin_at + (o.end_at - o.begin_at) * ((o.n - 0.5) /
                                    (CASE WHEN o.done = o.steps THEN o.done ELSE o.done + 1 END))) AT TIME ZONE zone)
                                    AT TIME ZONE zone + interval '7 hours 30 minutes' + o.n * interval '61 minutes'
                                END AS at) c;

    INSERT INTO operations (id, tenant_id, part_id, cell_id, operation_name, sequence, estimated_time, created_at,
                            updated_at, deleted_at, deleted_by)
    SELECT mes_demo_id('A/operation/' || x.part_number || '/9'), a, p.id, mes_demo_id('A/cell/' || x.cell), 'Sawing', 5,
           30, p.created_at, p.created_at, now() - interval '6 days', mes_demo_id('A/profile/pieter.bakker')
      FROM (VALUES ('P-1041-01', 'Laser 1'), ('P-1041-02', 'Welding'), ('P-1012-31', 'Press Brake'),
                   ('P-1014-01', 'Welding')) AS x (part_number, cell)
      JOIN parts p ON p.tenant_id = a AND p.part_number = x.part_number;

    -- The current cell: that of the running operation that comes first on the shop floor.
    UPDATE parts p SET current_cell_id = r.cell_id, updated_at = p.updated_at + interval '1 second'
      FROM operations r
     WHERE p.tenant_id = a AND r.tenant_id = a AND r.part_id = p.id AND r.status = 'in_progress';
    UPDATE jobs j SET current_cell_id = r.cell_id, updated_at = j.updated_at + interval '1 second'
      FROM (SELECT DISTINCT ON (p.job_id) p.job_id, p.current_cell_id AS cell_id
              FROM parts p JOIN cells c ON c.tenant_id = a AND c.id = p.current_cell_id
             WHERE p.tenant_id = a ORDER BY p.job_id, c.sequence) r
     WHERE j.tenant_id = a AND j.id = r.job_id;
    DROP TABLE demo_operation, demo_part;
END
$seed$;
