WITH {{span}}, fact AS MATERIALIZED (
    SELECT j.at, NULL::uuid AS cell_id, 1 AS jobs, j.at <= {{due}} AS on_time,
           CASE WHEN j.at >= s.started_at THEN extract(epoch FROM j.at - s.started_at) / 86400 END AS lead_days,
           0 AS operations, 0 AS estimated, 0 AS actual, 0 AS produced, 0 AS good, 0 AS scrap, 0 AS rework,
           NULL::text AS time_type, 0 AS minutes
      FROM span t
     -- Each time is found once a job, and a start only for those that count.
     CROSS JOIN (SELECT j.*, {{job_completed_at}} AS at FROM {{live_jobs}} AND j.status = 'completed' OFFSET 0) j
     CROSS JOIN LATERAL (SELECT {{job_started_at}} AS started_at OFFSET 0) s
     WHERE j.at >= t.previous_starts AND j.at < t.ends
    UNION ALL
    SELECT o.completed_at, o.cell_id, 0, NULL, NULL, 1, o.estimated_time, coalesce(o.actual_time, 0), 0, 0, 0, 0, NULL, 0
      FROM span t
     CROSS JOIN {{live_operations}}
       AND o.status = 'completed' AND o.completed_at >= t.previous_starts AND o.completed_at < t.ends
    UNION ALL
    SELECT q.recorded_at, o.cell_id, 0, NULL, NULL, 0, 0, 0, q.quantity_produced, q.quantity_good, q.quantity_scrap,
           q.quantity_rework, NULL, 0
      FROM span t
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= t.previous_starts AND q.recorded_at < t.ends
    UNION ALL
    SELECT e.start_time, o.cell_id, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, e.time_type, e.duration
      FROM span t
     CROSS JOIN {{mes}}.time_entries e
     CROSS JOIN {{live_operations}}
       AND e.tenant_id = $1 AND e.operation_id = o.id AND e.end_time IS NOT NULL AND e.duration IS NOT NULL
       AND e.start_time >= t.previous_starts AND e.start_time < t.ends
), dated AS (
    SELECT f.*, f.at >= t.starts AS counts, CASE WHEN f.at >= t.starts THEN (f.at AT TIME ZONE t.zone)::date END AS day
      FROM fact f
     CROSS JOIN span t
), sums AS (
    SELECT counts, GROUPING(cell_id) = 0 AS of_cell, GROUPING(day) = 0 AS of_day, cell_id, day,
           sum(jobs) AS jobs, count(on_time) AS with_due, count(*) FILTER (WHERE on_time) AS on_time,
           count(lead_days) AS measured, avg(lead_days) AS lead_average,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days::double precision) AS lead_median,
           sum(operations) AS operations, sum(estimated) AS estimated, sum(actual) AS actual,
           sum(produced) AS produced, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework,
           sum(minutes) AS minutes, sum(minutes) FILTER (WHERE time_type = 'setup') AS setup,
           sum(minutes) FILTER (WHERE time_type = 'run') AS run, sum(minutes) FILTER (WHERE time_type = 'rework') AS redo,
           sum(minutes) FILTER (WHERE time_type = 'wait') AS wait,
           sum(minutes) FILTER (WHERE time_type = 'breakdown') AS breakdown
      FROM dated
     GROUP BY GROUPING SETS ((counts), (counts, cell_id), (counts, day))
), whole AS (
    SELECT * FROM (SELECT) one LEFT JOIN sums ON counts AND NOT of_cell AND NOT of_day
), before AS (
    SELECT * FROM (SELECT) one LEFT JOIN sums ON NOT counts AND NOT of_cell AND NOT of_day
)
SELECT json_build_object(
           'span', (SELECT json_build_object('start', t.starts, 'end', t.ends, 'previous_start', t.previous_starts,
                                             'time_zone', t.zone) FROM span t),
           'current', (SELECT {{totals_json}} FROM whole n),
           'previous', (SELECT {{totals_json}} FROM before n),
           'change', (SELECT json_build_object(
                                 'jobs_completed', coalesce(w.jobs, 0) - coalesce(b.jobs, 0),
                                 'operations_completed', coalesce(w.operations, 0) - coalesce(b.operations, 0),
                                 'good', coalesce(w.good, 0) - coalesce(b.good, 0),
                                 'scrap', coalesce(w.scrap, 0) - coalesce(b.scrap, 0),
                                 'first_pass_yield_points', round(100.0 * w.good / nullif(w.produced, 0)
                                                                  - 100.0 * b.good / nullif(b.produced, 0), 2),
                                 'on_time_points', round(100.0 * w.on_time / nullif(w.with_due, 0)
                                                         - 100.0 * b.on_time / nullif(b.with_due, 0), 2))
                        FROM whole w CROSS JOIN before b),
           'by_cell', coalesce(
               (SELECT json_agg(json_build_object(
                           'cell_id', n.cell_id, 'cell_name', n.name, 'operations', {{operations_json}},
                           'pieces', {{pieces}}, 'time', {{time_json}}) ORDER BY n.place)
                  FROM (SELECT s.*, c.name, row_number() OVER (ORDER BY c.sequence, s.cell_id) AS place
                          FROM sums s
                          LEFT JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = s.cell_id
                         WHERE s.counts AND s.of_cell AND s.cell_id IS NOT NULL) n
                 WHERE n.place <= {{max_cells}}), '[]'),
           'cells_truncated', (SELECT count(*) > {{max_cells}} FROM sums WHERE counts AND of_cell AND cell_id IS NOT NULL),
           'by_day', (SELECT json_agg(json_build_object(
                                 'date', d.day::date, 'jobs_completed', coalesce(n.jobs, 0),
                                 'operations_completed', coalesce(n.operations, 0), 'pieces', {{pieces}},
                                 'booked_minutes', coalesce(n.minutes, 0)) ORDER BY d.day)
                        FROM span t
                       CROSS JOIN LATERAL generate_series(date_trunc('day', t.local_starts),
                                                          t.local_ends - interval '1 microsecond', interval '1 day') AS d (day)
                        LEFT JOIN sums n ON n.counts AND n.of_day AND n.day = d.day::date))::text
