SELECT json_agg(row_to_json(w) ORDER BY w.starts, w.id)::text
  FROM (SELECT o.id, o.operation_name, coalesce(x.quantity, 1) AS quantity, o.planned_start, o.planned_end,
               o.status IS NOT DISTINCT FROM 'in_progress' AS running
          FROM {{mes}}.operation_resources x
          JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.id = x.operation_id AND o.deleted_at IS NULL
          JOIN {{mes}}.parts p ON p.tenant_id = $1 AND p.id = o.part_id AND p.deleted_at IS NULL
          JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = p.job_id AND j.deleted_at IS NULL
         WHERE x.resource_id = $3
           AND o.status IS DISTINCT FROM 'completed'
           AND NOT (o.id = ANY ($2))) o
 CROSS JOIN LATERAL (SELECT {{need_begins}} AS begins, {{need_ends}} AS ends) n
 CROSS JOIN LATERAL (
    SELECT o.id, o.operation_name, o.quantity, CASE WHEN n.begins IS NOT NULL THEN least(greatest(n.begins, '0001-01-01'), '9999-01-01') END AS starts,
           CASE WHEN n.ends < '9999-01-01' THEN n.ends END AS ends) w
 WHERE w.starts IS NOT NULL
