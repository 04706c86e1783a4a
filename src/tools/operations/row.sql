SELECT json_build_object(
           'id', o.id,
           'operation_name', o.operation_name,
           'part_id', o.part_id,
           'part_number', o.part_number,
           'job_id', o.job_id,
           'job_number', o.job_number,
           'cell_id', o.cell_id,
           'cell_name', o.cell_name,
           'assigned_operator_id', o.assigned_operator_id,
           'assigned_operator_name',
           (SELECT f.full_name FROM profiles f WHERE f.tenant_id = $1 AND f.id = o.assigned_operator_id),
           'sequence', o.sequence,
           'status', coalesce(o.status, 'not_started'),
           'estimated_time_minutes', o.estimated_time,
           'actual_time_minutes', coalesce(o.actual_time, 0),
           'completion_percentage', coalesce(o.completion_percentage, 0),
           'planned_start', o.planned_start,
           'planned_end', o.planned_end,
           'late', coalesce(o.late, false),
           'completed_at', o.completed_at,
           'running_time_entries',
           (SELECT count(*) FROM time_entries t
             WHERE t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NULL),
           'open_issues',
           (SELECT count(*) FROM issues i WHERE i.tenant_id = $1 AND i.operation_id = o.id AND i.status = 'pending'),
           'blocked_by', coalesce(b.blockers, '[]'),
           'created_at', o.created_at,
           'updated_at', o.updated_at)::text,
       to_jsonb(o.sort_key) #>> '{}',
       o.id
  FROM page o
 CROSS JOIN LATERAL (
    SELECT json_agg(b.blocker ORDER BY b.kind, b.position, b.id) AS blockers
      FROM ((SELECT 1 AS kind, 0 AS position, i.id,
                    json_build_object('reason', 'standstill_issue', 'id', i.id, 'severity', i.severity) AS blocker
               FROM issues i
              WHERE i.tenant_id = $1 AND i.operation_id = o.id AND i.status = 'pending' AND i.causes_standstill
              ORDER BY i.id
              LIMIT 10)
            UNION ALL
            (SELECT 2, e.sequence, e.id,
                    json_build_object('reason', 'earlier_operation', 'id', e.id, 'operation_name', e.operation_name,
                                      'sequence', e.sequence, 'status', coalesce(e.status, 'not_started'))
               FROM operations e
              WHERE e.tenant_id = $1 AND e.part_id = o.part_id AND e.deleted_at IS NULL
                AND e.sequence < o.sequence AND e.status IS DISTINCT FROM 'completed'
              ORDER BY e.sequence, e.id
              LIMIT 10)
            LIMIT 10) b
     WHERE o.status IS DISTINCT FROM 'completed') b
 ORDER BY o.sort_key /*direction*/, o.id /*direction*/
