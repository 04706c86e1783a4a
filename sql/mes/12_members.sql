-- What people who log in through a web application may read, where its role exists: the rows of their own tenant.
-- Only here, for a schema that is made new: a database that is attached has its own policies. Row level security
-- itself is switched on by mcp_attach_mes, for every table.

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
        -- The sub-select is evaluated once per statement, not once per row.
        EXECUTE format('CREATE POLICY members_read ON %I FOR SELECT TO authenticated
                        USING (%I = (SELECT (get_tenant_info()).id))', v_table, v_column);
    END LOOP;
END
$members$;

-- The trail shows what every key was used for: admins only, as the keys' usage logs.
DO $admins$
BEGIN
    IF to_regrole('authenticated') IS NOT NULL THEN
        CREATE POLICY admins_only ON activity_log AS RESTRICTIVE FOR SELECT TO authenticated
            USING ((SELECT mcp_is_tenant_admin((get_tenant_info()).id)));
    END IF;
END
$admins$;
