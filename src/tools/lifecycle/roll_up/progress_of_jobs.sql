SELECT json_agg(row_to_json(f))::text
  FROM (SELECT p.job_id AS id, count(*) FILTER (WHERE p.status IS DISTINCT FROM 'completed') AS open
          FROM {{mes}}.parts p
         WHERE p.tenant_id = $1
           AND p.job_id = ANY ($2)
           AND p.deleted_at IS NULL
         GROUP BY p.job_id) f
