-- What others may do with the new tables: nothing but what is granted here. ALTER DEFAULT PRIVILEGES (Supabase has it) gives roles such as
-- anon everything on them, and row-level security does not stop TRUNCATE. Only for a newly created schema: an attached database has its
-- own privileges and policies.

DO $others$
DECLARE
    v_target record;
BEGIN
    FOR v_target IN
        SELECT DISTINCT c.oid::regclass AS relation, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee
          FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
         WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname IN (SELECT table_name FROM mcp_mes_tables())
           AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', v_target.relation, v_target.grantee);
    END LOOP;
END
$others$;

-- The tables' own: detaching leaves it on.
DO $security$
DECLARE
    v_table text;
BEGIN
    FOR v_table IN SELECT table_name FROM mcp_mes_tables()
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
    END LOOP;
END
$security$;

-- What people who log in through a web application may read: the rows of their own tenant. Only if the application's role exists.

DO $members$
DECLARE
    v_table text;
    v_column text;
BEGIN
    IF to_regrole('authenticated') IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO authenticated', current_schema());
    FOR v_table IN SELECT table_name FROM mcp_mes_tables()
    LOOP
        v_column := CASE v_table WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END;
        EXECUTE format('GRANT SELECT ON %I TO authenticated', v_table);
        -- The subselect is evaluated once per statement, not once per row.
        EXECUTE format('CREATE POLICY members_read ON %I FOR SELECT TO authenticated
                        USING (%I = (SELECT (get_tenant_info()).id))', v_table, v_column);
    END LOOP;
END
$members$;

-- The audit trail shows what every key was used for, so it is for admins only, like the keys' usage logs.
DO $admins$
BEGIN
    IF to_regrole('authenticated') IS NOT NULL THEN
        CREATE POLICY admins_only ON activity_log AS RESTRICTIVE FOR SELECT TO authenticated
            USING ((SELECT mcp_is_tenant_admin((get_tenant_info()).id)));
    END IF;
END
$admins$;
