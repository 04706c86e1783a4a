SELECT json_agg(json_build_object('part_number', p.part_number, 'id', p.id, 'job_id', p.job_id,
                                  'deleted', p.deleted_at IS NOT NULL) ORDER BY p.part_number COLLATE "C")::text
  FROM {{mes}}.parts p
 WHERE p.tenant_id = $1
   AND p.job_id <> $2
   AND p.part_number IN (SELECT n.part_number FROM json_to_recordset($3::json) AS n (part_number text))
