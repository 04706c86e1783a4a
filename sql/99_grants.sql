-- Owners, search paths and privileges; last, when all objects exist.

DO $$
DECLARE
    v_object record;
BEGIN
    FOR v_object IN
        SELECT c.oid::pg_catalog.regclass AS name
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e' AND c.relkind <> 'S'
           AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp')
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO eryxon_mcp_owner', v_object.name);
    END LOOP;
    FOR v_object IN
        SELECT p.oid::pg_catalog.regprocedure AS name, p.prosecdef, p.proconfig, l.lanname
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_proc p ON p.oid = d.objid
          JOIN pg_catalog.pg_language l ON l.oid = p.prolang
         WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'
           AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp')
    LOOP
        IF v_object.prosecdef THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO eryxon_mcp_owner', v_object.name);
        END IF;
        -- As in the functions written in SQL, no name is looked up in a schema in which others may create something. The statements are
        -- planned once.
        IF v_object.prosecdef AND v_object.lanname = 'c' THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', v_object.name);
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_object.name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'authenticated') THEN
        PERFORM @extschema@.mcp_grant_member('authenticated');
    END IF;
    -- Its grants come with the others below.
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'service_role') THEN
        INSERT INTO @extschema@.mcp_member_roles (role_name, kind) VALUES ('service_role', 'service');
    END IF;
END
$$;

INSERT INTO @extschema@.mcp_installed_policies (relation, policy, statement)
SELECT pg_catalog.format('%s.%I', c.relnamespace::pg_catalog.regnamespace, c.relname), p.polname, @extschema@.mcp_policy_statement(p.oid)
  FROM pg_catalog.pg_policy p
  JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = p.polrelid AND d.deptype = 'e'
 WHERE d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp');

-- PUBLIC may execute new functions, and ALTER DEFAULT PRIVILEGES may have given anybody anything. Whatever is not in the list is taken
-- off, what is in it is granted, and an installation that then differs from it ends here.
DO $$
DECLARE
    v_differences text;
BEGIN
    PERFORM @extschema@.mcp_apply_privileges(NULL);
    SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d.object || ':', d.reason), E'\n') INTO v_differences
      FROM @extschema@.mcp_privilege_differences() d;
    IF v_differences IS NOT NULL THEN
        RAISE EXCEPTION 'the privileges on the extension''s objects differ from mcp_privileges()'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = v_differences;
    END IF;
END
$$;
