-- Jobs, parts and operations.

INSERT INTO jobs (id, tenant_id, job_number, customer, due_date, status, current_cell_id, created_at, updated_at, started_at, completed_at)
SELECT pg_temp.load_id(t.seed, '/job/', j.n), t.id, 'JOB-' || lpad(j.place::text, 6, '0'),
       'Customer ' || 1 + floor(greatest(1, t.jobs / 20) * power(pg_temp.load_share(j.n, 5), 2))::integer,
       -- Due at the end of the local day.
       (((j.created_at + (25 + floor(35 * pg_temp.load_share(j.n, 6))) * interval '1 day') AT TIME ZONE t.zone)::date + time '23:59') AT TIME ZONE t.zone,
       j.status, CASE WHEN r.cell IS NOT NULL THEN pg_temp.load_id(t.seed, '/cell/', t.n, r.cell) END, j.created_at,
       CASE j.status WHEN 'not_started' THEN j.created_at WHEN 'completed' THEN j.end_at ELSE j.started_at END,
       CASE WHEN j.status <> 'not_started' THEN j.started_at END, CASE WHEN j.status = 'completed' THEN j.end_at END
  FROM load_job j
  JOIN load_tenant t ON t.n = j.tenant
  LEFT JOIN (SELECT job, min(running_cell) AS cell FROM load_part GROUP BY job) r ON r.job = j.n;
ANALYZE jobs;

INSERT INTO parts (id, tenant_id, job_id, part_number, material, quantity, status, current_cell_id, created_at, updated_at, drawing_no)
SELECT pg_temp.load_id(t.seed, '/part/', p.n), t.id, pg_temp.load_id(t.seed, '/job/', p.job),
       'P-' || lpad(p.place::text, 6, '0') || '-' || p.k,
       (ARRAY['S235', 'S355J2', 'AlMg3', '1.4301', '1.4404', '7075-T6'])[1 + floor(6 * power(pg_temp.load_share(p.n, 7), 2))::integer],
       p.quantity, p.status, CASE WHEN p.running_cell IS NOT NULL THEN pg_temp.load_id(t.seed, '/cell/', t.n, p.running_cell) END,
       p.created_at + p.k * interval '1 minute',
       CASE p.status WHEN 'not_started' THEN p.created_at + p.k * interval '1 minute' WHEN 'completed' THEN p.span_end ELSE p.begin_at END,
       'D-' || p.n
  FROM load_part p JOIN load_tenant t ON t.n = p.tenant;
ANALYZE parts;

DO $operations$
DECLARE
    v_parts integer := (SELECT max(n) FROM load_part);
BEGIN
    FOR v_first IN 1..v_parts BY 40000 LOOP
        -- The routing passes the cells in order, each step at one of the cells that do the same work.
        INSERT INTO operations (id, tenant_id, part_id, cell_id, assigned_operator_id, operation_name, sequence, estimated_time, actual_time,
                                status, completion_percentage, created_at, updated_at, completed_at, setup_time, run_time_per_unit,
                                planned_start, planned_end)
        SELECT pg_temp.load_id(t.seed, '/operation/', p.n, s), t.id, pg_temp.load_id(t.seed, '/part/', p.n),
               pg_temp.load_id(t.seed, '/cell/', t.n, c.cell),
               CASE WHEN s <= p.started OR o.share > 0.2
                    THEN pg_temp.load_id(t.seed, '/profile/', t.n, 1 + floor(t.operators * pg_temp.load_share(p.n * 8 + s, 8))::integer) END,
               (ARRAY['Laser cutting', 'Bending', 'Welding', 'Assembly', 'Powder coating', 'Final inspection'])[1 + (c.cell - 1) * 6 / t.cells],
               s * 10, m.minutes,
               CASE o.status WHEN 'completed' THEN round(m.minutes * (0.7 + 0.8 * o.share)) WHEN 'not_started' THEN 0
                             ELSE 1 + floor(m.minutes * 0.8 * o.share) END,
               o.status, CASE o.status WHEN 'completed' THEN 100 WHEN 'not_started' THEN 0 ELSE 5 + floor(80 * o.share) END,
               p.created_at + p.k * interval '1 minute' + s * interval '1 second',
               coalesce(o.completed_at, p.created_at + p.k * interval '1 minute' + s * interval '1 second'), o.completed_at,
               10, round((m.minutes - 10) / p.quantity::numeric, 2), w.planned_end - m.minutes * interval '1 minute', w.planned_end
          FROM load_part p
          JOIN load_tenant t ON t.n = p.tenant
         CROSS JOIN LATERAL generate_series(1, p.steps) AS s
         CROSS JOIN LATERAL (SELECT 1 + (s - 1) * t.cells / p.steps + p.n % greatest(1, t.cells / p.steps) AS cell) c
         CROSS JOIN LATERAL (SELECT CASE WHEN s <= p.done THEN 'completed' WHEN s = p.started THEN p.active ELSE 'not_started' END AS status,
                                    CASE WHEN s <= p.done THEN p.begin_at + (p.span_end - p.begin_at) * (s::double precision / p.span_steps) END
                                    AS completed_at,
                                    pg_temp.load_share(p.n * 8 + s, 9) AS share) o
         CROSS JOIN LATERAL (SELECT 15 + 5 * floor(60 * power(pg_temp.load_share(p.n * 8 + s, 10), 2))::integer AS minutes) m
         CROSS JOIN LATERAL (SELECT coalesce(o.completed_at, now() + (s - p.done) * interval '1 day' - o.share * interval '6 hours') AS planned_end) w
         WHERE p.n BETWEEN v_first AND v_first + 39999;
    END LOOP;
END
$operations$;
ANALYZE operations;
