SELECT active, category
  FROM scrap_reasons
 WHERE tenant_id = $1
   AND id = $2
