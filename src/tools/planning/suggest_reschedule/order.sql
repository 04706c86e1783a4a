WITH subject AS MATERIALIZED (
    SELECT j.id AS job_id, j.job_number, j.customer, coalesce(j.status, 'not_started') AS status, {{due}} AS due,
           p.id AS part_id, p.part_number
      FROM {{mes}}.jobs j
      LEFT JOIN {{mes}}.parts p ON p.tenant_id = $1 AND p.job_id = j.id AND p.id = $3 AND p.deleted_at IS NULL
     WHERE j.tenant_id = $1 AND j.deleted_at IS NULL
       AND j.id = coalesce($2, (SELECT x.job_id FROM {{mes}}.parts x WHERE x.tenant_id = $1 AND x.id = $3 AND x.deleted_at IS NULL))
), {{load_by_day}}, mine AS MATERIALIZED (
    SELECT o.id AS operation_id, o.operation_name, o.part_id, p.part_number, coalesce(p.is_bullet_card, false) AS urgent,
           o.cell_id, o.sequence, coalesce(o.status, 'not_started') AS status,
           coalesce(o.estimated_time, 0) AS estimated_time_minutes, {{remaining_minutes}} AS remaining_minutes,
           o.planned_start, o.planned_end,
           ARRAY(SELECT i.id FROM {{mes}}.issues i
                  WHERE i.tenant_id = $1 AND i.operation_id = o.id AND {{is_pending}} AND i.causes_standstill
                  ORDER BY i.id LIMIT 5) AS standstill_issue_ids
      FROM {{live_operations}}
       AND o.status IS DISTINCT FROM 'completed'
       AND p.job_id = (SELECT job_id FROM subject) AND ($3 IS NULL OR o.part_id = $3)
     ORDER BY coalesce(p.is_bullet_card, false) DESC, p.part_number, o.part_id, o.sequence, o.id
     LIMIT {{most_operations}}
), terms AS MATERIALIZED (
    SELECT f.start, (f.start AT TIME ZONE t.zone)::date AS start_day, t.today - {{days_back}} AS first_day, t.zone,
           CASE WHEN isfinite(f.deadline) THEN f.deadline END AS deadline
      FROM clock t
     CROSS JOIN (SELECT greatest({{start}}, now()) AS start,
                        coalesce(CASE length($4) WHEN 10 THEN ($4::date + 1)::timestamp AT TIME ZONE {{time_zone}}
                                                 ELSE $4::timestamptz END,
                                 (SELECT due FROM subject)) AS deadline) f
), wip AS (
    {{cell_wip}}
), no_day AS (
    SELECT cell_id, sum(hours) FILTER (WHERE ends IS NULL) AS undated_hours, sum(hours) FILTER (WHERE overdue) AS overdue_hours
      FROM unallocated
     GROUP BY cell_id
)
SELECT json_build_object(
           'job', row_to_json(s),
           'now', floor(extract(epoch FROM now()))::bigint,
           'start', ceil(extract(epoch FROM t.start))::bigint,
           'deadline', floor(extract(epoch FROM t.deadline))::bigint,
           'time_zone', t.zone,
           'days', (SELECT json_agg(json_build_array(
                               extract(epoch FROM (d.day + d.opens) AT TIME ZONE t.zone)::bigint, round(d.share::numeric, 4))
                               ORDER BY d.day)
                      FROM work_days d WHERE d.day BETWEEN t.first_day AND t.start_day + {{horizon}}),
           'operations', coalesce((SELECT json_agg(row_to_json(m) ORDER BY m.urgent DESC, m.part_number, m.part_id, m.sequence,
                                                   m.operation_id) FROM mine m), '[]'),
           'cells', coalesce((SELECT json_agg(json_build_object(
                   'cell_id', c.id, 'cell_name', c.name,
                   'works', c.deleted_at IS NULL AND coalesce(c.active, true),
                   'hours', {{cell_hours}},
                   'wip', coalesce(w.wip, 0), 'wip_limit', c.wip_limit,
                   'enforce_wip_limit', coalesce(c.enforce_wip_limit, false),
                   'undated_hours', coalesce(round(n.undated_hours, 2), 0),
                   'overdue_hours', coalesce(n.overdue_hours, 0),
                   'load', coalesce((SELECT json_agg(json_build_array(l.day - t.first_day, l.hours) ORDER BY l.day)
                                       FROM load l WHERE l.cell_id = c.id AND l.day <= t.start_day + {{horizon}}), '[]'))
                   ORDER BY c.sequence, c.id)
              FROM {{mes}}.cells c
              LEFT JOIN wip w ON w.cell_id = c.id
              LEFT JOIN no_day n ON n.cell_id = c.id
             WHERE c.tenant_id = $1 AND c.id IN (SELECT m.cell_id FROM mine m)), '[]'),
           'consolidation', coalesce((SELECT json_agg(row_to_json(x) ORDER BY abs(x.days_difference), x.job_number, x.job_id)
              FROM (SELECT j.id AS job_id, j.job_number, coalesce(j.status, 'not_started') AS status,
                           {{due}} AS effective_due_date,
                           ({{due}} AT TIME ZONE t.zone)::date - (t.deadline AT TIME ZONE t.zone)::date AS days_difference,
                           r.operations AS remaining_operations, r.minutes AS remaining_minutes, r.shared AS shared_cell_ids
                      FROM {{mes}}.jobs j
                     CROSS JOIN LATERAL (
                           SELECT count(*) AS operations, coalesce(sum(o.minutes), 0) AS minutes,
                                  coalesce(json_agg(DISTINCT o.cell_id) FILTER (WHERE o.cell_id IN (SELECT m.cell_id FROM mine m)), '[]')
                                      AS shared
                             FROM (SELECT o.cell_id, {{remaining_minutes}} AS minutes
                                     FROM {{mes}}.parts p
                                     JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
                                    WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL
                                      AND o.status IS DISTINCT FROM 'completed') o) r
                     WHERE j.tenant_id = $1 AND j.deleted_at IS NULL AND j.status IS DISTINCT FROM 'completed'
                       AND j.id <> s.job_id AND btrim(s.customer) <> '' AND lower(btrim(j.customer)) = lower(btrim(s.customer))
                       AND abs(({{due}} AT TIME ZONE t.zone)::date - (t.deadline AT TIME ZONE t.zone)::date) <= $6
                     ORDER BY abs(({{due}} AT TIME ZONE t.zone)::date - (t.deadline AT TIME ZONE t.zone)::date), j.job_number, j.id
                     LIMIT {{most_options}} + 1) x), '[]'))::text
  FROM subject s
 CROSS JOIN terms t
