-- Roles of others that get privileges here: members of a tenant, and what speaks against one.

CREATE FUNCTION @extschema@.mcp_memberships()
RETURNS TABLE (member oid, role oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH RECURSIVE found (member, role) AS (
    SELECT m.member, m.roleid FROM pg_auth_members m
    UNION
    SELECT f.member, m.roleid FROM found f JOIN pg_auth_members m ON m.member = f.role
)
SELECT f.member, f.role FROM found f
$$;
COMMENT ON FUNCTION @extschema@.mcp_memberships() IS 'Every role with each role that it is a member of, also through others. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_member_objections(p_role text)
RETURNS TABLE (reason text, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
SELECT 'it is one of the extension''s own roles', NULL WHERE p_role LIKE 'eryxon\_mcp\_%'
UNION ALL
SELECT 'it is a superuser or bypasses row-level security', format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname)
  FROM pg_roles r
 WHERE r.rolname = p_role AND (r.rolsuper OR r.rolbypassrls)
UNION ALL
-- Its own rights, or those that it has by SET ROLE, must be no others than a member's.
SELECT DISTINCT format('it is a member of %I', o.rolname), format('REVOKE %s FROM %I;', e.roleid::regrole, r.rolname)
  FROM pg_roles r
  JOIN pg_auth_members e ON e.member = r.oid
  JOIN pg_roles o ON o.oid = e.roleid OR (e.roleid, o.oid) IN (SELECT m.member, m.role FROM @extschema@.mcp_memberships() m)
 WHERE r.rolname = p_role
   AND (o.rolsuper OR o.rolbypassrls OR o.rolname LIKE 'eryxon\_mcp\_%'
        OR o.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
UNION ALL
-- Who has a member's rights without row-level security sees every tenant. Who may create roles can give itself any.
SELECT DISTINCT format('%I is a member of it and bypasses row-level security', o.rolname), format('REVOKE %s FROM %I;', e.roleid::regrole, o.rolname)
  FROM pg_roles r
  JOIN pg_auth_members e ON e.roleid = r.oid OR (e.roleid, r.oid) IN (SELECT m.member, m.role FROM @extschema@.mcp_memberships() m)
  JOIN pg_roles o ON o.oid = e.member
 WHERE r.rolname = p_role AND o.rolbypassrls AND NOT o.rolsuper AND NOT o.rolcreaterole
$$;
COMMENT ON FUNCTION @extschema@.mcp_member_objections(text) IS 'Why a role must not have a member''s privileges, each with the statement that mends it (NULL: another role must be chosen). No row if nothing speaks against it, or for an unknown role. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_apply_privileges(p_grantee text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_statement text;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    FOR v_statement IN
        SELECT d.statement FROM @extschema@.mcp_privilege_differences() d
         WHERE (p_grantee IS NULL OR d.grantee = p_grantee) AND d.statement IS NOT NULL
    LOOP
        EXECUTE v_statement;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_apply_privileges(text) IS 'Grants and revokes until the catalog says what mcp_privileges() says, for one role, or for everybody (NULL). Raises 42501 for other callers. Called by mcp_grant_member, mcp_grant_backup and the installation. For superusers.';

CREATE FUNCTION @extschema@.mcp_grant_member(p_role text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_objection record;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_role) THEN
        RAISE EXCEPTION 'role "%" does not exist', p_role USING ERRCODE = 'undefined_object';
    END IF;
    FOR v_objection IN SELECT o.* FROM @extschema@.mcp_member_objections(p_role) o LOOP
        RAISE EXCEPTION 'role "%" must not be a member: %', p_role, v_objection.reason
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It would see more than its own tenant.',
                  HINT = coalesce(v_objection.statement, 'Choose another role.');
    END LOOP;
    INSERT INTO @extschema@.mcp_member_roles (role_name, kind) VALUES (p_role, 'member') ON CONFLICT DO NOTHING;
    PERFORM @extschema@.mcp_apply_privileges(p_role);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_grant_member(text) IS 'Grants a web application''s role (PostgREST''s, or Supabase''s authenticated) the privileges that members of a tenant need, as listed by mcp_privileges(): on their own keys (without key_hash), logs, health and configuration, restricted by row-level security according to sub in request.jwt.claims. Any other privilege of that role on the extension''s objects is revoked. Use it only for a role whose SQL is written by the application. For superusers. Raises: 42704 for an unknown role, 22023 for a role of which mcp_member_objections says why it must not be a member, 42501 for other callers. CREATE EXTENSION calls it for the role authenticated, if it exists.';
