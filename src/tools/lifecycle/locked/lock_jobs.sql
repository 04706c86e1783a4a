SELECT json_agg(row_to_json(l))::text
  FROM (SELECT id, coalesce(status, 'not_started') AS status, coalesce(length(notes), 0) AS notes_chars
          FROM {{mes}}.jobs
         WHERE tenant_id = $1
           AND id = ANY ($2)
           AND deleted_at IS NULL
         ORDER BY id
           FOR NO KEY UPDATE) l
