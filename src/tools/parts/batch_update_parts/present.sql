SELECT json_agg(json_build_object('id', p.id, 'part_number', p.part_number, 'job_id', p.job_id, 'job_number', j.job_number,
                                  'status', coalesce(p.status, 'not_started'),
                                  'is_bullet_card', coalesce(p.is_bullet_card, false),
                                  'current_cell_id', p.current_cell_id, 'notes_chars', coalesce(length(p.notes), 0))
                ORDER BY j.job_number, p.part_number, p.id)::text
  FROM {{mes}}.parts p
  JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = p.job_id
 WHERE p.tenant_id = $1
   AND p.id = ANY ($2)
