SELECT coalesce(sum(quantity_good), 0)::bigint, coalesce(sum(quantity_scrap), 0)::bigint, coalesce(sum(quantity_rework), 0)::bigint
  FROM {{mes}}.operation_quantities
 WHERE tenant_id = $1
   AND operation_id = $2
