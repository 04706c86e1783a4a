-- What does not keep a MES schema from being attached, but weakens what the policies promise.

CREATE FUNCTION @extschema@.mcp_mes_warnings(p_schema text)
RETURNS TABLE (warning text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
SELECT format('%s of table %s is unique for all tenants together: a refused number tells a tenant that another has it. Add the tenant''s column, %s, to it.',
              i.indexrelid::regclass, c.oid::regclass,
              CASE WHEN t.tenant_path LIKE '%>%' THEN 'tenant_id' ELSE t.tenant_path END)
  FROM @extschema@.mcp_mes_tables() t
  JOIN pg_class c ON c.relname = t.table_name AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = p_schema)
  JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique
 CROSS JOIN LATERAL (
       SELECT coalesce(bool_or(a.attname = ANY (ARRAY[t.tenant_path, 'tenant_id'])), false) AS has_tenant,
              -- Random ids: nobody gives one that another tenant has. An expression has no column, and so counts as something else.
              count(*) FILTER (WHERE a.atttypid = 'uuid'::regtype) = i.indnkeyatts AS is_of_ids
         FROM unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) k
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k AND k <> 0) x
 -- Only keys that a tool can collide with. Updating one column that the tools lock a row by is not among them.
 WHERE t.tool_rights ~ 'INSERT|UPDATE(?! \()'
   AND NOT x.has_tenant
   AND NOT x.is_of_ids
 ORDER BY 1
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_warnings(text) IS 'Unique keys of the tables that tools write to, in a schema, that are not separate for each tenant: one sentence for each, with what to do. No row if there are none; NULL and an unknown schema have none. Keys of uuids alone are left out, because random ids do not collide. mcp_attach_mes raises each as a WARNING. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';
