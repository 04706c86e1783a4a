-- $3 holds the fields that are to be set; a field that is not in it stays. Where nothing differs the row stays as it is, and so does
-- updated_at. The caller has locked the row.
WITH wanted AS (
    SELECT CASE WHEN $3::jsonb ? 'current_cell_id' THEN ($3::jsonb ->> 'current_cell_id')::uuid
                ELSE p.current_cell_id END AS current_cell_id,
           CASE WHEN $3::jsonb ? 'drawing_no' THEN $3::jsonb ->> 'drawing_no' ELSE p.drawing_no END AS drawing_no,
           CASE WHEN $3::jsonb ? 'cnc_program_name' THEN $3::jsonb ->> 'cnc_program_name'
                ELSE p.cnc_program_name END AS cnc_program_name,
           coalesce(($3::jsonb ->> 'is_bullet_card')::boolean, p.is_bullet_card) AS is_bullet_card,
           CASE WHEN $3::jsonb ? 'notes' THEN $3::jsonb ->> 'notes'
                WHEN $3::jsonb ? 'append_notes'
                THEN concat_ws(E'\n\n', nullif(p.notes, ''), $3::jsonb ->> 'append_notes')
                ELSE p.notes END AS notes
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
