SELECT active, category
  FROM {{mes}}.scrap_reasons
 WHERE tenant_id = $1
   AND id = $2
