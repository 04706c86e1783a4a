-- What attaching makes: one list. mcp_attach_mes makes what is not there, mcp_check_mes tells of it beforehand, mcp_doctor finds what is
-- gone, and what was made is written down.

-- A regclass follows a table that is renamed, and is dumped as its name; that of a table that is gone, as a number, which may be another table's
-- where the dump is restored. So the name is there, too.
CREATE TABLE @extschema@.mcp_attached_objects (
    kind text NOT NULL CHECK (kind IN ('usage', 'row security', 'policy', 'trigger', 'privilege')),
    relation regclass NOT NULL,
    name text NOT NULL,
    privilege text NOT NULL,
    statement text NOT NULL,
    stored text,
    table_name text CHECK (kind = 'usage' OR table_name IS NOT NULL),
    PRIMARY KEY (kind, relation, name, privilege)
);
ALTER TABLE @extschema@.mcp_attached_objects ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE @extschema@.mcp_attached_objects IS 'Everything that mcp_attach_mes changed in the attached schema, one row for each policy, trigger, privilege and row-security flag. mcp_detach_mes undoes exactly this. What was there before is not in it.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.kind IS 'usage: of the schema; row security: the table''s flag; policy; trigger; privilege.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.relation IS 'The table; - for the schema.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.name IS 'The policy, the trigger, or the role that got the privilege.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.privilege IS 'The privilege, with its column if it is one of a column; empty for other kinds.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.statement IS 'The statement that was run.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.stored IS 'Of a policy: how PostgreSQL prints it. Of row security: the policies that the table had, which it switched on. Of usage: the schema.';
COMMENT ON COLUMN @extschema@.mcp_attached_objects.table_name IS 'The table''s name with its schema, as it was when attaching ran last; NULL for the schema.';
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_attached_objects', '');

CREATE FUNCTION @extschema@.mcp_attached_relations()
RETURNS TABLE (relation regclass, table_name text, name_now text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
WITH written AS (
    SELECT o.relation, o.table_name, format('%I.%I', n.nspname, c.relname) AS name_now, bool_or(p.oid IS NOT NULL) AS has_policy
      FROM @extschema@.mcp_attached_objects o
      JOIN pg_class c ON c.oid = o.relation AND c.relkind IN ('r', 'p')
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_policy p ON o.kind = 'policy' AND p.polrelid = o.relation AND p.polname = o.name
     GROUP BY o.relation, o.table_name, n.nspname, c.relname
)
SELECT w.relation, w.table_name, w.name_now FROM written w
 WHERE w.table_name = w.name_now
    -- Renamed or moved.
    OR w.has_policy
$$;
COMMENT ON FUNCTION @extschema@.mcp_attached_relations() IS 'The tables of mcp_attached_objects that are still those that were attached, each with the name that was written down and the one that it has now: it has that name, or a policy that is written down under it. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_policy_statement(p_policy oid)
RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
              CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
              (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ' ORDER BY r) FROM unnest(p.polroles) r))
       || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
  FROM pg_policy p WHERE p.oid = p_policy
$$;
COMMENT ON FUNCTION @extschema@.mcp_policy_statement(oid) IS 'The statement that creates a policy as it is in the catalog; NULL for an unknown oid. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_tenant_condition(p_schema text, p_table text, p_tenant_path text)
RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
WITH columns AS (
    SELECT c.relname, a.attname
      FROM pg_namespace n
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = p_schema
), own AS (
    SELECT min(attname::text) AS name FROM columns
     WHERE relname = p_table AND attname = CASE WHEN p_tenant_path LIKE '%>%' THEN 'tenant_id' ELSE p_tenant_path END
)
-- A subselect, so that it is evaluated once per statement and not for each row and index scan.
SELECT CASE
    WHEN own.name IS NOT NULL THEN format('%I = (SELECT @extschema@.current_mcp_tenant())', own.name)
    WHEN p_tenant_path LIKE '%>%' THEN (
        -- Check every reference, not only the first: with a foreign key by id alone, a row could point into another tenant.
        SELECT CASE WHEN bool_and(EXISTS (SELECT FROM columns WHERE relname = p_table AND attname = l.path[1])
                                  AND (SELECT count(*) = 2 FROM columns WHERE relname = l.path[2] AND attname IN ('id', 'tenant_id')))
               THEN string_agg(format('EXISTS (SELECT 1 FROM %I.%I p WHERE p.id = %I.%I AND p.tenant_id = (SELECT @extschema@.current_mcp_tenant()))',
                                      p_schema, l.path[2], p_table, l.path[1]), ' AND ') END
          FROM (SELECT string_to_array(p, ' > ') AS path FROM regexp_split_to_table(p_tenant_path, ',\s*') p) l)
    END
  FROM own
$$;
COMMENT ON FUNCTION @extschema@.mcp_tenant_condition(text, text, text) IS 'The condition under which a row of a MES table is the tenant''s: by its own column, or by all the rows that it refers to (p_tenant_path, of mcp_mes_tables). NULL if the table, a column or a table that it refers to is missing. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_mes_plan(p_schema text)
RETURNS TABLE (kind text, relation regclass, name text, privilege text, statement text, present boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
-- Not to_regclass: mcp_severe_findings runs this as a role that has no right in the MES schema.
WITH place AS (
    SELECT n.oid, n.nspname, n.nspacl FROM pg_namespace n WHERE n.nspname = p_schema
), tables AS MATERIALIZED (
    SELECT t.table_name, t.tool_rights, t.columns, c.oid, c.relrowsecurity, c.relacl, format('%I.%I', place.nspname, c.relname) AS full_name,
           @extschema@.mcp_tenant_condition(p_schema, t.table_name, t.tenant_path) AS condition
      FROM place CROSS JOIN @extschema@.mcp_mes_tables(p_schema) t
      JOIN pg_class c ON c.relnamespace = place.oid AND c.relname = t.table_name AND c.relkind IN ('r', 'p')
     -- One that may be missing may also be another one of the same name.
     WHERE NOT t.optional
        OR NOT EXISTS (SELECT FROM regexp_split_to_table(t.columns, ',\s*') d
                        WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = split_part(d, ' ', 1) AND NOT a.attisdropped))
), policies AS (
    -- The permissive policy is plain true for reading: with the tenant in it, an OR with another policy would hide the tenant from the
    -- planner. The tenant is in a restrictive policy, because a live database may have permissive policies for PUBLIC. All of them use a
    -- function of the extension, so that none stays behind when it is dropped with CASCADE; and the name of one says what to do first.
    SELECT t.oid, p.policy, format(p.definition, t.full_name, p.policy, t.condition,
               CASE t.table_name WHEN 'profiles' THEN ' OR id = (SELECT @extschema@.current_mcp_person())' ELSE '' END) AS statement
      FROM tables t
      JOIN (VALUES
            (false, 'eryxon_mcp_access', 'CREATE POLICY %2$I ON %1$s TO eryxon_mcp_tenant USING (true) WITH CHECK ((SELECT @extschema@.current_mcp_tenant()) IS NOT NULL)'),
            -- A person's tenant is looked up by their profile, when no tenant is known yet.
            (false, 'eryxon_mcp_tenant_only_until_mcp_detach_mes', 'CREATE POLICY %2$I ON %1$s AS RESTRICTIVE TO eryxon_mcp_tenant USING (%3$s%4$s) WITH CHECK (%3$s)'),
            (true, 'eryxon_mcp_record', 'CREATE POLICY %2$I ON %1$s FOR INSERT TO eryxon_mcp_recorder WITH CHECK ((SELECT @extschema@.current_mcp_tenant()) IS NOT NULL)'),
            (true, 'eryxon_mcp_record_tenant_only_until_mcp_detach_mes', 'CREATE POLICY %2$I ON %1$s AS RESTRICTIVE TO eryxon_mcp_recorder USING (%3$s) WITH CHECK (%3$s)')
           ) p (of_recorder, policy, definition)
        ON p.of_recorder = (t.table_name = 'activity_log')
     WHERE t.condition IS NOT NULL
), rights AS (
    -- {columns} are those of the list that the table has.
    SELECT t.oid, t.full_name, r.role, p.part[1] AS privilege, c.column_name
      FROM tables t
     CROSS JOIN LATERAL (VALUES ('eryxon_mcp_tenant', t.tool_rights),
                                ('eryxon_mcp_recorder', CASE t.table_name WHEN 'activity_log' THEN 'INSERT' ELSE '' END)) r (role, rights)
     CROSS JOIN LATERAL regexp_matches(
           replace(r.rights, '{columns}', (SELECT '(' || string_agg(split_part(d, ' ', 1), ', ') || ')' FROM regexp_split_to_table(t.columns, ',\s*') d)),
           '([A-Z]+)(?: \(([^)]*)\))?', 'g') p (part)
      LEFT JOIN LATERAL regexp_split_to_table(p.part[2], ',\s*') c (column_name) ON true
     WHERE t.condition IS NOT NULL
       AND (c.column_name IS NULL
            OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = c.column_name AND NOT a.attisdropped))
)
SELECT 'usage', 0::regclass, r.role, 'USAGE', format('GRANT USAGE ON SCHEMA %I TO %I', place.nspname, r.role),
       EXISTS (SELECT FROM aclexplode(place.nspacl) a WHERE a.grantee = r.role::regrole AND a.privilege_type = 'USAGE')
  FROM place CROSS JOIN (VALUES ('eryxon_mcp_tenant'), ('eryxon_mcp_recorder')) r (role)
UNION ALL
SELECT 'row security', t.oid, 'ENABLE', '', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.full_name), t.relrowsecurity
  FROM tables t WHERE t.condition IS NOT NULL
UNION ALL
SELECT 'policy', p.oid, p.policy, '', p.statement,
       -- As it was made, by us, and as it would be made now.
       EXISTS (SELECT FROM @extschema@.mcp_attached_objects o JOIN pg_policy f ON f.polrelid = p.oid AND f.polname = p.policy
                WHERE o.kind = 'policy' AND o.relation = p.oid AND o.name = p.policy AND o.statement = p.statement
                  AND o.stored = @extschema@.mcp_policy_statement(f.oid))
  FROM policies p
UNION ALL
SELECT 'trigger', t.oid, 'eryxon_mcp_forget_tenant', '',
       format('CREATE TRIGGER eryxon_mcp_forget_tenant AFTER DELETE ON %s FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_forget_tenant()', t.full_name),
       EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = 'eryxon_mcp_forget_tenant')
  FROM tables t WHERE t.table_name = 'tenants' AND t.condition IS NOT NULL
UNION ALL
SELECT 'privilege', r.oid, r.role, r.privilege || coalesce(' (' || r.column_name || ')', ''),
       format('GRANT %s%s ON TABLE %s TO %I', r.privilege, coalesce(' (' || quote_ident(r.column_name) || ')', ''), r.full_name, r.role),
       CASE WHEN r.column_name IS NULL
            THEN EXISTS (SELECT FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
                          WHERE c.oid = r.oid AND a.grantee = r.role::regrole AND a.privilege_type = r.privilege)
            ELSE EXISTS (SELECT FROM pg_attribute n CROSS JOIN aclexplode(n.attacl) a
                          WHERE n.attrelid = r.oid AND n.attname = r.column_name AND a.grantee = r.role::regrole AND a.privilege_type = r.privilege) END
  FROM rights r
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_plan(text) IS 'What attaching a schema takes, one row for each privilege, policy, trigger and row-security flag: its kind, table (- for the schema), name (policy, trigger or role), privilege, the statement that makes it, and whether it is there. Tables, columns and tables referred to that are missing are left out. No row for NULL or an unknown schema. Reads only the catalog and mcp_attached_objects. For superusers and members of eryxon_mcp_owner.';
