-- $4: the links to the others of the resource's type, else those to the resource itself.
DELETE FROM {{mes}}.operation_resources x
 USING {{mes}}.operations o, {{mes}}.resources r, {{mes}}.resources given
 WHERE o.tenant_id = $1
   AND o.id = ANY ($2)
   AND given.tenant_id = $1
   AND given.id = $3
   AND r.tenant_id = $1
   AND CASE WHEN $4 THEN r.type = given.type AND r.id <> given.id ELSE r.id = given.id END
   AND x.operation_id = o.id
   AND x.resource_id = r.id
