INSERT INTO {{mes}}.operation_resources (operation_id, resource_id, quantity, notes)
SELECT o.id, r.id, coalesce($4::float8::numeric(10,2), 1), $5
  FROM {{mes}}.operations o
  JOIN {{mes}}.resources r ON r.tenant_id = $1 AND r.id = $3
 WHERE o.tenant_id = $1
   AND o.id = ANY ($2)
 ORDER BY o.id
    ON CONFLICT DO NOTHING
