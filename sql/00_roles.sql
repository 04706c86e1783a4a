-- The roles belong to the cluster, not to the extension: they stay when it is dropped, and a dump of one database does not hold them.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['eryxon_mcp_owner', 'eryxon_mcp_gateway', 'eryxon_mcp_tenant'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
        ELSIF EXISTS (SELECT FROM pg_catalog.pg_roles
                       WHERE rolname = v_role AND (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)) THEN
            RAISE EXCEPTION 'role % exists and has rights that it must not have', v_role
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = pg_catalog.format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
        END IF;
    END LOOP;
    -- What tools run as must own nothing and be nobody else: a membership would lend it rights.
    IF EXISTS (SELECT FROM pg_catalog.pg_auth_members
                WHERE member IN ('eryxon_mcp_tenant'::pg_catalog.regrole, 'eryxon_mcp_gateway'::pg_catalog.regrole)) THEN
        RAISE EXCEPTION 'eryxon_mcp_tenant and eryxon_mcp_gateway must not be members of other roles'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'REVOKE the memberships';
    END IF;
END
$$;

COMMENT ON ROLE eryxon_mcp_owner IS 'eryxon_mcp: owns the extension''s tables and its SECURITY DEFINER functions. A member may act for every tenant.';
COMMENT ON ROLE eryxon_mcp_gateway IS 'eryxon_mcp: what the login of the stdio shim is a member of. May execute four functions and read no table.';
COMMENT ON ROLE eryxon_mcp_tenant IS 'eryxon_mcp: what tools run as, held back by row level security. Never granted to anybody.';
