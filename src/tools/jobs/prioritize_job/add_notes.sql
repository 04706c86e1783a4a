-- Gives the length of the notes.
UPDATE {{mes}}.jobs
   SET notes = concat_ws(E'\n\n', nullif(notes, ''), $3),
       updated_at = now()
 WHERE tenant_id = $1
   AND id = $2
RETURNING length(notes)
