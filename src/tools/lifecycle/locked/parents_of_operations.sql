SELECT json_agg(json_build_object('id', o.id, 'part', o.part_id, 'job', p.job_id))::text
  FROM {{live_operations}}
   AND o.id = ANY ($2)
