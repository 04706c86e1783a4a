-- Tenant B, Nordhaus Precision: machining, few long jobs. It shares names with tenant A on purpose.
--   18 jobs (3 not_started, 8 in_progress, 2 on_hold, 5 completed) and a soft-deleted one, 40 parts, 220 operations
--   with planned dates for all, no bullet cards.

DO $seed$
DECLARE
    b constant uuid := mes_demo_id('B');
    zone constant text := 'America/Chicago';
BEGIN
    IF NOT pg_temp.demo_open('B') THEN
        RETURN;
    END IF;

    INSERT INTO cells (id, tenant_id, name, color, sequence, wip_limit, wip_warning_threshold, enforce_wip_limit,
                       capacity_hours_per_day)
    SELECT mes_demo_id('B/cell/' || c.name), b, c.name, c.color, c.sequence, c.wip_limit, c.warning, c.enforce, c.hours
      FROM (VALUES ('Saw', '#ef4444', 1, 6, 5, false, 10), ('Turn', '#f59e0b', 2, 8, 6, false, 20),
                   ('Mill 3-axis', '#eab308', 3, 9, 7, false, 20), ('Mill 5-axis', '#22c55e', 4, 6, 4, true, 22),
                   ('Inspection', '#8b5cf6', 5, 15, 12, false, 10)
           ) AS c (name, color, sequence, wip_limit, warning, enforce, hours);

    INSERT INTO materials (id, tenant_id, name)
    SELECT mes_demo_id('B/material/' || m), b, m FROM unnest(ARRAY['4140', '17-4 PH', 'Ti-6Al-4V', '7075-T6']) AS m;

    INSERT INTO resources (id, tenant_id, name, type, identifier, location, status)
    SELECT mes_demo_id('B/resource/' || r.name), b, r.name, r.type, r.identifier, r.location, r.status
      FROM (VALUES ('Fixture 7', 'fixture', 'NF-7', 'Crib 1', 'in_use'), ('Fixture 8', 'fixture', 'NF-8', 'Crib 1', 'available'),
                   ('Tombstone 2', 'fixture', 'NF-20', 'Mill 5-axis', 'available'),
                   ('Probe', 'tooling', 'NT-1', 'Mill 5-axis', 'maintenance')
           ) AS r (name, type, identifier, location, status);

    INSERT INTO scrap_reasons (id, tenant_id, code, description, category)
    SELECT mes_demo_id('B/scrap_reason/' || s.code), b, s.code, s.description, s.category
      FROM (VALUES ('DIM', 'Out of tolerance', 'process'), ('SET', 'Set-up piece', 'operator'),
                   ('TLB', 'Tool broke in the cut', 'equipment'), ('CRK', 'Crack in the bar', 'material'),
                   ('PRG', 'Program error', 'operator'), ('TRY', 'First article', 'other')
           ) AS s (code, description, category);

    INSERT INTO issue_categories (id, tenant_id, code, description, severity_default)
    SELECT mes_demo_id('B/issue_category/' || c.code), b, c.code, c.description, c.severity
      FROM (VALUES ('DIM', 'Dimensions', 'high'), ('MAT', 'Material', 'medium')) AS c (code, description, severity);

    INSERT INTO jobs (id, tenant_id, job_number, customer, status, due_date, notes, created_at, updated_at, started_at,
                      completed_at, deleted_at, deleted_by)
    SELECT mes_demo_id('B/job/' || j.number), b, j.number, j.customer, j.status::job_status,
           pg_temp.demo_time(zone, j.due, '17:00'), j.notes, pg_temp.demo_time(zone, -j.created, '08:00'),
           coalesce(pg_temp.demo_time(zone, -j.completed, '16:00'), pg_temp.demo_time(zone, -j.created, '08:30')),
           CASE WHEN j.status <> 'not_started' THEN pg_temp.demo_time(zone, 5 - j.created, '09:00') END,
           pg_temp.demo_time(zone, -j.completed, '16:00'),
           CASE WHEN j.number = 'NP-2019' THEN now() - interval '2 days' END,
           CASE WHEN j.number = 'NP-2019' THEN mes_demo_id('B/profile/grace.nordhaus') END
      FROM (VALUES
            ('JOB-1001', 'ACME Industries', 'in_progress', 6, 60, NULL::integer, 'Valve bodies, tenant B'),
            ('JOB-1002', 'Great Lakes Aero', 'in_progress', 20, 55, NULL, NULL),
            ('JOB-1003', 'ACME Industries', 'in_progress', -2, 50, NULL, NULL),
            ('JOB-1004', 'Midwest Medical', 'in_progress', 35, 44, NULL, 'Traceability per piece'),
            ('JOB-1005', 'Great Lakes Aero', 'in_progress', 3, 40, NULL, NULL),
            ('JOB-1006', 'Prairie Pumps', 'in_progress', 1, 36, NULL, NULL),
            ('JOB-1007', 'Midwest Medical', 'in_progress', 0, 33, NULL, NULL),
            ('JOB-1008', 'Prairie Pumps', 'in_progress', 28, 30, NULL, NULL),
            ('JOB-1009', 'ACME Industries', 'on_hold', 15, 32, NULL, 'Bar stock missing'),
            ('JOB-1010', 'Great Lakes Aero', 'on_hold', -6, 58, NULL, NULL),
            ('NP-2011', 'Prairie Pumps', 'not_started', 45, 9, NULL, NULL),
            ('NP-2012', 'Midwest Medical', 'not_started', 50, 7, NULL, NULL),
            ('NP-2013', 'ACME Industries', 'not_started', 70, 4, NULL, NULL),
            ('NP-2014', 'Great Lakes Aero', 'completed', -20, 110, 25, NULL),
            ('NP-2015', 'Prairie Pumps', 'completed', -35, 118, 31, 'Late: 5-axis mill down'),
            ('NP-2016', 'ACME Industries', 'completed', -50, 120, 52, NULL),
            ('NP-2017', 'Midwest Medical', 'completed', -8, 90, 9, NULL),
            ('NP-2018', 'Great Lakes Aero', 'completed', -60, 125, 61, NULL),
            ('NP-2019', 'Prairie Pumps', 'not_started', 5, 10, NULL, 'Entered by mistake')
           ) AS j (number, customer, status, due, created, completed, notes);

    INSERT INTO parts (id, tenant_id, job_id, part_number, material, quantity, status, created_at, updated_at,
                       drawing_no, cnc_program_name)
    SELECT mes_demo_id('B/part/' || p.number), b, p.job_id, p.number,
           (ARRAY['4140', '17-4 PH', 'Ti-6Al-4V', '7075-T6'])[1 + floor(4 * pg_temp.demo_share('B/material of ' || p.number))::integer],
           40 + floor(460 * pg_temp.demo_share('B/quantity of ' || p.number)), p.status,
           p.created_at, p.created_at, 'N-' || substr(p.number, 3), 'O' || translate(substr(p.number, 3), '-', '')
      FROM (SELECT j.id AS job_id, j.status, j.created_at + n * interval '1 minute' AS created_at,
                   format('P-%s-%s', right(j.job_number, 4), lpad(n::text, 2, '0')) AS number
              FROM jobs j
             CROSS JOIN LATERAL generate_series(1, CASE WHEN right(j.job_number, 4) <= '1004' THEN 3 ELSE 2 END) AS n
             WHERE j.tenant_id = b AND j.deleted_at IS NULL) p;
END
$seed$;
