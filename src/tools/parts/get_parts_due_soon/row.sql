SELECT row_to_json(r)::text,
       to_jsonb(p.sort_key) #>> '{}',
       p.id
  FROM page p
 CROSS JOIN clock k
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed,
           sum({{remaining_minutes}}) AS remaining
      FROM {{mes}}.operations o
     WHERE o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL) o
  {{next_operation}}
 CROSS JOIN LATERAL (
    SELECT floor(coalesce(sum(extract(epoch FROM least(h.closes, p.effective_due_date) - greatest(h.opens, now()))), 0) / 60)
           AS minutes
      FROM opening_hours h
     WHERE h.closes > now() AND h.opens < p.effective_due_date AND p.effective_due_date > now()) left_open
 CROSS JOIN LATERAL (
    SELECT json_agg(b.blocker ORDER BY b.kind, b.id) AS blockers
      FROM ((SELECT 1 AS kind, i.id,
                    row_to_json((SELECT b FROM (SELECT 'standstill_issue' AS reason, i.id, i.severity) b)) AS blocker
               FROM {{mes}}.issues i
              WHERE i.tenant_id = $1 AND i.operation_id = n.id AND {{is_pending}} AND i.causes_standstill
              ORDER BY i.id
              LIMIT 10)
            UNION ALL
            SELECT 2, n.id, json_build_object('reason', 'operation_on_hold')
             WHERE n.status = 'on_hold'
               AND NOT EXISTS (SELECT FROM {{mes}}.issues i
                                WHERE i.tenant_id = $1 AND i.operation_id = n.id AND {{is_pending}}
                                  AND i.causes_standstill)
            UNION ALL
            SELECT 3, p.id, json_build_object('reason', 'part_on_hold') WHERE p.status = 'on_hold'
            UNION ALL
            SELECT 4, p.job_id, json_build_object('reason', 'job_on_hold') WHERE p.job_status = 'on_hold'
            UNION ALL
            SELECT 5, f.cell_id,
                   row_to_json((SELECT b FROM (SELECT 'cell_at_capacity' AS reason, f.wip, f.wip_limit, f.enforced) b))
              FROM full_cells f
             WHERE n.status = 'not_started' AND f.cell_id = n.cell_id) b) b
 CROSS JOIN LATERAL (
    SELECT p.id,
           p.part_number,
           p.job_id,
           p.job_number,
           p.customer,
           coalesce(p.job_status, 'not_started') AS job_status,
           p.material,
           p.quantity,
           coalesce(p.status, 'not_started') AS status,
           coalesce(p.is_bullet_card, false) AS is_bullet_card,
           p.effective_due_date,
           (p.effective_due_date AT TIME ZONE k.zone)::date - k.today AS days_until_due,
           p.overdue,
           row_to_json((SELECT s FROM (SELECT o.total, o.completed) s)) AS operations,
           round(100.0 * o.completed / nullif(o.total, 0), 1) AS completion_percentage,
           o.remaining AS remaining_minutes,
           left_open.minutes - o.remaining AS slack_minutes,
           {{next_operation_json}} AS blocking_operation,
           coalesce(b.blockers, '[]') AS blocked_by) r
 ORDER BY p.sort_key {{direction}}, p.id {{direction}}
