-- $2 is the job; $3, $4 and $5 say whether parts, operations and issues are listed. What is counted does not depend on them.
WITH RECURSIVE {{clock}}, {{opening_hours}}, job AS MATERIALIZED (
    SELECT x.job::json, x.job::jsonb ->> 'status' AS status, (x.job::jsonb ->> 'effective_due_date')::timestamptz AS due
      FROM ({{job}}) AS x (job, sort_key, id)
), part AS MATERIALIZED (
    SELECT p.id, p.part_number, p.parent_part_id, p.material, p.quantity, coalesce(p.status, 'not_started') AS status,
           coalesce(p.is_bullet_card, false) AS is_bullet_card
      FROM {{live_parts}}
       AND p.job_id = $2
), operation AS MATERIALIZED (
    SELECT o.id, o.part_id, p.part_number, o.operation_name, o.sequence, coalesce(o.status, 'not_started') AS status,
           o.cell_id, c.name AS cell_name, c.capacity_hours_per_day AS hours_per_day, o.estimated_time AS planned,
           coalesce(o.actual_time, 0) AS booked,
           {{remaining_minutes}} AS remaining
      FROM {{live_operations}}
       AND p.job_id = $2
), issue AS MATERIALIZED (
    SELECT i.id, i.issue_type, {{ncr_number}} AS ncr_number, i.title, i.severity, coalesce(i.status, 'pending') AS status, i.ncr_category, i.disposition,
           i.causes_standstill, i.operation_id, o.operation_name, o.part_id, o.part_number, i.created_at
      FROM operation o
      JOIN {{mes}}.issues i ON i.tenant_id = $1 AND i.operation_id = o.id
), tree AS (
    -- The parts from the top down. A part has one parent, so that a circle of parents has no top and is not entered.
    SELECT p.id, 0 AS level, ARRAY[p.part_number, p.id::text] AS path
      FROM part p
     WHERE NOT EXISTS (SELECT FROM part above WHERE above.id = p.parent_part_id)
    UNION ALL
    SELECT p.id, t.level + 1, t.path || ARRAY[p.part_number, p.id::text]
      FROM tree t
      JOIN part p ON p.parent_part_id = t.id
), {{days_left}}, {{lists}}
SELECT json_build_object(
           'job', job.job,
           'progress', {{progress}},
           'minutes', (SELECT json_build_object('planned', coalesce(sum(o.planned), 0), 'booked', coalesce(sum(o.booked), 0),
                                                'remaining', coalesce(sum(o.remaining), 0))
                         FROM operation o),
           'running_time_entries', (SELECT count(*)
                                      FROM operation o
                                      JOIN {{mes}}.time_entries t ON t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NULL),
           'projected_finish', {{finish}},
           'bullet_cards', (SELECT count(*) FROM part p WHERE p.is_bullet_card AND p.status <> 'completed'),
           'blockers', (SELECT coalesce(json_agg(b.json ORDER BY b.n), '[]') FROM blocker b WHERE b.n <= {{most_blockers}}),
           'parts', CASE WHEN $3 THEN
               (SELECT coalesce(json_agg(p.json ORDER BY p.n), '[]') FROM shown_part p) END,
           'operations', CASE WHEN $4 THEN
               (SELECT coalesce(json_agg(o.json ORDER BY o.n), '[]') FROM shown_operation o) END,
           'issues', {{issues}},
           'truncated', cut.lists IS NOT NULL,
           'truncated_lists', coalesce(cut.lists, '[]'))::text
  FROM job
 CROSS JOIN clock
 CROSS JOIN (
    SELECT json_agg(json_build_object('list', v.list, 'shown', v.most, 'total', v.total, 'rest', v.rest)) AS lists
      FROM (VALUES ('parts', {{most_parts}}, (SELECT count(*) FROM part), $3, 'fetch_parts with job_id'),
                   ('operations', {{most_operations}}, (SELECT count(*) FROM operation), $4, 'fetch_operations with job_id'),
                   ('ncrs', {{most_issues}}, (SELECT count(*) FROM issue i WHERE i.issue_type = 'ncr'), $5, 'fetch_ncrs with job_id'),
                   ('others', {{most_issues}}, (SELECT count(*) FROM issue i WHERE i.issue_type IS DISTINCT FROM 'ncr'), $5,
                    'fetch_issues with job_id'),
                   ('blockers', {{most_blockers}}, (SELECT count(*) FROM blocker), true, 'fetch_operations with job_id and status on_hold')
           ) AS v (list, most, total, listed, rest)
     WHERE v.listed AND v.total > v.most) cut
