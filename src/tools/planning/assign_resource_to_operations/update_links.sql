UPDATE {{mes}}.operation_resources x
   SET quantity = coalesce($4::float8::numeric(10,2), x.quantity),
       notes = coalesce($5, x.notes)
  FROM {{mes}}.operations o
 WHERE o.tenant_id = $1
   AND o.id = ANY ($2)
   AND x.operation_id = o.id
   AND x.resource_id = $3
