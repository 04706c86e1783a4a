-- The roles belong to the cluster, not to the extension: they stay when it is dropped, and a dump of one database does not hold them.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['eryxon_mcp_owner', 'eryxon_mcp_gateway', 'eryxon_mcp_tenant'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
                EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', v_role, 'eryxon_mcp: ' || CASE v_role
                    WHEN 'eryxon_mcp_owner' THEN 'owns the extension''s tables and SECURITY DEFINER functions; a member may act for every tenant'
                    WHEN 'eryxon_mcp_gateway' THEN 'what the login of the stdio shim is a member of; may execute four functions and read no table'
                    ELSE 'what tools run as, held back by row level security; never granted to anybody' END);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                -- Made at the same moment by CREATE EXTENSION in another database.
                NULL;
            END;
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
