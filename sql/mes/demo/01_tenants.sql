-- The demo's tenants and their people.
--
-- Rules for the demo data in all files here:
--   * Ids are derived from names: mes_demo_id('A') is tenant A, mes_demo_id('A/job/JOB-1001') one of its jobs. Kinds are
--     profile/<username>, operator/<employee id>, cell/<name>, material/<name>, resource/<name>, scrap_reason/<code>,
--     issue_category/<code>, job/<job number>, part/<part number>, operation/<part number>/<n> (n counts from 1 along
--     the routing), substep/<part number>/<operation n>/<n>, issue/<n>, quantity/<n>, time_entry/<n>, pause/<n>,
--     key/<name>, and <table>/<n> for the rest. Rows that triggers write (notifications) have random ids.
--   * Dates are relative to now(), in the tenant's local time. Nothing is random: what looks random is pg_temp.demo_share,
--     a number from 0 to 1 derived from a name.
--   * Stated counts are counts of live rows; soft-deleted rows come in addition.
--   * A tenant is loaded once: tenants.demo_data_seeded_at marks it, and a tenant with this mark is left unchanged,
--     whatever has been changed or deleted in it since.
--   * Traps for isolation: A and B share the job numbers JOB-1001 to JOB-1010, their part numbers, the cell
--     "Inspection", the resource "Fixture 7", scrap codes, the customer "ACME Industries", the operator "Jan Smit", NCR
--     numbers and the key "Production".

CREATE OR REPLACE FUNCTION pg_temp.demo_share(p_name text) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(p_name), 1, 8))::bit(32)::bigint / 4294967296.0::double precision $$;

-- Roughly normal, mean 0, standard deviation 1: the sum of four uniform shares.
CREATE OR REPLACE FUNCTION pg_temp.demo_normal(p_name text) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (pg_temp.demo_share(p_name || '/1') + pg_temp.demo_share(p_name || '/2') + pg_temp.demo_share(p_name || '/3')
           + pg_temp.demo_share(p_name || '/4') - 2) * sqrt(3.0) $$;

CREATE OR REPLACE FUNCTION pg_temp.demo_time(p_zone text, p_days integer, p_time time) RETURNS timestamptz
LANGUAGE sql STABLE AS
$$ SELECT ((now() AT TIME ZONE p_zone)::date + p_days + p_time) AT TIME ZONE p_zone $$;

-- The working day (Monday to Friday) that is p_days working days away from today or, at a weekend, from Friday.
CREATE OR REPLACE FUNCTION pg_temp.demo_workday(p_zone text, p_days integer, p_time time) RETURNS timestamptz
LANGUAGE sql STABLE AS
$$ SELECT (monday + 7 * floor(n / 5.0)::integer + (((n % 5) + 5) % 5) + p_time) AT TIME ZONE p_zone
     FROM (SELECT date_trunc('week', now() AT TIME ZONE p_zone)::date AS monday,
                  least(extract(isodow FROM now() AT TIME ZONE p_zone)::integer - 1, 4) + p_days AS n) d $$;

CREATE OR REPLACE FUNCTION pg_temp.demo_open(p_tenant text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT demo_data_seeded_at IS NULL FROM tenants WHERE id = mes_demo_id(p_tenant) $$;

INSERT INTO tenants (id, name, company_name, plan, status, max_jobs, timezone, factory_opening_time,
                     factory_closing_time, abbreviation, demo_mode_enabled, trial_ends_at)
VALUES (mes_demo_id('A'), 'Van Dijk Plaatwerk', 'Van Dijk Plaatwerk B.V.', 'premium', 'active', 500,
        'Europe/Amsterdam', '07:00', '16:30', 'VDP', true, NULL),
       (mes_demo_id('B'), 'Nordhaus Precision', 'Nordhaus Precision Inc.', 'pro', 'active', 100,
        'America/Chicago', '06:00', '18:00', 'NHP', true, NULL),
       (mes_demo_id('C'), 'Atelier Lumen', 'Atelier Lumen', 'free', 'trial', 5,
        'Asia/Kolkata', '09:30', '18:00', 'LUM', true, now() + interval '12 days'),
       (mes_demo_id('D'), 'Empty Works', 'Empty Works Ltd', 'free', 'suspended', 5,
        'UTC', '08:00', '17:00', 'EMP', true, now() - interval '3 days')
ON CONFLICT (id) DO NOTHING;

DO $people$
BEGIN
    INSERT INTO profiles (id, tenant_id, username, full_name, email, role, active, is_machine, has_email_login,
                          employee_id)
    SELECT mes_demo_id(p.tenant || '/profile/' || p.username), mes_demo_id(p.tenant), p.username, p.full_name,
           p.username || '@' || p.tenant || '.example', p.role::app_role, p.kind <> 'inactive', p.kind = 'machine',
           p.kind <> 'machine', p.employee_id
      FROM (VALUES
            ('A', 'anna.devries', 'Anna de Vries', 'admin', '', 'E-001'),
            ('A', 'pieter.bakker', 'Pieter Bakker', 'admin', '', 'E-002'),
            ('A', 'jan.smit', 'Jan Smit', 'operator', '', 'E-011'),
            ('A', 'fatima.elidrissi', 'Fatima El Idrissi', 'operator', '', 'E-012'),
            ('A', 'tomasz.kowalski', 'Tomasz Kowalski', 'operator', '', 'E-013'),
            ('A', 'sofie.janssen', 'Sofie Janssen', 'operator', '', 'E-014'),
            ('A', 'milan.petrovic', 'Milan Petrović', 'operator', '', 'E-015'),
            ('A', 'lars.hansen', 'Lars Hansen', 'operator', '', 'E-016'),
            ('A', 'terminal.laser', 'Terminal Laser 1', 'operator', 'machine', NULL),
            ('A', 'wim.vandenberg', 'Wim van den Berg', 'operator', 'inactive', 'E-009'),
            ('B', 'grace.nordhaus', 'Grace Nordhaus', 'admin', '', 'E-001'),
            ('B', 'jan.smit', 'Jan Smit', 'operator', '', 'E-011'),
            ('B', 'darnell.hayes', 'Darnell Hayes', 'operator', '', 'E-012'),
            ('B', 'maria.lopez', 'Maria López', 'operator', '', 'E-013'),
            ('B', 'kevin.olson', 'Kevin Olson', 'operator', '', 'E-014'),
            ('C', 'lumen', 'Ravi Lumen', 'admin', '', NULL),
            ('D', 'admin', 'New Customer', 'admin', '', NULL)
           ) AS p (tenant, username, full_name, role, kind, employee_id)
     WHERE pg_temp.demo_open(p.tenant);

    INSERT INTO user_roles (id, tenant_id, user_id, role)
    SELECT mes_demo_id('user_role/' || p.id), p.tenant_id, p.id, p.role
      FROM profiles p JOIN tenants t ON t.id = p.tenant_id
     WHERE t.id = ANY (ARRAY[mes_demo_id('A'), mes_demo_id('B'), mes_demo_id('C'), mes_demo_id('D')])
       AND t.demo_data_seeded_at IS NULL;

    INSERT INTO operators (id, tenant_id, employee_id, full_name, created_by)
    SELECT mes_demo_id(o.tenant || '/operator/' || o.employee_id), mes_demo_id(o.tenant), o.employee_id, o.full_name,
           mes_demo_id(o.tenant || '/profile/' || o.creator)
      FROM (VALUES ('A', 'DEMO1', 'Bram Visser', 'anna.devries'), ('A', 'DEMO2', 'Yusuf Demir', 'anna.devries'),
                   ('A', 'DEMO3', 'Jan Smit', 'anna.devries'), ('A', 'DEMO4', 'Eva Mulder', 'anna.devries'),
                   ('B', 'DEMO1', 'Tyler Brooks', 'grace.nordhaus')
           ) AS o (tenant, employee_id, full_name, creator)
     WHERE pg_temp.demo_open(o.tenant);
END
$people$;
