-- Whether a person is active, and whether they are an operator of the shop floor, who has no profile.
SELECT coalesce(active, true), false
  FROM {{mes}}.profiles
 WHERE tenant_id = $1
   AND id = $2
UNION ALL
SELECT coalesce(active, true), true
  FROM {{mes}}.operators
 WHERE tenant_id = $1
   AND id = $2
 LIMIT 1
