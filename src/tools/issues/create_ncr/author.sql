-- $2 is the profile of the key's owner, or null. If it is not active, an admin: people before machines, then by user name.
SELECT f.id
  FROM {{mes}}.profiles f
 WHERE f.tenant_id = $1
   AND coalesce(f.active, true)
   AND (f.id = $2 OR f.role = 'admin')
 ORDER BY f.id IS NOT DISTINCT FROM $2 DESC, coalesce(f.is_machine, false), f.username, f.id
 LIMIT 1
