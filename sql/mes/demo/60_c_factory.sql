-- Tenant C, Atelier Lumen: a small workshop with every edge case that the schema allows.
--   5 live jobs (the plan's limit), one per status and one more; 9 parts, 30 operations; a soft-deleted job with all
--   of its parts and operations.
-- What the schema does not allow can only occur in an attached database: null statuses, a substep without an operation.

DO $seed$
DECLARE
    c constant uuid := mes_demo_id('C');
    zone constant text := 'Asia/Kolkata';
BEGIN
    IF NOT pg_temp.demo_open('C') THEN
        RETURN;
    END IF;

    INSERT INTO cells (id, tenant_id, name, sequence, wip_limit, enforce_wip_limit, capacity_hours_per_day)
    VALUES (mes_demo_id('C/cell/Bench'), c, 'Bench', 1, NULL, false, NULL),
           (mes_demo_id('C/cell/Kiln'), c, 'Kiln', 2, 0, true, 6);

    INSERT INTO scrap_reasons (id, tenant_id, code, description, category)
    VALUES (mes_demo_id('C/scrap_reason/CRK'), c, 'CRK', 'Cracked glaze', 'process');

    INSERT INTO jobs (id, tenant_id, job_number, customer, status, due_date, notes, created_at, updated_at, started_at,
                      completed_at, deleted_at)
    SELECT mes_demo_id('C/job/' || j.number), c, j.number, j.customer, j.status::job_status,
           pg_temp.demo_time(zone, j.due, '18:00'), j.notes, pg_temp.demo_time(zone, -j.created, '10:00'),
           pg_temp.demo_time(zone, -j.created, '10:00'),
           CASE WHEN j.status <> 'not_started' THEN pg_temp.demo_time(zone, 2 - j.created, '10:00') END,
           CASE WHEN j.status = 'completed' THEN pg_temp.demo_time(zone, -5, '12:00') END,
           CASE WHEN j.number = 'LUM-6' THEN now() - interval '1 day' END
      FROM (VALUES
            ('LUM-1', NULL, 'not_started', NULL::integer, 3, 'Neither customer nor due date'),
            ('LUM-2', 'Café Zoë 照明 🪔', 'in_progress', 4, 20, 'Überlänge: ' || repeat('très long – 長い – ', 550)),
            ('LUM-3', 'दीपक स्टूडियो', 'on_hold', 9, 18, E'Tab\there, "quotes", back\\slash and a line\nbreak'),
            ('LUM-4', 'Café Zoë 照明 🪔', 'completed', -4, 40, NULL),
            ('LUM-5', '', 'not_started', 0, 1, 'The fifth of five jobs that the plan allows'),
            ('LUM-6', 'Gone Ltd', 'in_progress', -10, 30, 'Deleted with everything in it')
           ) AS j (number, customer, status, due, created, notes);

    INSERT INTO parts (id, tenant_id, job_id, part_number, material, quantity, status, notes, created_at, updated_at,
                       deleted_at)
    SELECT mes_demo_id('C/part/' || p.number), c, j.id, p.number, p.material, p.quantity, p.status::job_status,
           CASE WHEN p.number = 'L-2-1' THEN 'Größe „M“, façade ∅ 12' END, j.created_at, j.created_at, j.deleted_at
      FROM (VALUES
            ('LUM-1', 'L-1-1', 'Glass', NULL::integer, 'not_started'), ('LUM-1', 'L-1-2', 'Brass', 0, 'not_started'),
            ('LUM-2', 'L-2-1', 'Glass', 12, 'in_progress'), ('LUM-2', 'L-2-2', '', 1, 'not_started'),
            ('LUM-3', 'L-3-1', 'Clay', 6, 'on_hold'), ('LUM-3', 'L-3-2', 'Clay', 6, 'on_hold'),
            ('LUM-4', 'L-4-1', 'Glass', 3, 'completed'), ('LUM-4', 'L-4-2', 'Brass', 3, 'completed'),
            ('LUM-5', 'L-5-1', 'Glass', 2147483647, 'not_started'),
            ('LUM-6', 'L-6-1', 'Glass', 5, 'in_progress'), ('LUM-6', 'L-6-2', 'Glass', 5, 'completed')
           ) AS p (job, number, material, quantity, status)
      JOIN jobs j ON j.tenant_id = c AND j.job_number = p.job;

    -- Three or four steps per part: 30 live ones, and 6 below the deleted job.
    INSERT INTO operations (id, tenant_id, part_id, cell_id, assigned_operator_id, operation_name, sequence,
                            estimated_time, actual_time, status, completion_percentage, created_at, updated_at,
                            completed_at, deleted_at)
    SELECT mes_demo_id('C/operation/' || p.part_number || '/' || n), c, p.id,
           mes_demo_id('C/cell/' || CASE n WHEN 3 THEN 'Kiln' ELSE 'Bench' END),
           CASE WHEN n < 4 THEN mes_demo_id('C/profile/lumen') END,
           (ARRAY['Shape', 'Dry', 'Fire', 'Polish'])[n], n * 10,
           CASE WHEN p.part_number = 'L-2-1' AND n = 2 THEN 0 ELSE n * 25 END,
           CASE s.status WHEN 'completed' THEN n * 30 WHEN 'not_started' THEN 0 ELSE 12 END, s.status,
           CASE s.status WHEN 'completed' THEN 100 WHEN 'not_started' THEN 0 ELSE 20 END,
           p.created_at + n * interval '1 second', p.created_at + n * interval '1 second',
           CASE s.status WHEN 'completed' THEN p.created_at + (n + 3) * interval '1 day' END, p.deleted_at
      FROM parts p
     CROSS JOIN LATERAL generate_series(1, CASE WHEN p.part_number IN ('L-2-1', 'L-3-1', 'L-4-1') THEN 4 ELSE 3 END) AS n
     CROSS JOIN LATERAL (SELECT CASE p.status WHEN 'completed' THEN 'completed' WHEN 'not_started' THEN 'not_started'
                                ELSE CASE n WHEN 1 THEN 'completed' WHEN 2 THEN p.status::text ELSE 'not_started' END
                                END::task_status AS status) s
     WHERE p.tenant_id = c;

    INSERT INTO substeps (id, tenant_id, operation_id, name, sequence, status)
    SELECT mes_demo_id('C/substep/L-2-1/2/' || n), c, mes_demo_id('C/operation/L-2-1/2'),
           (ARRAY['Turn over', 'Check with a lamp 🔦'])[n], n, (ARRAY['blocked', 'not_started'])[n]
      FROM generate_series(1, 2) AS n;

    INSERT INTO issues (id, tenant_id, operation_id, created_by, title, description, severity, status, created_at,
                        updated_at, reviewed_by, reviewed_at, resolution_notes, issue_type, ncr_number, ncr_category)
    SELECT mes_demo_id('C/issue/' || i.n), c, mes_demo_id('C/operation/' || i.operation), mes_demo_id('C/profile/lumen'),
           i.title, i.description, i.severity::issue_severity, i.status::issue_status,
           now() - i.age * interval '1 day', now() - i.age * interval '1 day',
           CASE WHEN i.status <> 'pending' THEN mes_demo_id('C/profile/lumen') END,
           CASE WHEN i.status <> 'pending' THEN now() - (i.age - 1) * interval '1 day' END,
           CASE WHEN i.status <> 'pending' THEN 'Made again' END, i.type::issue_type,
           CASE i.type WHEN 'ncr' THEN 'NCR-' || extract(year FROM now() AT TIME ZONE zone) || '-0001' END,
           CASE i.type WHEN 'ncr' THEN 'other'::ncr_category END
      FROM (VALUES (1, 'L-2-1/1', NULL, 'Bubble in the glass', 'low', 'pending', 12, 'general'),
                   (2, 'L-4-1/3', 'Glaze cracked', 'Two of three cracked in the kiln', 'critical', 'approved', 20, 'general'),
                   (3, 'L-3-1/1', 'Wrong clay', '', 'medium', 'pending', 2, 'ncr')
           ) AS i (n, operation, title, description, severity, status, age, type);
    INSERT INTO ncr_counters (tenant_id, year, last_number) VALUES (c, extract(year FROM now() AT TIME ZONE zone), 1);

    INSERT INTO operation_quantities (id, tenant_id, operation_id, recorded_by, quantity_produced, quantity_good,
                                      quantity_scrap, scrap_reason_id, recorded_at)
    VALUES (mes_demo_id('C/quantity/1'), c, mes_demo_id('C/operation/L-4-1/3'), mes_demo_id('C/profile/lumen'), 3, 1, 2,
            mes_demo_id('C/scrap_reason/CRK'), pg_temp.demo_time(zone, -6, '00:15'));
END
$seed$;
