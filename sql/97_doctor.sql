-- What mcp_doctor reports about roles, logging and the library; and mcp_doctor itself.

CREATE FUNCTION @extschema@.mcp_findings_of_roles()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET quote_all_identifiers = off AS $$
DECLARE
    c_owner constant oid := 'eryxon_mcp_owner'::regrole;
    c_gateway constant oid := 'eryxon_mcp_gateway'::regrole;
    c_ours constant oid[] := ARRAY['eryxon_mcp_owner'::regrole, 'eryxon_mcp_gateway'::regrole, 'eryxon_mcp_tenant'::regrole, 'eryxon_mcp_recorder'::regrole];
    v_extension pg_extension%ROWTYPE := (SELECT e FROM pg_extension e WHERE e.extname = 'eryxon_mcp');
    v_superuser text := quote_ident(pg_get_userbyid(v_extension.extowner));
    -- Also through others: those have the group's rights as well.
    v_gateways constant oid[] := ARRAY(SELECT m.member FROM @extschema@.mcp_memberships() m WHERE m.role = c_gateway);
BEGIN
    -- The extension's roles and the gateways' logins have no attribute that gives a right. Only the logins may log in.
    RETURN QUERY
    WITH roles AS (
        SELECT r.*, r.oid = ANY (c_ours) AS is_ours FROM pg_roles r
         WHERE r.oid = ANY (c_ours) OR r.oid = ANY (v_gateways)
    )
    SELECT 'severe', 'role ' || r.oid::regrole, 'it must not have ' || a.attribute, format('ALTER ROLE %I NO%s;', r.rolname, a.attribute)
      FROM roles r
     CROSS JOIN LATERAL (VALUES ('LOGIN', r.rolcanlogin AND r.is_ours), ('SUPERUSER', r.rolsuper), ('BYPASSRLS', r.rolbypassrls),
                                ('CREATEDB', r.rolcreatedb), ('CREATEROLE', r.rolcreaterole), ('REPLICATION', r.rolreplication)) a (attribute, has)
     WHERE a.has
    UNION ALL
    SELECT 'severe', 'role ' || r.oid::regrole, format('it is a member of %s', m.roleid::regrole), format('REVOKE %s FROM %s;', m.roleid::regrole, r.oid::regrole)
      FROM roles r JOIN pg_auth_members m ON m.member = r.oid
     WHERE m.roleid <> c_gateway AND m.roleid <> ALL (v_gateways) OR r.is_ours
    UNION ALL
    SELECT 'warning', 'role ' || r.oid::regrole, format('it is a member of eryxon_mcp_gateway through %s', m.roleid::regrole),
           format('REVOKE %s FROM %s; GRANT eryxon_mcp_gateway TO %2$s;', m.roleid::regrole, r.oid::regrole)
      FROM roles r JOIN pg_auth_members m ON m.member = r.oid
     WHERE m.roleid = ANY (v_gateways) AND r.rolcanlogin
    UNION ALL
    SELECT 'severe', 'role ' || m.roleid::regrole, format('it is granted to %s', m.member::regrole), format('REVOKE %s FROM %s;', m.roleid::regrole, m.member::regrole)
      FROM pg_auth_members m
     WHERE m.roleid IN ('eryxon_mcp_tenant'::regrole, 'eryxon_mcp_recorder'::regrole)
    UNION ALL
    SELECT 'note', 'role ' || m.roleid::regrole, format('%s is a member of it and so may act for every tenant', m.member::regrole), format('REVOKE %s FROM %s;', m.roleid::regrole, m.member::regrole)
      FROM pg_auth_members m
     WHERE m.roleid = c_owner OR EXISTS (SELECT FROM @extschema@.mcp_memberships() o WHERE o.member = m.roleid AND o.role = c_owner)
    UNION ALL
    SELECT 'severe', 'role ' || r.oid::regrole, format('it has the privileges of members of a tenant, but %s', o.reason), o.statement
      FROM pg_roles r JOIN @extschema@.mcp_member_roles w ON w.role_name = r.rolname AND w.kind = 'member' CROSS JOIN LATERAL @extschema@.mcp_member_objections(r.rolname) o
    UNION ALL
    -- Row-level security does not hold a table's owner.
    SELECT DISTINCT 'severe', 'role ' || d.refobjid::regrole, format('it owns %s', pg_describe_object(d.classid, d.objid, d.objsubid)),
           format('REASSIGN OWNED BY %s TO %s;', d.refobjid::regrole, v_superuser)
      FROM pg_shdepend d
     WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND d.refobjid = ANY (c_ours) AND d.refobjid <> c_owner
       AND d.dbid IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
       -- The finding of the privileges names these.
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e'
                          AND e.refclassid = 'pg_extension'::regclass AND e.refobjid = v_extension.oid);

    -- The gateways' logins: what create_mcp_gateway sets, and nothing that it does not give.
    RETURN QUERY
    WITH logins AS (
        SELECT r.oid, r.rolname, r.rolconnlimit FROM pg_roles r WHERE r.oid = ANY (v_gateways) AND r.rolcanlogin
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
    SELECT 'warning', 'login ' || l.oid::regrole, format('its search_path names the schema %I, in which %s may create objects', n.nspname, w.role_name),
           format('SELECT @extschema@.create_mcp_gateway(%L);', l.rolname)
      FROM logins l
      LEFT JOIN settings s ON s.oid = l.oid AND s.name = 'search_path'
     CROSS JOIN LATERAL regexp_split_to_table(coalesce(s.value, '"$user", public'), ',\s*') p (name)
      JOIN pg_namespace n ON n.nspname = CASE p.name WHEN '"$user"' THEN l.rolname ELSE replace(btrim(p.name, '" '), '""', '"') END
     CROSS JOIN LATERAL @extschema@.mcp_schema_writers(n.nspname) w
     WHERE NOT w.is_owner AND n.oid <> v_extension.extnamespace;

    -- The rights of these logins: their own, and those of the groups between them and the gateway's privileges.
    RETURN QUERY
    WITH holders AS (
        SELECT r.oid, CASE WHEN r.rolcanlogin THEN 'login ' ELSE 'role ' END || r.oid::regrole AS object
          FROM pg_roles r WHERE r.oid = ANY (v_gateways) OR r.oid = c_gateway
    ), here AS (
        SELECT b.oid, b.datname, b.datacl FROM pg_database b WHERE b.datname = current_database()
    )
    SELECT 'severe', h.object,
           format('it %s %s', CASE d.deptype WHEN 'o' THEN 'owns' ELSE 'has privileges on' END, pg_describe_object(d.classid, d.objid, d.objsubid)),
           CASE WHEN d.deptype = 'o' THEN format('REASSIGN OWNED BY %s TO %s;', h.oid::regrole, v_superuser)
                WHEN d.classid = 'pg_class'::regclass THEN format('REVOKE ALL ON TABLE %s FROM %s;', d.objid::regclass, h.oid::regrole)
                WHEN d.classid = 'pg_proc'::regclass THEN format('REVOKE ALL ON FUNCTION %s FROM %s;', d.objid::regprocedure, h.oid::regrole)
                WHEN d.classid = 'pg_namespace'::regclass THEN format('REVOKE ALL ON SCHEMA %s FROM %s;', d.objid::regnamespace, h.oid::regrole) END
      FROM holders h
      JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = h.oid AND d.deptype IN ('o', 'a')
           AND d.dbid IN (0, (SELECT b.oid FROM here b))
     -- Those on databases and parameters follow.
     WHERE NOT (d.classid IN ('pg_database'::regclass, 'pg_parameter_acl'::regclass) AND d.deptype = 'a')
       -- What the group may do with our own and the attached objects is compared elsewhere.
       AND NOT (h.oid = c_gateway
                AND (d.deptype = 'o' OR d.classid = 'pg_namespace'::regclass AND d.objid = v_extension.extnamespace
                     OR EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e'
                                   AND e.refclassid = 'pg_extension'::regclass AND e.refobjid = v_extension.oid)
                     OR EXISTS (SELECT FROM @extschema@.mcp_mes_tables() t JOIN pg_class c ON c.relname = t.table_name
                                  JOIN pg_namespace n ON n.oid = c.relnamespace JOIN @extschema@.mcp_settings s ON s.mes_schema = n.nspname
                                 WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid)))
    UNION ALL
    -- It may connect.
    SELECT 'severe', h.object, format('it has privileges on database %I: %s', b.datname, string_agg(DISTINCT a.privilege_type, ', ')),
           format('REVOKE ALL ON DATABASE %I FROM %s; GRANT CONNECT ON DATABASE %1$I TO %2$s;', b.datname, h.oid::regrole)
      FROM holders h CROSS JOIN here b CROSS JOIN LATERAL aclexplode(b.datacl) a
     WHERE a.grantee = h.oid AND (a.privilege_type <> 'CONNECT' OR a.is_grantable)
     GROUP BY h.object, h.oid, b.datname
    UNION ALL
    -- Settings that only a superuser may change protect the log, the record and the guard.
    SELECT 'severe', format('parameter %s', p.parname), format('%s may change it', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END),
           format('REVOKE ALL ON PARAMETER %s FROM %s;', p.parname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
      FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
     WHERE NOT coalesce(r.rolsuper, false)
       AND (p.parname LIKE 'eryxon\_mcp.%' OR p.parname IN (SELECT g.setting FROM @extschema@.mcp_gateway_settings() g)
            OR a.grantee IN (SELECT h.oid FROM holders h))
     GROUP BY p.parname, a.grantee;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_roles() IS 'The findings of mcp_doctor about the extension''s roles, the members'' roles and the gateways'' logins. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_findings_of_server()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
DECLARE
    -- As PostgreSQL reads them.
    c_on constant text := '^(on|1|t|tr|tru|true|y|ye|yes)$';
    c_off constant text := '^(of|off|0|f|fa|fal|fals|false|n|no)$';
BEGIN
    -- Bind parameters are kept out of the log by the gateways' own settings. This is about texts of statements, in which somebody may have
    -- written a key or a password, and about settings that print more than the text.
    RETURN QUERY
    WITH rules (setting, bad, severity, reason, good) AS (VALUES
        ('eryxon_mcp.calls_in_transactions', c_on, 'warning', 'calls can be rolled back with their record', 'off'),
        ('row_security', c_off, 'warning', 'statements that rely on row-level security fail', 'on'),
        ('default_transaction_read_only', c_on, 'warning', 'tools cannot write, and refused calls cannot be counted', 'off'),
        ('log_statement', '^all$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'none'),
        ('log_min_duration_statement', '^0\D*$', 'warning', 'the server log has the text of every statement, with the keys and passwords in it', '-1'),
        ('log_parser_stats', c_on, 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('log_planner_stats', c_on, 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('log_executor_stats', c_on, 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('log_statement_stats', c_on, 'warning', 'the server log has the text of every statement, with the keys and passwords in it', 'off'),
        ('debug_print_parse', c_on, 'severe', 'the server log has every statement''s tree, with the values of tenants in it', 'off'),
        ('debug_print_rewritten', c_on, 'severe', 'the server log has every statement''s tree, with the values of tenants in it', 'off'),
        ('debug_print_plan', c_on, 'severe', 'the server log has every statement''s plan, with the values of tenants in it', 'off'),
        ('auto_explain.log_nested_statements', c_on, 'warning', 'the server log has the statements inside of calls, with the values of tenants in them', 'off'),
        ('pg_stat_statements.track', '^all$', 'warning', 'pg_stat_statements keeps the statements inside of functions, such as that of a password', 'top')
    ), places AS (
        -- A session sees the server's value unless its own role or database has another.
        SELECT 'server'::text AS place, s.name AS setting, s.reset_val AS value, NULL::text AS reset
          FROM pg_settings s
         WHERE s.source NOT IN ('global', 'database', 'user', 'database user')
        UNION ALL
        SELECT CASE WHEN d.setrole <> 0 THEN 'login ' || d.setrole::regrole WHEN d.setdatabase <> 0 THEN 'database ' || quote_ident(current_database()) ELSE 'all logins' END,
               split_part(c, '=', 1), substr(c, strpos(c, '=') + 1),
               CASE WHEN d.setrole = 0 AND d.setdatabase <> 0 THEN format('ALTER DATABASE %I RESET ', current_database())
                    ELSE format('ALTER ROLE %s%s RESET ', CASE d.setrole WHEN 0 THEN 'ALL' ELSE d.setrole::regrole::text END,
                                CASE d.setdatabase WHEN 0 THEN '' ELSE format(' IN DATABASE %I', current_database()) END) END
          FROM pg_db_role_setting d CROSS JOIN LATERAL unnest(d.setconfig) c
         WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
           AND (d.setrole = 0 OR d.setrole IN (SELECT m.member FROM @extschema@.mcp_memberships() m WHERE m.role = 'eryxon_mcp_gateway'::regrole))
    )
    -- Not by format() over a text with names in it, which may contain a %.
    SELECT r.severity, p.place, format('%s is %s: %s', r.setting, p.value, r.reason),
           coalesce(p.reset || r.setting || ';', format('ALTER SYSTEM SET %s = %L; SELECT pg_reload_conf();', r.setting, r.good))
      FROM places p JOIN rules r ON r.setting = p.setting AND p.value ~* r.bad;

    RETURN QUERY
    SELECT 'warning', 'extension eryxon_mcp', format('the library is version %s, the SQL objects are version %s', @extschema@.mcp_library_version(), e.extversion),
           'ALTER EXTENSION eryxon_mcp UPDATE;'
      FROM pg_extension e
     WHERE e.extname = 'eryxon_mcp' AND e.extversion <> @extschema@.mcp_library_version();
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_server() IS 'The findings of mcp_doctor about logging and the library. Reads only the catalog and settings. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_findings()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT * FROM @extschema@.mcp_findings_of_objects()
UNION ALL SELECT * FROM @extschema@.mcp_findings_of_mes()
UNION ALL SELECT * FROM @extschema@.mcp_findings_of_roles()
UNION ALL SELECT * FROM @extschema@.mcp_findings_of_server()
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings() IS 'All findings, in no order: what mcp_doctor shows and mcp_severe_findings counts. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_doctor()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    RETURN QUERY
    SELECT f.* FROM @extschema@.mcp_findings() f
     ORDER BY array_position(ARRAY['severe', 'warning', 'note'], f.severity), f.object, f.reason;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_doctor() IS 'What is not as it should be in this installation, one row a finding: its severity (severe: a promise does not hold; warning: it may not hold; note: to know), the object, the reason, and the statement that mends it (NULL where a person must decide). No row if nothing is wrong. Read a statement before you run it: it restores what the installation made. For superusers and members of eryxon_mcp_owner. Raises 42501 for other callers.';

COMMENT ON FUNCTION @extschema@.mcp_severe_findings() IS 'How many severe findings mcp_doctor has, as counted at most a minute ago in this session. The number only, so that eryxon-mcp check can tell its user. For eryxon_mcp_gateway.';
COMMENT ON FUNCTION @extschema@.mcp_library_version() IS 'The version of the loaded library. For superusers and members of eryxon_mcp_owner.';
