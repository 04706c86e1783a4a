-- Backups by a role that is no superuser, such as the owner of the MES tables.

CREATE FUNCTION @extschema@.mcp_grant_backup(p_role text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_role) THEN
        RAISE EXCEPTION 'role "%" does not exist', p_role USING ERRCODE = 'undefined_object';
    END IF;
    IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = p_role AND (r.rolname LIKE 'eryxon\_mcp\_%' OR pg_has_role(r.oid, 'eryxon_mcp_gateway', 'MEMBER') AND NOT r.rolsuper)) THEN
        RAISE EXCEPTION 'role "%" must not read backups: it is one of the extension''s own', p_role
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Choose another role.';
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_role AND NOT rolsuper AND NOT rolbypassrls) THEN
        RAISE EXCEPTION 'role "%" does not bypass row-level security, and pg_dump refuses what it might not see', p_role
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'Owners bypass it on their own tables anyway. On others, only privileges still hold a role with BYPASSRLS.',
                  HINT = format(E'ALTER ROLE %I BYPASSRLS;\nSELECT @extschema@.mcp_grant_backup(%L);', p_role, p_role);
    END IF;
    INSERT INTO @extschema@.mcp_member_roles (role_name, kind) VALUES (p_role, 'backup') ON CONFLICT DO NOTHING;
    PERFORM @extschema@.mcp_apply_privileges(p_role);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_grant_backup(text) IS 'Lets a role that makes backups with pg_dump, such as the owner of the MES tables, read the extension''s tables that a dump contains, as listed by mcp_privileges(): keys with their hashes, counters, records, settings. Such a role sees every tenant. Raises: 42704 for an unknown role, 22023 for one of the extension''s own roles and a gateway''s login, 55000 for a role that does not bypass row-level security (HINT gives the statement; the attribute is not given unasked), 42501 for other callers. For superusers.';
