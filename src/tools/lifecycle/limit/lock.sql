-- Only of a cell that enforces its limit. Whoever adds work to it waits here, so that two do not both take the last place.
SELECT wip_limit
  FROM {{mes}}.cells
 WHERE tenant_id = $1
   AND id = $2
   AND enforce_wip_limit
   AND wip_limit IS NOT NULL
   FOR NO KEY UPDATE
