-- Tenant A, Van Dijk Plaatwerk: cells, materials, resources, codes and the calendar.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
    zone constant text := 'Europe/Amsterdam';
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    INSERT INTO cells (id, tenant_id, name, description, color, sequence, active, wip_limit, wip_warning_threshold,
                       enforce_wip_limit, capacity_hours_per_day, deleted_at, deleted_by)
    SELECT mes_demo_id('A/cell/' || c.name), a, c.name, c.description, c.color, c.sequence, c.active, c.wip_limit,
           c.warning, c.enforce, c.hours, c.deleted_at,
           CASE WHEN c.deleted_at IS NOT NULL THEN mes_demo_id('A/profile/anna.devries') END
      FROM (VALUES
            ('Laser 1', 'Fibre laser 6 kW', '#ef4444', 1, true, 15, 12, false, 16, NULL::timestamptz),
            ('Press Brake', 'CNC press brake 160 t', '#f59e0b', 2, true, 10, 8, false, 8, NULL),
            ('Welding', 'TIG and MIG', '#eab308', 3, true, 8, 6, true, 8, NULL),
            ('Assembly', 'Assembly and fitting', '#22c55e', 4, true, 12, 10, false, 8, NULL),
            ('Finishing', 'Deburring and powder coating', '#3b82f6', 5, true, 20, 16, false, 8, NULL),
            ('Inspection', 'Measuring room', '#8b5cf6', 6, true, NULL, NULL, false, 7.5, NULL),
            ('Plasma', 'Out of use, kept as a spare', '#64748b', 7, false, 5, 4, false, 8, NULL),
            ('Laser 0', 'Sold', '#94a3b8', 8, true, 10, 8, false, 8, now() - interval '200 days')
           ) AS c (name, description, color, sequence, active, wip_limit, warning, enforce, hours, deleted_at);

    INSERT INTO materials (id, tenant_id, name, description)
    SELECT mes_demo_id('A/material/' || m.name), a, m.name, m.description
      FROM (VALUES ('S235', 'Structural steel'), ('S355J2', 'Structural steel, high strength'),
                   ('AlMg3', 'Aluminium, EN AW-5754'), ('1.4301', 'Stainless steel, AISI 304'),
                   ('1.4404', 'Stainless steel, AISI 316L'), ('7075-T6', 'Aluminium, high strength'),
                   ('Cu-ETP', 'Copper')) AS m (name, description);

    INSERT INTO resources (id, tenant_id, name, type, identifier, location, status, active, metadata)
    SELECT mes_demo_id('A/resource/' || r.name), a, r.name, r.type, r.identifier, r.location, r.status, r.active,
           r.metadata::jsonb
      FROM (VALUES
            ('Mold 12', 'mold', 'M-12', 'Rack A1', 'available', true, NULL),
            ('Mold 14', 'mold', 'M-14', 'Rack A1', 'available', true, NULL),
            ('V-die 16 mm', 'tooling', 'T-016', 'Tool wall', 'in_use', true, NULL),
            ('V-die 24 mm', 'tooling', 'T-024', 'Tool wall', 'available', true, NULL),
            ('Punch set 88°', 'tooling', 'T-088', 'Tool wall', 'in_use', true, NULL),
            ('Fixture 7', 'fixture', 'F-007', 'Rack B2', 'available', true, NULL),
            ('Fixture 8', 'fixture', 'F-008', 'Rack B2', 'available', true, NULL),
            ('Welding jig large', 'fixture', 'F-101', 'Welding', 'in_use', true, NULL),
            ('Sheet S235 3 mm', 'material', 'S-235-3', 'Rack C1', 'available', true, '{"sheets": 42}'),
            ('Sheet AlMg3 2 mm', 'material', 'S-AL-2', 'Rack C2', 'available', true, '{"sheets": 9}'),
            ('Welding robot', 'machine', 'R-01', 'Welding', 'available', true, NULL),
            ('Powder booth', 'machine', 'P-01', 'Finishing', 'maintenance', true,
             '{"maintenance_due": "overdue", "interval_days": 90}'),
            ('Coordinate measuring machine', 'machine', 'Q-01', 'Measuring room', 'available', true,
             '{"interval_days": 365}'),
            ('Fixture 3', 'fixture', 'F-003', 'Scrap yard', 'retired', false, NULL)
           ) AS r (name, type, identifier, location, status, active, metadata);

    INSERT INTO resource_cell_memberships (id, tenant_id, resource_id, cell_id, assigned_at, revoked_at, assigned_by)
    SELECT mes_demo_id('A/resource_cell_memberships/' || m.n), a, mes_demo_id('A/resource/' || m.resource),
           mes_demo_id('A/cell/' || m.cell), now() - m.since * interval '1 day', now() - m.until * interval '1 day',
           mes_demo_id('A/profile/anna.devries')
      FROM (VALUES (1, 'V-die 16 mm', 'Press Brake', 300, NULL), (2, 'V-die 24 mm', 'Press Brake', 300, NULL),
                   (3, 'Punch set 88°', 'Press Brake', 300, NULL), (4, 'Fixture 7', 'Welding', 200, 40),
                   (5, 'Fixture 7', 'Inspection', 40, NULL), (6, 'Welding jig large', 'Welding', 250, NULL),
                   (7, 'Welding robot', 'Welding', 180, NULL), (8, 'Powder booth', 'Finishing', 400, NULL),
                   (9, 'Coordinate measuring machine', 'Inspection', 400, NULL)
           ) AS m (n, resource, cell, since, until);

    -- 20 active codes and 2 inactive ones; the first four account for most of the scrap.
    INSERT INTO scrap_reasons (id, tenant_id, code, description, category, active)
    SELECT mes_demo_id('A/scrap_reason/' || s.code), a, s.code, s.description, s.category, s.active
      FROM (VALUES
            ('POR', 'Porosity in the weld', 'process', true), ('DIM', 'Dimension out of tolerance', 'process', true),
            ('SCR', 'Scratches on the visible side', 'operator', true), ('ANG', 'Wrong bend angle', 'equipment', true),
            ('BRN', 'Burr not removable', 'process', true), ('WRP', 'Warped by heat', 'process', true),
            ('CRK', 'Crack', 'material', true), ('LAM', 'Lamination in the sheet', 'material', true),
            ('THK', 'Sheet of the wrong thickness', 'material', true), ('RST', 'Rust', 'material', true),
            ('LNS', 'Laser lens dirty', 'equipment', true), ('NOZ', 'Nozzle worn', 'equipment', true),
            ('TLB', 'Tool broken', 'equipment', true), ('SET', 'Wrong set-up', 'operator', true),
            ('HND', 'Damaged in handling', 'operator', true), ('PRG', 'Wrong program', 'operator', true),
            ('DRW', 'Drawing not clear', 'design', true), ('REV', 'Old revision', 'design', true),
            ('TRY', 'Trial piece', 'other', true), ('UNK', 'Other', 'other', true),
            ('OLD1', 'Code of the old system 1', 'other', false), ('OLD2', 'Code of the old system 2', 'other', false)
           ) AS s (code, description, category, active);

    INSERT INTO issue_categories (id, tenant_id, code, description, severity_default)
    SELECT mes_demo_id('A/issue_category/' || c.code), a, c.code, c.description, c.severity
      FROM (VALUES ('DIM', 'Dimensions', 'medium'), ('SURF', 'Surface', 'low'), ('WELD', 'Weld', 'high'),
                   ('MAT', 'Material', 'high'), ('DRAW', 'Drawing', 'medium'), ('MACH', 'Machine', 'high'),
                   ('SAFE', 'Safety', 'critical'), ('LOG', 'Logistics', 'low')) AS c (code, description, severity);

    -- The next 60 days, one row each; weekends are closed by the working-days mask and need no row.
    INSERT INTO factory_calendar (id, tenant_id, date, day_type, name, opening_time, closing_time, capacity_multiplier)
    SELECT mes_demo_id('A/factory_calendar/' || n), a, d.day,
           coalesce(s.day_type, 'working'), s.name,
           CASE WHEN s.day_type IS NULL OR s.day_type = 'half_day' THEN time '07:00' END,
           CASE s.day_type WHEN 'half_day' THEN time '12:00' ELSE CASE WHEN s.day_type IS NULL THEN time '16:30' END END,
           CASE s.day_type WHEN 'half_day' THEN 0.5 ELSE CASE WHEN s.day_type IS NULL THEN 1 ELSE 0 END END
      FROM generate_series(1, 60) AS n
     CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE zone)::date + n AS day) d
      LEFT JOIN (VALUES (pg_temp.demo_workday('Europe/Amsterdam', 8, '00:00'), 'holiday', 'Public holiday'),
                        (pg_temp.demo_workday('Europe/Amsterdam', 20, '00:00'), 'holiday', 'Public holiday'),
                        (pg_temp.demo_workday('Europe/Amsterdam', 31, '00:00'), 'holiday', 'Public holiday'),
                        (pg_temp.demo_workday('Europe/Amsterdam', 13, '00:00'), 'closure', 'Stock taking'),
                        (pg_temp.demo_workday('Europe/Amsterdam', 5, '00:00'), 'half_day', 'Company outing')
                ) AS s (at, day_type, name) ON (s.at AT TIME ZONE zone)::date = d.day
     WHERE extract(isodow FROM d.day) < 6 OR s.name IS NOT NULL;
END
$seed$;
