-- What mcp_doctor reports about roles, logging and the library; and mcp_doctor itself.

CREATE FUNCTION @extschema@.mcp_findings_of_roles()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    c_owner constant oid := 'eryxon_mcp_owner'::regrole;
    c_gateway constant oid := 'eryxon_mcp_gateway'::regrole;
    c_ours constant oid[] := ARRAY['eryxon_mcp_owner'::regrole, 'eryxon_mcp_gateway'::regrole, 'eryxon_mcp_tenant'::regrole, 'eryxon_mcp_recorder'::regrole];
    v_superuser text := (SELECT quote_ident(pg_get_userbyid(e.extowner)) FROM pg_extension e WHERE e.extname = 'eryxon_mcp');
BEGIN
    -- The extension's roles and the gateways' logins have no attribute that gives a right. Only the logins may log in.
    RETURN QUERY
    WITH roles AS (
        SELECT r.*, r.oid = ANY (c_ours) AS is_ours FROM pg_roles r
         WHERE r.oid = ANY (c_ours) OR r.oid IN (SELECT m.member FROM pg_auth_members m WHERE m.roleid = c_gateway)
    )
    SELECT 'severe', 'role ' || r.oid::regrole, 'it must not have ' || a.attribute, format('ALTER ROLE %I NO%s;', r.rolname, a.attribute)
      FROM roles r
     CROSS JOIN LATERAL (VALUES ('LOGIN', r.rolcanlogin AND r.is_ours), ('SUPERUSER', r.rolsuper), ('BYPASSRLS', r.rolbypassrls),
                                ('CREATEDB', r.rolcreatedb), ('CREATEROLE', r.rolcreaterole), ('REPLICATION', r.rolreplication)) a (attribute, has)
     WHERE a.has
    UNION ALL
    SELECT 'severe', 'role ' || r.oid::regrole, format('it is a member of %s', m.roleid::regrole), format('REVOKE %s FROM %s;', m.roleid::regrole, r.oid::regrole)
      FROM roles r JOIN pg_auth_members m ON m.member = r.oid
     WHERE m.roleid <> c_gateway OR r.is_ours
    UNION ALL
    SELECT 'severe', 'role ' || m.roleid::regrole, format('it is granted to %s', m.member::regrole), format('REVOKE %s FROM %s;', m.roleid::regrole, m.member::regrole)
      FROM pg_auth_members m
     WHERE m.roleid IN ('eryxon_mcp_tenant'::regrole, 'eryxon_mcp_recorder'::regrole)
    UNION ALL
    SELECT 'note', 'role ' || c_owner::regrole, format('%s is a member of it and so may act for every tenant', m.member::regrole), format('REVOKE eryxon_mcp_owner FROM %s;', m.member::regrole)
      FROM pg_auth_members m
     WHERE m.roleid = c_owner
    UNION ALL
    SELECT 'severe', 'role ' || r.oid::regrole, 'it is a member of tenants, but row-level security does not hold it', format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname)
      FROM pg_roles r JOIN @extschema@.mcp_member_roles w ON w.role_name = r.rolname AND w.kind = 'member'
     WHERE r.rolsuper OR r.rolbypassrls;

    -- The gateways' logins: what create_mcp_gateway sets, and nothing that it does not give.
    RETURN QUERY
    WITH logins AS (
        SELECT r.oid, r.rolname, r.rolconnlimit FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid WHERE m.roleid = c_gateway AND r.rolcanlogin
    ), settings AS (
        -- The narrower setting holds.
        SELECT DISTINCT ON (l.oid, s.name) l.oid, s.name, s.value
          FROM logins l
          JOIN pg_db_role_setting d ON d.setrole = l.oid AND d.setdatabase IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
         CROSS JOIN LATERAL (SELECT split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value FROM unnest(d.setconfig) c) s
         ORDER BY l.oid, s.name, d.setdatabase DESC
    )
    SELECT g.severity, 'login ' || l.oid::regrole, format('%s is %s; with %s, %s', g.setting, coalesce(s.value, 'not set'), g.value, g.purpose),
           format('SELECT @extschema@.create_mcp_gateway(%L);', l.rolname)
      FROM logins l
     CROSS JOIN @extschema@.mcp_gateway_settings() g
      LEFT JOIN settings s ON s.oid = l.oid AND s.name = g.setting
     WHERE s.value IS NULL OR CASE WHEN g.may_differ THEN s.value ~ '^(-1|0)\D*$' ELSE s.value <> g.value END
    UNION ALL
    SELECT 'warning', 'login ' || l.oid::regrole, 'it may open any number of connections', format('SELECT @extschema@.create_mcp_gateway(%L);', l.rolname)
      FROM logins l WHERE l.rolconnlimit = -1
    UNION ALL
    SELECT 'severe', 'login ' || l.oid::regrole,
           format('it %s %s', CASE d.deptype WHEN 'o' THEN 'owns' ELSE 'has privileges on' END, pg_describe_object(d.classid, d.objid, d.objsubid)),
           CASE WHEN d.deptype = 'o' THEN format('REASSIGN OWNED BY %s TO %s;', l.oid::regrole, v_superuser)
                WHEN d.classid = 'pg_class'::regclass THEN format('REVOKE ALL ON TABLE %s FROM %s;', d.objid::regclass, l.oid::regrole)
                WHEN d.classid = 'pg_proc'::regclass THEN format('REVOKE ALL ON FUNCTION %s FROM %s;', d.objid::regprocedure, l.oid::regrole)
                WHEN d.classid = 'pg_namespace'::regclass THEN format('REVOKE ALL ON SCHEMA %s FROM %s;', d.objid::regnamespace, l.oid::regrole) END
      FROM logins l
      JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = l.oid AND d.deptype IN ('o', 'a')
           AND d.dbid IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
     -- It may connect.
     WHERE NOT (d.classid = 'pg_database'::regclass AND d.deptype = 'a');
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_roles() IS 'The findings of mcp_doctor about the extension''s roles, the members'' roles and the gateways'' logins. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_findings_of_server()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Bind parameters are kept out of the log by the gateways' own settings. This is about texts of statements, in which somebody may have
    -- written a key or a password, and about settings that print more than the text.
    RETURN QUERY
    WITH rules (setting, bad, severity, reason, good) AS (VALUES
        ('log_statement', '^all$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'none'),
        ('log_min_duration_statement', '^0\D*$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', '-1'),
        ('log_parser_stats', '^on$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('log_planner_stats', '^on$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('log_executor_stats', '^on$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('log_statement_stats', '^on$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('debug_print_parse', '^on$', 'severe', 'the server log has every statement''s tree, with the values of tenants in it', 'off'),
        ('debug_print_rewritten', '^on$', 'severe', 'the server log has every statement''s tree, with the values of tenants in it', 'off'),
        ('debug_print_plan', '^on$', 'severe', 'the server log has every statement''s plan, with the values of tenants in it', 'off'),
        ('auto_explain.log_nested_statements', '^on$', 'warning', 'the server log has the statements inside of calls, with the values of tenants in them', 'off'),
        ('pg_stat_statements.track', '^all$', 'warning', 'pg_stat_statements keeps the statements inside of functions, such as that of a password', 'top')
    ), places AS (
        -- A session sees the server's value unless its own role or database has another.
        SELECT 'server'::text AS place, s.name AS setting, s.reset_val AS value, 'ALTER SYSTEM SET %1$s = %2$L; SELECT pg_reload_conf();'::text AS statement
          FROM pg_settings s
         WHERE s.source NOT IN ('global', 'database', 'user', 'database user')
        UNION ALL
        SELECT CASE WHEN d.setrole <> 0 THEN 'login ' || d.setrole::regrole WHEN d.setdatabase <> 0 THEN 'database ' || quote_ident(current_database()) ELSE 'all logins' END,
               split_part(c, '=', 1), substr(c, strpos(c, '=') + 1),
               CASE WHEN d.setrole = 0 AND d.setdatabase <> 0 THEN format('ALTER DATABASE %I RESET ', current_database())
                    ELSE format('ALTER ROLE %s%s RESET ', CASE d.setrole WHEN 0 THEN 'ALL' ELSE d.setrole::regrole::text END,
                                CASE d.setdatabase WHEN 0 THEN '' ELSE format(' IN DATABASE %I', current_database()) END) END || '%1$s;'
          FROM pg_db_role_setting d CROSS JOIN LATERAL unnest(d.setconfig) c
         WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
           AND (d.setrole = 0 OR d.setrole IN (SELECT m.member FROM pg_auth_members m WHERE m.roleid = 'eryxon_mcp_gateway'::regrole))
    )
    SELECT r.severity, p.place, format('%s is %s: %s', r.setting, p.value, r.reason), format(p.statement, r.setting, r.good)
      FROM places p JOIN rules r ON r.setting = p.setting AND p.value ~ r.bad;

    RETURN QUERY
    SELECT 'warning', 'extension eryxon_mcp', format('the library is version %s, the SQL objects are version %s', @extschema@.mcp_library_version(), e.extversion),
           'ALTER EXTENSION eryxon_mcp UPDATE;'
      FROM pg_extension e
     WHERE e.extname = 'eryxon_mcp' AND e.extversion <> @extschema@.mcp_library_version();
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_server() IS 'The findings of mcp_doctor about logging and the library. Reads only the catalog and settings. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_doctor()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    RETURN QUERY
    SELECT f.* FROM (
        SELECT * FROM @extschema@.mcp_findings_of_objects()
        UNION ALL SELECT * FROM @extschema@.mcp_findings_of_mes()
        UNION ALL SELECT * FROM @extschema@.mcp_findings_of_roles()
        UNION ALL SELECT * FROM @extschema@.mcp_findings_of_server()) f
     ORDER BY array_position(ARRAY['severe', 'warning', 'note'], f.severity), f.object, f.reason;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_doctor() IS 'What is not as it should be in this installation, one row a finding: its severity (severe: a promise does not hold; warning: it may not hold; note: to know), the object, the reason, and the statement that mends it (NULL where a person must decide). No row if nothing is wrong. Read a statement before you run it: it restores what the installation made. For superusers and members of eryxon_mcp_owner. Raises 42501 for other callers.';

COMMENT ON FUNCTION @extschema@.mcp_severe_findings() IS 'How many severe findings mcp_doctor has, as counted at most a minute ago in this session. The number only, so that eryxon-mcp check can tell its user. For eryxon_mcp_gateway.';
COMMENT ON FUNCTION @extschema@.mcp_library_version() IS 'The version of the loaded library. For superusers and members of eryxon_mcp_owner.';
