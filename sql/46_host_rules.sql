-- Rules of the host that would refuse what tools write: triggers that the sandbox's role cannot run, defaults and checks that it may not
-- evaluate, checks that are narrower than the types.

CREATE FUNCTION @extschema@.mcp_trigger_findings(p_schema text)
RETURNS TABLE (object text, reason text, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
-- PostgreSQL does not know what a function's text uses, so the text is read: what follows INSERT INTO, UPDATE, DELETE FROM, FROM and JOIN
-- and is a table, and what precedes a parenthesis and is a function of the host. Names are looked up as they are when the trigger runs in a
-- tool's call: in the MES schema.
WITH place AS (
    SELECT n.oid FROM pg_namespace n WHERE n.nspname = p_schema
), plan AS MATERIALIZED (
    SELECT p.relation, split_part(p.privilege, ' ', 1) AS privilege FROM @extschema@.mcp_mes_plan(p_schema) p
     WHERE p.kind = 'privilege' AND p.name = 'eryxon_mcp_tenant'
), triggers AS MATERIALIZED (
    SELECT t.tgname, c.oid AS relation, p.oid AS function,
           regexp_replace(regexp_replace(p.prosrc, '--[^\n]*', '', 'g'), '/\*.*?\*/', '', 'g') AS source
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = (SELECT oid FROM place)
      JOIN pg_proc p ON p.oid = t.tgfoid AND NOT p.prosecdef
      JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('plpgsql', 'sql')
     WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
       -- Those that fire for what tools do with this table.
       AND EXISTS (SELECT FROM plan WHERE plan.relation = c.oid
                      AND (plan.privilege = 'INSERT' AND t.tgtype & 4 <> 0 OR plan.privilege = 'DELETE' AND t.tgtype & 8 <> 0
                           OR plan.privilege = 'UPDATE' AND t.tgtype & 16 <> 0))
), words AS MATERIALIZED (
    SELECT t.tgname, t.relation, t.function, CASE upper(left(w[1], 4)) WHEN 'INSE' THEN 'INSERT' WHEN 'UPDA' THEN 'UPDATE' WHEN 'DELE' THEN 'DELETE' ELSE 'SELECT' END AS privilege,
           CASE WHEN w[2] IS NULL THEN NULL ELSE CASE WHEN w[2] LIKE '"%' THEN trim(w[2], '".') ELSE lower(trim(w[2], '.')) END END AS schema_name,
           CASE WHEN w[3] LIKE '"%' THEN trim(w[3], '"') ELSE lower(w[3]) END AS name
      FROM triggers t
     CROSS JOIN LATERAL regexp_matches(t.source, '\m(insert\s+into|update|delete\s+from|from|join)\s+(?:only\s+)?((?:\w+|"[^"]+")\.)?(\w+|"[^"]+")', 'gi') w
), used_tables AS (
    SELECT DISTINCT w.tgname, w.relation, w.function, w.privilege, c.oid AS used, c.relrowsecurity
      FROM words w
      JOIN pg_namespace n ON n.nspname = coalesce(w.schema_name, p_schema)
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
), calls AS MATERIALIZED (
    SELECT DISTINCT t.tgname, t.relation, t.function,
           CASE WHEN w[1] LIKE '"%' THEN trim(w[1], '".') ELSE lower(trim(w[1], '.')) END AS schema_name,
           CASE WHEN w[2] LIKE '"%' THEN trim(w[2], '"') ELSE lower(w[2]) END AS name
      FROM triggers t
     CROSS JOIN LATERAL regexp_matches(t.source, '((?:\w+|"[^"]+")\.)?\m(\w+|"[^"]+")\s*\(', 'g') w
), findings AS (
    SELECT u.tgname, u.relation, u.function, format('may not %s %s', u.privilege, u.used::regclass) AS what
      FROM used_tables u
     WHERE NOT EXISTS (SELECT FROM plan WHERE plan.relation = u.used AND plan.privilege = u.privilege)
       AND NOT CASE u.privilege WHEN 'DELETE' THEN has_table_privilege('eryxon_mcp_tenant', u.used, 'DELETE')
                    ELSE has_any_column_privilege('eryxon_mcp_tenant', u.used, u.privilege) END
    UNION ALL
    SELECT u.tgname, u.relation, u.function, format('sees no row of %s, because no policy lets it', u.used::regclass)
      FROM used_tables u
     WHERE u.relrowsecurity
       AND NOT EXISTS (SELECT FROM plan WHERE plan.relation = u.used)
       AND CASE u.privilege WHEN 'DELETE' THEN has_table_privilege('eryxon_mcp_tenant', u.used, 'DELETE')
                ELSE has_any_column_privilege('eryxon_mcp_tenant', u.used, u.privilege) END
       AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = u.used AND p.polpermissive AND p.polroles && ARRAY[0::oid, 'eryxon_mcp_tenant'::regrole::oid])
    UNION ALL
    SELECT c.tgname, c.relation, c.function, format('may not use schema %I', n.nspname)
      FROM calls c JOIN pg_namespace n ON n.nspname = c.schema_name
     WHERE NOT has_schema_privilege('eryxon_mcp_tenant', n.oid, 'USAGE') AND n.oid <> (SELECT oid FROM place)
       AND EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname = c.name)
    UNION ALL
    SELECT c.tgname, c.relation, c.function, format('may not call %s', p.oid::regprocedure)
      FROM calls c
      JOIN pg_namespace n ON n.nspname = coalesce(c.schema_name, p_schema)
      JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = c.name
     WHERE NOT has_function_privilege('eryxon_mcp_tenant', p.oid, 'EXECUTE')
       -- Not an extension's: this one has functions with names that the host uses, too.
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
)
SELECT format('trigger %I on table %s', f.tgname, f.relation::regclass),
       format('its function %s runs as the role of the tools, which %s: such a write fails', f.function::regprocedure, string_agg(DISTINCT f.what, ', ')),
       format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp;', f.function::regprocedure, p_schema)
  FROM findings f
 GROUP BY f.tgname, f.relation, f.function
UNION ALL
-- Defaults and checks are evaluated as the role that writes.
SELECT DISTINCT format('table %s', d.relation::regclass),
       format('the role of the tools may not use %s, which a default or a check of the table needs: such a write fails', pg_describe_object(u.refclassid, u.refobjid, 0)),
       CASE u.refclassid WHEN 'pg_proc'::regclass THEN format('GRANT EXECUTE ON FUNCTION %s TO eryxon_mcp_tenant;', u.refobjid::regprocedure)
                         ELSE format('GRANT USAGE ON SEQUENCE %s TO eryxon_mcp_tenant;', u.refobjid::regclass) END
  FROM (SELECT 'pg_attrdef'::regclass AS class, a.oid, a.adrelid AS relation FROM pg_attrdef a
        UNION ALL
        SELECT 'pg_constraint'::regclass, k.oid, k.conrelid FROM pg_constraint k WHERE k.contype = 'c') d
  JOIN pg_depend u ON u.classid = d.class AND u.objid = d.oid
 WHERE d.relation IN (SELECT p.relation FROM plan p WHERE p.privilege = 'INSERT')
   AND CASE u.refclassid WHEN 'pg_proc'::regclass THEN NOT has_function_privilege('eryxon_mcp_tenant', u.refobjid, 'EXECUTE')
                         WHEN 'pg_class'::regclass THEN (SELECT c.relkind = 'S' FROM pg_class c WHERE c.oid = u.refobjid)
                                                        AND NOT has_sequence_privilege('eryxon_mcp_tenant', u.refobjid, 'USAGE') END
$$;
COMMENT ON FUNCTION @extschema@.mcp_trigger_findings(text) IS 'Triggers, defaults and checks of the tables that tools write to that the role of the tools cannot run, one row each: the object, the reason, and the statement that mends it. Triggers are judged by the text of their functions (plpgsql and SQL), so one can be missed or be harmless. No row for NULL or an unknown schema. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_narrow_checks(p_schema text)
RETURNS TABLE (object text, reason text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
WITH checks AS (
    SELECT k.conname, k.conrelid, ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''', 'g') m) AS texts
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = p_schema)
      JOIN @extschema@.mcp_mes_tables() t ON t.table_name = c.relname
     -- One column, compared with a list of texts.
     WHERE k.contype = 'c' AND cardinality(k.conkey) = 1
)
SELECT format('constraint %I on table %s', c.conname, c.conrelid::regclass),
       format('it allows %s, but not %s, which %s has: a tool or a trigger that writes it fails', array_to_string(ARRAY(SELECT unnest(c.texts) ORDER BY 1), ', '),
              (SELECT string_agg(l, ', ') FROM unnest(e.labels) l WHERE l <> ALL (c.texts)), e.type_name)
  FROM checks c JOIN @extschema@.mcp_mes_enums() e ON cardinality(c.texts) > 1 AND c.texts <@ e.labels AND NOT e.labels <@ c.texts
 ORDER BY 1
$$;
COMMENT ON FUNCTION @extschema@.mcp_narrow_checks(text) IS 'Checks on a column of the MES tables that allow some, but not all values of a type that the tools use, such as a list of severities without critical. Judged by the texts in the check. No row for NULL or an unknown schema. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_policy_needs(p_schema text)
RETURNS TABLE (role_name text, relation regclass, privileges text[], policy text, used regclass, columns text[], what text, statement text, granted boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
-- PostgreSQL joins the policies for PUBLIC to ours by OR, and checks the privileges of all of them when a statement starts. Only where ours is
-- plain true, for the tools' reading, does it leave the permissive ones out.
WITH RECURSIVE plan AS MATERIALIZED (
    SELECT p.relation::oid AS relation, p.name AS role, split_part(p.privilege, ' ', 1) AS privilege, p.privilege AS of_column
      FROM @extschema@.mcp_mes_plan(p_schema) p WHERE p.kind = 'privilege'
), uses AS MATERIALIZED (
    SELECT p.polname, p.polrelid, p.polpermissive, p.polroles, e.privilege, e.is_check, d.refclassid, d.refobjid, d.refobjsubid
      FROM pg_policy p
     CROSS JOIN LATERAL (VALUES ('SELECT', 'r', false, p.polqual::text), ('UPDATE', 'w', false, p.polqual::text), ('DELETE', 'd', false, p.polqual::text),
                                ('INSERT', 'a', true, coalesce(p.polwithcheck, p.polqual)::text), ('UPDATE', 'w', true, coalesce(p.polwithcheck, p.polqual)::text)
                        ) e (privilege, command, is_check, expression)
      JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.deptype = 'n' AND d.refobjid <> p.polrelid
                      AND d.refclassid IN ('pg_proc'::regclass, 'pg_class'::regclass)
     -- The dependencies are those of both expressions together.
     WHERE p.polcmd IN ('*', e.command::"char") AND e.expression ~ (' ' || d.refobjid || '\M')
), applicable AS MATERIALIZED (
    SELECT r.role, u.*
      FROM uses u CROSS JOIN (SELECT DISTINCT p.role FROM plan p) r
     WHERE (u.is_check OR NOT u.polpermissive OR NOT EXISTS (SELECT FROM plan p WHERE p.role = r.role AND p.relation = u.polrelid AND p.role = 'eryxon_mcp_tenant'))
       AND EXISTS (SELECT FROM unnest(u.polroles) x WHERE CASE x WHEN 0 THEN true WHEN r.role::regrole THEN false ELSE pg_has_role(r.role, x, 'USAGE') END)
       AND (EXISTS (SELECT FROM pg_class c WHERE c.oid = u.polrelid AND c.relrowsecurity) OR EXISTS (SELECT FROM plan p WHERE p.relation = u.polrelid))
), reached AS (
    SELECT p.role, p.relation AS first, p.privilege AS first_privilege, p.relation, p.privilege FROM plan p
    UNION
    SELECT r.role, r.first, r.first_privilege, u.refobjid, 'SELECT'
      FROM reached r JOIN applicable u ON u.role = r.role AND u.polrelid = r.relation AND u.privilege = r.privilege
     WHERE u.refclassid = 'pg_class'::regclass
), needs AS (
    SELECT r.role, r.first, u.polname, u.polrelid, u.refclassid, u.refobjid, array_agg(DISTINCT r.first_privilege) AS privileges,
           coalesce(array_agg(DISTINCT a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '{}') AS columns,
           bool_and(CASE WHEN u.refclassid = 'pg_proc'::regclass THEN has_function_privilege(r.role, u.refobjid, 'EXECUTE')
                         ELSE EXISTS (SELECT FROM plan p WHERE p.role = r.role AND p.relation = u.refobjid AND p.privilege = 'SELECT'
                                         AND (p.of_column = 'SELECT' OR a.attname IS NULL OR p.of_column = format('SELECT (%s)', a.attname)))
                              OR CASE u.refobjsubid WHEN 0 THEN has_any_column_privilege(r.role, u.refobjid, 'SELECT')
                                      ELSE has_column_privilege(r.role, u.refobjid, u.refobjsubid::smallint, 'SELECT') END END) AS granted
      FROM reached r
      JOIN applicable u ON u.role = r.role AND u.polrelid = r.relation AND u.privilege = r.privilege
      LEFT JOIN pg_attribute a ON u.refclassid = 'pg_class'::regclass AND u.refobjsubid > 0 AND a.attrelid = u.refobjid AND a.attnum = u.refobjsubid
 GROUP BY r.role, r.first, u.polname, u.polrelid, u.refclassid, u.refobjid
)
SELECT n.role, n.first::regclass, n.privileges, format('%I on table %s', n.polname, n.polrelid::regclass),
       CASE n.refclassid WHEN 'pg_class'::regclass THEN n.refobjid::regclass END, n.columns,
       CASE n.refclassid WHEN 'pg_class'::regclass THEN format('SELECT%s of %s', c.list, n.refobjid::regclass) ELSE format('EXECUTE %s', n.refobjid::regprocedure) END,
       CASE n.refclassid WHEN 'pg_class'::regclass THEN format('GRANT SELECT%s ON TABLE %s TO %I;', c.list, n.refobjid::regclass, n.role)
                         ELSE format('GRANT EXECUTE ON FUNCTION %s TO %I;', n.refobjid::regprocedure, n.role) END,
       n.granted
  FROM needs n
 CROSS JOIN LATERAL (SELECT coalesce(format(' (%s)', string_agg(quote_ident(x), ', ' ORDER BY x)), '') AS list FROM unnest(n.columns) x HAVING count(*) > 0
                     UNION ALL SELECT '' WHERE n.columns = '{}') c
$$;
COMMENT ON FUNCTION @extschema@.mcp_policy_needs(text) IS 'What the application''s policies, where they apply to the extension''s roles, need when tools and the record use the tables: one row for each role, table, policy and object: the role, the table, its privileges that need the object, the policy (it may be one of a table that another policy reads), the table that is read (NULL for a function) and its columns (empty: any), the privilege, the statement that gives it, and whether the role has it or gets it by attaching. No row for NULL or an unknown schema. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_host_refusals(p_schema text)
RETURNS TABLE (table_name text, kind text, details text[], object text, reason text, statement text, needed_by text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
SELECT c.relname::text, 'policy', n.privileges, format('table %s', n.relation),
       format('policy %s applies to %s, which may not %s: %s of the table fails', n.policy, n.role_name, n.what, array_to_string(n.privileges, ', ')),
       n.statement,
       CASE WHEN n.role_name = 'eryxon_mcp_recorder' OR c.relname IN ('tenants', 'profiles', 'user_roles') AND 'SELECT' = ANY (n.privileges) THEN 'all' ELSE 'some' END
  FROM @extschema@.mcp_policy_needs(p_schema) n JOIN pg_class c ON c.oid = n.relation
 WHERE NOT n.granted
UNION ALL
SELECT c.relname::text, 'required', ARRAY[a.attname::text], format('table %s', c.oid::regclass),
       format('column %I may not be null and has no default, and no tool fills it: INSERT of the table fails', a.attname),
       -- Those of mes_create_schema lose this default with the extension.
       CASE a.attname WHEN 'tenant_id' THEN format('ALTER TABLE %s ALTER COLUMN tenant_id SET DEFAULT @extschema@.current_mcp_tenant();', c.oid::regclass) END,
       CASE c.relname WHEN 'activity_log' THEN 'all' ELSE 'some' END
  FROM (SELECT DISTINCT p.relation FROM @extschema@.mcp_mes_plan(p_schema) p WHERE p.kind = 'privilege' AND p.privilege = 'INSERT') p
  JOIN pg_class c ON c.oid = p.relation
  JOIN @extschema@.mcp_mes_tables(p_schema) t ON t.table_name = c.relname
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
 -- The columns that the record does not fill are in the list for databases that are made anew.
 WHERE (NOT EXISTS (SELECT FROM regexp_split_to_table(t.columns, ',\s*') d WHERE split_part(d, ' ', 1) = a.attname)
        OR c.relname = 'activity_log' AND a.attname IN ('id', 'user_id', 'changes', 'created_at'))
   -- Optional columns of the extension's own MES schema.
   AND (c.relname, a.attname) NOT IN (('jobs', 'started_at'), ('jobs', 'completed_at'), ('issues', 'ncr_number'))
   -- The type's own default, and a trigger that seems to fill it.
   AND NOT EXISTS (SELECT FROM pg_type y WHERE y.oid = a.atttypid AND y.typdefault IS NOT NULL)
   AND NOT EXISTS (SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid
                    WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgtype & 7 = 7 AND g.tgenabled IN ('O', 'A')
                      AND position(lower(a.attname) IN lower(f.prosrc)) > 0)
$$;
COMMENT ON FUNCTION @extschema@.mcp_host_refusals(text) IS 'Rules of the application by which PostgreSQL refuses statements of the tools or the record on a table: policies whose expressions the extension''s roles may not evaluate (kind policy, details: privileges of the table) and required columns that nothing fills (kind required, details: the column). One row each, with the table, the reason, the statement that mends it (NULL where a person must decide) and who needs it (all: no call works; some). A column that a trigger''s text names is left out. No row for NULL or an unknown schema. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';
