-- Marks the tenants that were loaded; from now on they are left unchanged.

DO $done$
BEGIN
    UPDATE tenants SET demo_data_seeded_at = now()
     WHERE id = ANY (ARRAY[mes_demo_id('A'), mes_demo_id('B'), mes_demo_id('C'), mes_demo_id('D')])
       AND demo_data_seeded_at IS NULL;
    IF FOUND THEN
        -- The first queries come before autovacuum has run.
        ANALYZE tenants, profiles, cells, resources, scrap_reasons, jobs, parts, operations, substeps, operation_resources,
            time_entries, operation_day_allocations, operation_quantities, issues, notifications;
    END IF;
END
$done$;

DROP FUNCTION pg_temp.demo_share(text), pg_temp.demo_normal(text), pg_temp.demo_time(text, integer, time),
              pg_temp.demo_workday(text, integer, time), pg_temp.demo_open(text);
