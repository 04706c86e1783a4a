SELECT json_build_object('status', coalesce(status, 'not_started'), 'current_cell_id', current_cell_id,
                         'drawing_no', drawing_no, 'cnc_program_name', cnc_program_name,
                         'is_bullet_card', coalesce(is_bullet_card, false), 'notes', notes)::text
  FROM {{mes}}.parts
 WHERE tenant_id = $1
   AND id = $2
