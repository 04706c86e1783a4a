SELECT json_agg(json_build_object('id', p.id, 'part', p.id, 'job', p.job_id))::text
  FROM {{live_parts}}
   AND p.id = ANY ($2)
