WITH wanted AS (
    SELECT CASE WHEN $3 ? 'current_cell_id' THEN ($3 ->> 'current_cell_id')::uuid
                ELSE p.current_cell_id END AS current_cell_id,
           CASE WHEN $3 ? 'drawing_no' THEN $3 ->> 'drawing_no' ELSE p.drawing_no END AS drawing_no,
           CASE WHEN $3 ? 'cnc_program_name' THEN $3 ->> 'cnc_program_name'
                ELSE p.cnc_program_name END AS cnc_program_name,
           coalesce(($3 ->> 'is_bullet_card')::boolean, p.is_bullet_card) AS is_bullet_card,
           {{wanted_notes}} AS notes
      FROM {{mes}}.parts p
     WHERE p.tenant_id = $1
       AND p.id = $2
)
UPDATE {{mes}}.parts p
   SET current_cell_id = w.current_cell_id,
       drawing_no = w.drawing_no,
       cnc_program_name = w.cnc_program_name,
       is_bullet_card = w.is_bullet_card,
       notes = w.notes,
       updated_at = now()
  FROM wanted w
 WHERE p.tenant_id = $1
   AND p.id = $2
   AND (w.current_cell_id, w.drawing_no, w.cnc_program_name, w.is_bullet_card, w.notes)
       IS DISTINCT FROM (p.current_cell_id, p.drawing_no, p.cnc_program_name, p.is_bullet_card, p.notes)
