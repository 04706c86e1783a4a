-- Tenant A: planned windows of 300 operations (55 running or on hold, 180 not started, 65 completed).
--   8 that are not started should have started days ago; 5 are planned before their preceding step; 20 overlap on the
--   welding robot, five per day. All others follow their routing, one step per working day.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
    zone constant text := 'Europe/Amsterdam';
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    CREATE TEMP TABLE demo_step ON COMMIT DROP AS
    SELECT s.*, min(s.n) FILTER (WHERE s.status = 'not_started') OVER part AS first_open,
           bool_or(s.status IN ('in_progress', 'on_hold')) OVER part AS active,
           count(*) FILTER (WHERE s.status = 'not_started') OVER part AS open_steps
      FROM (SELECT o.id, o.part_id, o.operation_name, o.status, o.estimated_time, o.completed_at, o.created_at,
                   p.part_number, p.status AS part_status, j.status AS job_status,
                   row_number() OVER (PARTITION BY o.part_id ORDER BY o.created_at)::integer AS n
              FROM operations o
              JOIN parts p ON p.tenant_id = a AND p.id = o.part_id
              JOIN jobs j ON j.tenant_id = a AND j.id = p.job_id
             WHERE o.tenant_id = a AND o.deleted_at IS NULL) s
    WINDOW part AS (PARTITION BY s.part_id);

    WITH robot AS (
        -- This is the day of the welding step; the days of the steps before and after follow from it.
        SELECT part_id, n - first_open AS ahead, row_number() OVER (ORDER BY md5(part_number))::integer AS rank
          FROM demo_step
         WHERE operation_name = 'Welding' AND status = 'not_started' AND n - first_open <= 2
         ORDER BY 3 LIMIT 20
    ), candidates AS (
        SELECT DISTINCT s.part_id, s.part_number, s.part_status, s.job_status, s.active, s.open_steps, r.rank AS robot_rank, r.ahead
          FROM demo_step s LEFT JOIN robot r ON r.part_id = s.part_id
         WHERE s.open_steps > 0
    ), late AS (
        SELECT part_id, row_number() OVER (ORDER BY md5(part_number))::integer AS rank
          FROM candidates WHERE robot_rank IS NULL AND NOT active AND part_status = 'in_progress'
         ORDER BY 2 LIMIT 8
    ), crossed AS (
        SELECT part_id FROM candidates
         WHERE robot_rank IS NULL AND active AND open_steps >= 3 ORDER BY md5(part_number) LIMIT 5
    ), part_plan AS (
        SELECT c.part_id, c.robot_rank, l.rank AS late_rank, x.part_id IS NOT NULL AS crossed,
               CASE WHEN c.robot_rank IS NOT NULL THEN 9 + (c.robot_rank - 1) / 5 - c.ahead
                    WHEN l.rank IS NOT NULL OR x.part_id IS NOT NULL THEN 1
                    WHEN c.job_status = 'not_started' THEN 3 + floor(10 * pg_temp.demo_share(c.part_number || 'plan'))
                    ELSE 1 + floor(8 * pg_temp.demo_share(c.part_number || 'plan')) END::integer AS base,
               row_number() OVER (ORDER BY c.robot_rank IS NULL, l.rank IS NULL, x.part_id IS NULL, md5(c.part_number || 'plan')) AS place
          FROM candidates c
          LEFT JOIN late l ON l.part_id = c.part_id
          LEFT JOIN crossed x ON x.part_id = c.part_id
    ), open_step AS (
        SELECT s.*, p.robot_rank, p.late_rank, p.crossed, p.base,
               row_number() OVER (ORDER BY p.place, s.n) AS rank
          FROM demo_step s JOIN part_plan p ON p.part_id = s.part_id
         WHERE s.status = 'not_started'
    ), planned AS MATERIALIZED (
        SELECT id, created_at + interval '2 minutes' AS updated_at,
               CASE WHEN robot_rank IS NOT NULL AND operation_name = 'Welding'
                    THEN pg_temp.demo_workday(zone, base + n - first_open, time '08:00' + robot_rank % 5 * interval '30 minutes')
                    WHEN late_rank IS NOT NULL AND n = first_open THEN pg_temp.demo_workday(zone, -1 - late_rank % 4, '07:30')
                    WHEN crossed AND n = first_open + 2 THEN pg_temp.demo_workday(zone, base, '06:00')
                    ELSE pg_temp.demo_workday(zone, base + n - first_open,
                             time '07:00' + floor(8 * pg_temp.demo_share(id::text)) * interval '30 minutes') END AS at,
               CASE WHEN robot_rank IS NOT NULL AND operation_name = 'Welding' THEN 240 ELSE estimated_time END AS minutes
          FROM open_step WHERE rank <= 180
        UNION ALL
        SELECT id, created_at + interval '2 minutes',
               pg_temp.demo_workday(zone, 0, time '07:00' + floor(60 * pg_temp.demo_share(part_number || 'today')) * interval '1 minute'),
               estimated_time
          FROM demo_step WHERE status IN ('in_progress', 'on_hold')
        UNION ALL
        -- Short operations, so that the windows of one part do not overlap.
        (SELECT id, completed_at, completed_at - estimated_time * interval '1 minute', estimated_time
           FROM demo_step WHERE status = 'completed' AND estimated_time <= 60 ORDER BY completed_at DESC, id LIMIT 65)
    )
    UPDATE operations o
       SET planned_start = p.at, planned_end = p.at + p.minutes * interval '1 minute', updated_at = p.updated_at
      FROM planned p
     WHERE o.tenant_id = a AND o.id = p.id;
    DROP TABLE demo_step;

    -- The scheduler's allocated days: the next 15 working days, at most 90 % of a cell's hours, but Welding far more on two days.
    INSERT INTO operation_day_allocations (id, operation_id, tenant_id, cell_id, date, hours_allocated)
    SELECT mes_demo_id('A/operation_day_allocations/' || row_number() OVER (ORDER BY x.date, x.id)), x.id, a, x.cell_id, x.date,
           greatest(0.05, round(x.hours * CASE WHEN x.name = 'Welding' AND x.day_rank <= 2 THEN 1.3 * x.capacity / x.load
                                               ELSE least(1, 0.9 * x.capacity / x.load) END, 2))
      FROM (SELECT d.*, dense_rank() OVER (PARTITION BY d.name ORDER BY d.load DESC, d.date) AS day_rank
              FROM (SELECT o.id, o.cell_id, c.name, c.capacity_hours_per_day AS capacity, w.date,
                           extract(epoch FROM o.planned_end - o.planned_start) / 3600 AS hours,
                           sum(extract(epoch FROM o.planned_end - o.planned_start) / 3600) OVER (PARTITION BY o.cell_id, w.date) AS load
                      FROM operations o
                      JOIN cells c ON c.tenant_id = a AND c.id = o.cell_id
                     CROSS JOIN LATERAL (SELECT (o.planned_start AT TIME ZONE zone)::date AS date) w
                     WHERE o.tenant_id = a AND o.status = 'not_started'
                       AND o.planned_start BETWEEN pg_temp.demo_workday(zone, 1, '00:00') AND pg_temp.demo_workday(zone, 15, '23:59')) d) x;

    -- Promises for 30 jobs. Where a due date was overridden, the first version is superseded; the four jobs that were
    -- late have one open exception each.
    INSERT INTO expectations (id, tenant_id, entity_type, entity_id, expectation_type, belief_statement, expected_value,
                              expected_at, version, superseded_by, superseded_at, created_at, created_by, source)
    SELECT mes_demo_id('A/expectations/' || j.job_number || '/' || v), a, 'job', j.id, 'completion_time',
           j.job_number || ' is completed by ' || to_char(e.at AT TIME ZONE zone, 'YYYY-MM-DD'),
           jsonb_build_object('due_date', e.at), e.at, v,
           CASE WHEN v = 1 AND j.due_date_override IS NOT NULL THEN mes_demo_id('A/expectations/' || j.job_number || '/2') END,
           CASE WHEN v = 1 AND j.due_date_override IS NOT NULL THEN j.created_at + interval '3 days' END,
           j.created_at + (v - 1) * interval '3 days', mes_demo_id('A/profile/anna.devries'),
           CASE v WHEN 1 THEN 'job_creation' ELSE 'due_date_change' END
      FROM jobs j
     CROSS JOIN LATERAL generate_series(1, CASE WHEN j.due_date_override IS NULL THEN 1 ELSE 2 END) AS v
     CROSS JOIN LATERAL (SELECT CASE v WHEN 1 THEN j.due_date ELSE j.due_date_override END AS at) e
     WHERE j.tenant_id = a AND j.deleted_at IS NULL
       AND (j.status IN ('completed', 'on_hold') OR j.job_number BETWEEN 'JOB-1009' AND 'JOB-1024');

    INSERT INTO exceptions (id, tenant_id, expectation_id, exception_type, status, occurred_at, deviation_amount,
                            deviation_unit, detected_at)
    SELECT mes_demo_id('A/exceptions/' || j.job_number), a, e.id, 'late', 'open', j.completed_at,
           floor(extract(epoch FROM j.completed_at - e.expected_at) / 60), 'minutes', j.completed_at
      FROM jobs j JOIN expectations e ON e.tenant_id = a AND e.entity_id = j.id AND e.superseded_by IS NULL
     WHERE j.tenant_id = a AND j.completed_at > e.expected_at;
END
$seed$;
