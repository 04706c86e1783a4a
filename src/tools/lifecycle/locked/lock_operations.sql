SELECT json_agg(row_to_json(l))::text
  FROM (SELECT id, part_id AS part, cell_id AS cell, coalesce(status, 'not_started') AS status,
               coalesce(length(notes), 0) AS notes_chars
          FROM {{mes}}.operations
         WHERE tenant_id = $1
           AND id = ANY ($2)
           AND deleted_at IS NULL
         ORDER BY id
           FOR NO KEY UPDATE) l
