-- Roles belong to the cluster, not to the extension: they remain when it is dropped, and a dump of one database does not contain them.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['eryxon_mcp_owner', 'eryxon_mcp_gateway', 'eryxon_mcp_tenant', 'eryxon_mcp_recorder'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
                EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', v_role, 'eryxon_mcp: ' || CASE v_role
                    WHEN 'eryxon_mcp_owner' THEN 'owns the extension''s tables and SECURITY DEFINER functions; a member may act for any tenant'
                    WHEN 'eryxon_mcp_gateway' THEN 'group role for the logins of the stdio shim; may execute a few functions and access no table'
                    WHEN 'eryxon_mcp_recorder' THEN 'the activity row of a call is written as this role, which may do nothing else; never granted to anyone'
                    ELSE 'tools run as this role, restricted by row-level security; never granted to anyone' END);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                -- Created concurrently by CREATE EXTENSION in another database.
                NULL;
            END;
        ELSIF EXISTS (SELECT FROM pg_catalog.pg_roles
                       WHERE rolname = v_role AND (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)) THEN
            RAISE EXCEPTION 'role % already exists with attributes that it must not have', v_role
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = pg_catalog.format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
        END IF;
    END LOOP;
    -- These roles must own nothing and must not be members of another role, whose privileges they would inherit.
    IF EXISTS (SELECT FROM pg_catalog.pg_auth_members
                WHERE member IN ('eryxon_mcp_tenant'::pg_catalog.regrole, 'eryxon_mcp_gateway'::pg_catalog.regrole,
                                 'eryxon_mcp_recorder'::pg_catalog.regrole)) THEN
        RAISE EXCEPTION 'eryxon_mcp_tenant, eryxon_mcp_gateway and eryxon_mcp_recorder must not be members of other roles'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Revoke these memberships.';
    END IF;
END
$$;
