-- Tenant B: a few rows in every table in which tenant A has rows, so that a table without isolation is noticed.

DO $seed$
DECLARE
    b constant uuid := mes_demo_id('B');
    zone constant text := 'America/Chicago';
BEGIN
    IF NOT pg_temp.demo_open('B') THEN
        RETURN;
    END IF;

    INSERT INTO resource_cell_memberships (id, tenant_id, resource_id, cell_id, assigned_at)
    SELECT mes_demo_id('B/resource_cell_memberships/' || m.n), b, mes_demo_id('B/resource/' || m.resource),
           mes_demo_id('B/cell/' || m.cell), now() - interval '90 days'
      FROM (VALUES (1, 'Fixture 7', 'Inspection'), (2, 'Tombstone 2', 'Mill 5-axis'), (3, 'Probe', 'Mill 5-axis')) AS m (n, resource, cell);

    INSERT INTO factory_calendar (id, tenant_id, date, day_type, name, capacity_multiplier)
    SELECT mes_demo_id('B/factory_calendar/' || n), b, (pg_temp.demo_workday(zone, n * 6, '00:00') AT TIME ZONE zone)::date,
           'holiday', 'Plant holiday', 0
      FROM generate_series(1, 2) AS n;

    INSERT INTO substeps (id, tenant_id, operation_id, name, sequence, status, completed_at)
    SELECT mes_demo_id(format('B/substep/%s/%s/%s', o.part, o.n, k)), b, mes_demo_id(format('B/operation/%s/%s', o.part, o.n)),
           (ARRAY['Touch off tools', 'First article', 'Deburr'])[k], k, CASE k WHEN 1 THEN 'completed' ELSE 'not_started' END,
           CASE k WHEN 1 THEN now() - interval '5 hours' END
      FROM (VALUES ('P-1001-01', 4), ('P-1002-01', 4)) AS o (part, n) CROSS JOIN generate_series(1, 3) AS k;

    INSERT INTO operation_resources (id, tenant_id, operation_id, resource_id)
    SELECT mes_demo_id('B/operation_resources/' || x.n), b, x.id, mes_demo_id('B/resource/Fixture 7')
      FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS n FROM operations
             WHERE tenant_id = b AND status = 'in_progress') x
     WHERE x.n <= 4;

    INSERT INTO assignments (id, tenant_id, operator_id, part_id, assigned_by, status)
    SELECT mes_demo_id('B/assignments/' || p.n), b, mes_demo_id('B/profile/jan.smit'), p.id,
           mes_demo_id('B/profile/grace.nordhaus'), 'accepted'
      FROM (SELECT id, row_number() OVER (ORDER BY part_number) AS n FROM parts WHERE tenant_id = b) p
     WHERE p.n <= 5;

    INSERT INTO time_entries (id, tenant_id, operator_id, operation_id, start_time, end_time, duration, created_at, time_type)
    SELECT mes_demo_id('B/time_entry/' || x.n), b, x.assigned_operator_id, x.id, x.completed_at - x.actual_time * interval '1 minute',
           x.completed_at, x.actual_time, x.completed_at, CASE x.n % 2 WHEN 0 THEN 'run' ELSE 'setup' END
      FROM (SELECT o.*, row_number() OVER (ORDER BY o.completed_at, o.id) AS n FROM operations o
             WHERE o.tenant_id = b AND o.status = 'completed') x;
    INSERT INTO time_entries (id, tenant_id, operator_id, operation_id, start_time, is_paused)
    SELECT mes_demo_id('B/time_entry/open'), b, mes_demo_id('B/profile/jan.smit'), mes_demo_id('B/operation/P-1001-01/4'),
           now() - interval '2 hours', true;
    INSERT INTO time_entry_pauses (id, tenant_id, time_entry_id, paused_at)
    VALUES (mes_demo_id('B/pause/1'), b, mes_demo_id('B/time_entry/open'), now() - interval '15 minutes');

    INSERT INTO operation_day_allocations (id, operation_id, tenant_id, cell_id, date, hours_allocated)
    SELECT mes_demo_id('B/operation_day_allocations/' || row_number() OVER (ORDER BY o.planned_start, o.id)), o.id, b, o.cell_id,
           (o.planned_start AT TIME ZONE zone)::date, round(o.estimated_time / 60.0, 2)
      FROM operations o
     WHERE o.tenant_id = b AND o.status = 'not_started' AND o.planned_start < pg_temp.demo_workday(zone, 10, '00:00');

    INSERT INTO expectations (id, tenant_id, entity_type, entity_id, expectation_type, belief_statement, expected_value,
                              expected_at, created_at, source)
    SELECT mes_demo_id('B/expectations/' || j.job_number || '/1'), b, 'job', j.id, 'completion_time',
           j.job_number || ' is completed in time', jsonb_build_object('due_date', j.due_date), j.due_date, j.created_at, 'erp_sync'
      FROM jobs j WHERE j.tenant_id = b AND j.deleted_at IS NULL;
    INSERT INTO exceptions (id, tenant_id, expectation_id, exception_type, occurred_at, deviation_amount, deviation_unit)
    SELECT mes_demo_id('B/exceptions/' || j.job_number), b, e.id, 'late', j.completed_at,
           floor(extract(epoch FROM j.completed_at - e.expected_at) / 60), 'minutes'
      FROM jobs j JOIN expectations e ON e.tenant_id = b AND e.entity_id = j.id
     WHERE j.tenant_id = b AND j.completed_at > e.expected_at;

    -- Soft-deleted rows below live ones.
    INSERT INTO parts (id, tenant_id, job_id, part_number, material, quantity, deleted_at)
    VALUES (mes_demo_id('B/part/P-1001-99'), b, mes_demo_id('B/job/JOB-1001'), 'P-1001-99', '4140', 10, now() - interval '3 days');
    INSERT INTO operations (id, tenant_id, part_id, cell_id, operation_name, sequence, estimated_time, deleted_at)
    SELECT mes_demo_id('B/operation/P-1001-01/99'), b, mes_demo_id('B/part/P-1001-01'), mes_demo_id('B/cell/Saw'), 'Sawing',
           5, 20, now() - interval '3 days';
END
$seed$;
