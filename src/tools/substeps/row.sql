SELECT row_to_json(r)::text,
       to_jsonb(s.sort_key) #>> '{}',
       s.id
  FROM page s
 CROSS JOIN LATERAL (
    SELECT s.id,
           s.operation_id,
           s.operation_name,
           s.operation_sequence,
           s.part_id,
           s.part_number,
           s.job_id,
           s.job_number,
           s.name,
           s.sequence,
           coalesce(s.status, 'not_started') AS status,
           s.notes,
           s.completed_at,
           s.completed_by,
           (SELECT f.full_name FROM {{mes}}.profiles f WHERE f.tenant_id = $1 AND f.id = s.completed_by) AS completed_by_name,
           s.created_at,
           s.updated_at) r
 ORDER BY s.sort_key {{direction}}, s.id {{direction}}
