-- $4 and $5 are the wanted quantity and notes; null means as they are.
SELECT json_agg(row_to_json(c) ORDER BY c.starts, c.id)::text
  FROM (SELECT o.id, o.operation_name, p.part_number, j.job_number, coalesce(o.status, 'not_started') AS status,
               o.planned_start, o.planned_end, o.status IS NOT DISTINCT FROM 'in_progress' AS running
          FROM {{mes}}.operations o
          JOIN {{mes}}.parts p ON p.tenant_id = $1 AND p.id = o.part_id
          JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = p.job_id
         WHERE o.tenant_id = $1
           AND o.id = ANY ($2)) o
  LEFT JOIN {{mes}}.operation_resources x ON x.operation_id = o.id AND x.resource_id = $3
 CROSS JOIN LATERAL (SELECT {{need_begins}} AS begins, {{need_ends}} AS ends) n
 CROSS JOIN LATERAL (
    SELECT o.id, o.operation_name, o.part_number, o.job_number, o.status, x.id IS NOT NULL AS linked, x.quantity,
           ($4::float8 IS NULL OR x.quantity IS NOT DISTINCT FROM $4::float8::numeric(10,2))
             AND ($5::text IS NULL OR x.notes IS NOT DISTINCT FROM $5) AS as_wanted,
           coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name) ORDER BY r.name, r.id)
                       FROM {{mes}}.operation_resources y
                       JOIN {{mes}}.resources r ON r.tenant_id = $1 AND r.id = y.resource_id
                      WHERE y.operation_id = o.id AND r.id <> $3
                        AND r.type = (SELECT t.type FROM {{mes}}.resources t WHERE t.tenant_id = $1 AND t.id = $3)), '[]') AS others,
           CASE WHEN n.begins IS NOT NULL THEN least(greatest(n.begins, '0001-01-01'), '9999-01-01') END AS starts,
           CASE WHEN n.ends < '9999-01-01' THEN n.ends END AS ends) c
