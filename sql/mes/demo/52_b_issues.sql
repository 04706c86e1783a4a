-- Tenant B: 12 issues, one of them critical, five of them NCRs with numbers that tenant A uses too.

DO $seed$
DECLARE
    b constant uuid := mes_demo_id('B');
    zone constant text := 'America/Chicago';
BEGIN
    IF NOT pg_temp.demo_open('B') THEN
        RETURN;
    END IF;

    INSERT INTO issues (id, tenant_id, operation_id, created_by, title, description, severity, status, reviewed_by,
                        reviewed_at, resolution_notes, created_at, updated_at, issue_type, ncr_number, ncr_category,
                        disposition, root_cause, corrective_action, affected_quantity, current_cell_id)
    SELECT mes_demo_id('B/issue/' || i.n), b, o.id, mes_demo_id('B/profile/jan.smit'), i.title, i.title,
           i.severity::issue_severity, i.status::issue_status,
           CASE WHEN i.status <> 'pending' THEN mes_demo_id('B/profile/grace.nordhaus') END,
           CASE WHEN i.status <> 'pending' THEN t.created_at + i.n * interval '9 hours' END,
           CASE WHEN i.status <> 'pending' THEN 'See report' END, t.created_at, t.created_at,
           CASE WHEN i.category IS NULL THEN 'general' ELSE 'ncr' END::issue_type,
           CASE WHEN i.category IS NOT NULL THEN 'NCR-' || y.year || '-' ||
               lpad((row_number() OVER (PARTITION BY y.year, i.category IS NULL ORDER BY i.n))::text, 4, '0') END,
           i.category::ncr_category, i.disposition::ncr_disposition,
           CASE WHEN i.status = 'closed' THEN 'Tool wear' END, CASE WHEN i.status = 'closed' THEN 'Tool life halved' END,
           CASE WHEN i.category IS NOT NULL THEN 2 END, o.cell_id
      FROM (VALUES
            (1, 'P-1001-01/1', 110, 'Bar bent', 'low', 'closed', NULL, NULL),
            (2, 'P-2014-01/2', 96, 'Bore 8 µm too large', 'high', 'closed', 'dimensional', 'scrap'),
            (3, 'P-2015-01/1', 80, 'Chatter marks', 'medium', 'closed', 'surface_finish', 'rework'),
            (4, 'P-2016-02/1', 71, 'Coolant low', 'low', 'rejected', NULL, NULL),
            (5, 'P-2017-01/3', 60, 'Thread gauge sticks', 'medium', 'approved', NULL, NULL),
            (6, 'P-2018-02/2', 66, 'Wrong alloy in the rack', 'critical', 'closed', 'material_defect', 'return_to_supplier'),
            (7, 'P-1002-01/1', 30, 'Burrs', 'low', 'approved', NULL, NULL),
            (8, 'P-1003-01/2', 21, 'Position of bore', 'medium', 'approved', 'dimensional', 'use_as_is'),
            (9, 'P-1004-01/1', 14, 'Certificate missing', 'medium', 'pending', NULL, NULL),
            (10, 'P-1005-01/1', 6, 'Collet slips', 'medium', 'pending', NULL, NULL),
            (11, 'P-1006-01/1', 3, 'Diameter at the limit', 'high', 'pending', 'dimensional', NULL),
            (12, 'P-1007-01/1', 1, 'Label unreadable', 'low', 'pending', NULL, NULL)
           ) AS i (n, operation, age, title, severity, status, category, disposition)
      JOIN operations o ON o.tenant_id = b AND o.id = mes_demo_id('B/operation/' || i.operation)
     CROSS JOIN LATERAL (SELECT pg_temp.demo_time(zone, -i.age, '10:20') AS created_at) t
     CROSS JOIN LATERAL (SELECT extract(year FROM t.created_at AT TIME ZONE zone) AS year) y;

    INSERT INTO ncr_counters (tenant_id, year, last_number)
    SELECT b, split_part(ncr_number, '-', 2)::integer, max(split_part(ncr_number, '-', 3)::integer)
      FROM issues WHERE tenant_id = b AND ncr_number IS NOT NULL GROUP BY 2;
END
$seed$;
