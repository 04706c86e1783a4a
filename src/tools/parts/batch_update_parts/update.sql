-- $3 and $4 are left out where they are null; $5 says whether the cell $6 is to be written, which may be null. A part that is like that
-- already stays as it is, and so does updated_at.
UPDATE {{mes}}.parts
   SET is_bullet_card = coalesce($3, is_bullet_card),
       notes = CASE WHEN $4 IS NULL THEN notes ELSE concat_ws(E'\n\n', nullif(notes, ''), $4) END,
       current_cell_id = CASE WHEN $5 THEN $6 ELSE current_cell_id END,
       updated_at = now()
 WHERE tenant_id = $1
   AND id = ANY ($2)
   AND ($4 IS NOT NULL OR $3 <> coalesce(is_bullet_card, false) OR $5 AND $6 IS DISTINCT FROM current_cell_id)
