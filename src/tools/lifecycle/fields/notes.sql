CASE WHEN $3 ? 'notes' THEN $3 ->> 'notes'
                WHEN $3 ? 'append_notes' THEN concat_ws(E'\n\n', nullif(notes, ''), $3 ->> 'append_notes')
                ELSE notes END
