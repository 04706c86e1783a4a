WITH {{period}}, worked AS (
    SELECT sum({{work_share}}) AS days
      FROM period s
     CROSS JOIN LATERAL (SELECT {{working_days}} AS working_days) t
     CROSS JOIN LATERAL (SELECT s.first_day + n AS day FROM generate_series(0, s.today - s.first_day) n) d
      LEFT JOIN {{mes}}.factory_calendar k ON k.tenant_id = $1 AND k.date = d.day
), wip AS MATERIALIZED (
    {{cell_wip}}
), open_work AS MATERIALIZED (
    SELECT o.id, o.cell_id, o.part_id, o.sequence, p.job_id, coalesce(o.status, 'not_started') AS status,
           coalesce(o.estimated_time, 0) AS estimated_minutes, {{remaining_minutes}} AS remaining_minutes
      FROM {{live_operations}}
       AND o.status IS DISTINCT FROM 'completed'
), now_there AS (
    SELECT cell_id,
           count(*) FILTER (WHERE status = 'not_started') AS queued,
           coalesce(sum(estimated_minutes) FILTER (WHERE status = 'not_started'), 0) AS queued_minutes,
           count(*) FILTER (WHERE status = 'in_progress') AS running,
           coalesce(sum(remaining_minutes) FILTER (WHERE status = 'in_progress'), 0) AS running_minutes,
           count(*) FILTER (WHERE status = 'on_hold') AS parked,
           count(DISTINCT job_id) FILTER (WHERE status = 'on_hold') AS parked_jobs,
           coalesce(sum(remaining_minutes) FILTER (WHERE status = 'on_hold'), 0) AS parked_minutes
      FROM open_work
     GROUP BY cell_id
), completed AS MATERIALIZED (
    -- Work arrives when the step before it is done; the first one with its job's start.
    SELECT o.cell_id, p.job_id,
           greatest(extract(epoch FROM o.completed_at - coalesce(
               (SELECT max(e.completed_at) FROM {{mes}}.operations e
                 WHERE e.tenant_id = $1 AND e.part_id = o.part_id AND e.deleted_at IS NULL AND e.sequence < o.sequence
                   AND e.completed_at <= o.completed_at),
               {{job_started_at}}, p.created_at)), 0) AS seconds
      FROM {{live_operations}}
       AND o.completed_at >= (SELECT starts FROM period) AND o.completed_at < (SELECT ends FROM period)
       AND o.status = 'completed'
), flow AS (
    SELECT cell_id, count(*) AS operations,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds
      FROM completed
     GROUP BY cell_id
), gone AS (
    SELECT d.cell_id, count(DISTINCT d.job_id) AS jobs
      FROM completed d
     WHERE NOT EXISTS (SELECT FROM open_work o WHERE o.cell_id = d.cell_id AND o.job_id = d.job_id)
     GROUP BY d.cell_id
), next_step AS MATERIALIZED (
    SELECT r.cell_id, n.cell_id AS next_id, count(*) AS operations
      FROM open_work r
      LEFT JOIN LATERAL (
            SELECT DISTINCT n.cell_id
              FROM (SELECT n.cell_id, n.sequence, min(n.sequence) OVER () AS first
                      FROM {{mes}}.operations n
                     WHERE n.tenant_id = $1 AND n.part_id = r.part_id AND n.deleted_at IS NULL
                       AND n.sequence > r.sequence AND n.status IS DISTINCT FROM 'completed') n
             WHERE n.sequence = n.first) n ON true
     WHERE r.status = 'in_progress'
     GROUP BY r.cell_id, n.cell_id
), wanted AS (
    SELECT c.*
      FROM {{mes}}.cells c
     WHERE c.tenant_id = $1 AND c.deleted_at IS NULL AND coalesce(c.active, true){{where}}
)
SELECT json_build_object(
           'period', {{period_json}},
           'working_days', (SELECT round(days, 2) FROM worked),
           'cells', coalesce((SELECT json_agg(row_to_json(r) ORDER BY r.sequence, r.cell_id)
             FROM (SELECT c.id AS cell_id, c.name AS cell_name, c.sequence,
                          coalesce(w.wip, 0) AS wip, c.wip_limit, c.wip_warning_threshold,
                          {{wip_percent}} AS utilization_percent,
                          {{wip_status}} AS status,
                          coalesce(c.enforce_wip_limit, false) AS enforce_wip_limit,
                          json_build_object('operations', coalesce(h.queued, 0),
                                            'estimated_time_minutes', coalesce(h.queued_minutes, 0)) AS queue,
                          json_build_object('operations', coalesce(h.running, 0),
                                            'remaining_minutes', coalesce(h.running_minutes, 0)) AS running,
                          json_build_object('operations', coalesce(h.parked, 0), 'jobs', coalesce(h.parked_jobs, 0),
                                            'remaining_minutes', coalesce(h.parked_minutes, 0)) AS parked,
                          json_build_object(
                              'completed_operations', coalesce(f.operations, 0),
                              'operations_per_working_day', round(coalesce(f.operations, 0) / nullif(d.days, 0), 2),
                              'completed_jobs', coalesce(g.jobs, 0),
                              'jobs_per_working_day', round(coalesce(g.jobs, 0) / nullif(d.days, 0), 2)) AS throughput,
                          json_build_object(
                              'by_littles_law_working_days', round(coalesce(w.wip, 0) * d.days / g.jobs, 1),
                              'measured_median_days', round((f.median_seconds / 86400)::numeric, 2)) AS lead_time,
                          coalesce((SELECT json_agg(json_build_object(
                                               'cell_id', n.next_id, 'cell_name', x.name,
                                               'running_operations', n.operations,
                                               'wip', coalesce(v.wip, 0), 'wip_limit', x.wip_limit,
                                               'has_room', x.id = c.id OR x.deleted_at IS NULL AND coalesce(x.active, true)
                                                           AND (x.wip_limit IS NULL OR coalesce(v.wip, 0) < x.wip_limit))
                                               ORDER BY x.sequence, x.id)
                                      FROM (SELECT * FROM next_step s
                                             WHERE s.cell_id = c.id AND s.next_id IS NOT NULL
                                             ORDER BY s.operations DESC, s.next_id
                                             LIMIT {{max_next_cells}}) n
                                      JOIN {{mes}}.cells x ON x.tenant_id = $1 AND x.id = n.next_id
                                      LEFT JOIN wip v ON v.cell_id = n.next_id), '[]') AS next_cells,
                          coalesce((SELECT s.operations FROM next_step s WHERE s.cell_id = c.id AND s.next_id IS NULL), 0)
                              AS running_last_operations
                     FROM wanted c
                    CROSS JOIN worked d
                     LEFT JOIN wip w ON w.cell_id = c.id
                     LEFT JOIN now_there h ON h.cell_id = c.id
                     LEFT JOIN flow f ON f.cell_id = c.id
                     LEFT JOIN gone g ON g.cell_id = c.id
                    ORDER BY c.sequence, c.id
                    LIMIT {{max_cells}}) r), '[]'),
           'truncated', (SELECT count(*) FROM wanted) > {{max_cells}})::text
