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
