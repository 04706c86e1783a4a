SELECT json_agg(row_to_json(f))::text
  FROM (SELECT o.part_id AS id, count(*) FILTER (WHERE o.status IS DISTINCT FROM 'completed') AS open
          FROM {{mes}}.operations o
         WHERE o.tenant_id = $1
           AND o.part_id = ANY ($2)
           AND o.deleted_at IS NULL
         GROUP BY o.part_id) f
