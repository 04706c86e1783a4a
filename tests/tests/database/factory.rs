//! The demo factory has exactly the stated contents: its tenants, their traps for isolation, and their numbers.

mod tenant_a;
mod tenant_a_run;

use eryxon_mcp_tests::{Database, Session};

/// What is counted, the query, and its expected result. A query returns one text.
pub type Check = (&'static str, &'static str, &'static str);

/// Live rows with their tenant's letter and, from operations down, the cell's name; and the time to which the factory's dates are relative.
pub const VIEWS: &str = "
    SET search_path = mes, public;
    CREATE FUNCTION pg_temp.seeded() RETURNS timestamptz STABLE LANGUAGE sql AS
        $$ SELECT demo_data_seeded_at FROM mes.tenants WHERE id = public.mes_demo_id('A') $$;
    CREATE TEMP VIEW tenant AS SELECT l.t, t.* FROM unnest('{A,B,C,D}'::text[]) AS l (t) JOIN tenants t ON t.id = mes_demo_id(l.t);
    CREATE TEMP VIEW job AS SELECT t.t, t.timezone, j.* FROM tenant t JOIN jobs j ON j.tenant_id = t.id WHERE j.deleted_at IS NULL;
    CREATE TEMP VIEW part AS SELECT t.t, p.* FROM tenant t JOIN parts p ON p.tenant_id = t.id WHERE p.deleted_at IS NULL;
    CREATE TEMP VIEW operation AS SELECT t.t, c.name AS cell, o.* FROM tenant t JOIN operations o ON o.tenant_id = t.id
        JOIN cells c ON c.tenant_id = o.tenant_id AND c.id = o.cell_id WHERE o.deleted_at IS NULL;
    CREATE TEMP VIEW issue AS SELECT o.t, o.cell, o.operation_name, o.part_id, i.* FROM operation o
        JOIN issues i ON i.tenant_id = o.tenant_id AND i.operation_id = o.id;
    CREATE TEMP VIEW quantity AS SELECT o.t, o.cell, q.* FROM operation o
        JOIN operation_quantities q ON q.tenant_id = o.tenant_id AND q.operation_id = o.id;
    CREATE TEMP VIEW deleted AS
        SELECT t.t, d.kind, d.id FROM tenant t JOIN (SELECT 'job' AS kind, tenant_id, id, deleted_at FROM jobs UNION ALL
            SELECT 'part', tenant_id, id, deleted_at FROM parts UNION ALL SELECT 'operation', tenant_id, id, deleted_at FROM operations) d
            ON d.tenant_id = t.id AND d.deleted_at IS NOT NULL";

const TENANTS: &[Check] = &[
    (
        "plans, states, time zones",
        "SELECT string_agg(concat_ws(' ', t, name, plan, status, timezone), ', ' ORDER BY t) FROM tenant",
        "A Van Dijk Plaatwerk premium active Europe/Amsterdam, B Nordhaus Precision pro active America/Chicago, \
         C Atelier Lumen free trial Asia/Kolkata, D Empty Works free suspended UTC",
    ),
    (
        "cells: live and active, inactive, deleted",
        "SELECT string_agg(concat_ws(' ', t, n, i, d), ', ' ORDER BY t) FROM (SELECT t,
            (SELECT count(*) FROM cells c WHERE c.tenant_id = tenant.id AND active AND deleted_at IS NULL) n,
            (SELECT count(*) FROM cells c WHERE c.tenant_id = tenant.id AND NOT active) i,
            (SELECT count(*) FROM cells c WHERE c.tenant_id = tenant.id AND deleted_at IS NOT NULL) d FROM tenant) x",
        "A 6 1 1, B 5 0 0, C 2 0 0, D 0 0 0",
    ),
    (
        "profiles: admins, operators, machines, inactive",
        "SELECT string_agg(concat_ws(' ', t, a, o, m, i), ', ' ORDER BY t) FROM (SELECT t.t,
            count(*) FILTER (WHERE p.role = 'admin') a,
            count(*) FILTER (WHERE p.role = 'operator' AND active AND NOT is_machine) o,
            count(*) FILTER (WHERE is_machine) m, count(*) FILTER (WHERE NOT active) i
            FROM tenant t JOIN profiles p ON p.tenant_id = t.id GROUP BY t.t) x",
        "A 2 6 1 1, B 1 4 0 0, C 1 0 0 0, D 1 0 0 0",
    ),
    (
        "jobs, parts, operations, keys",
        "SELECT string_agg(concat_ws(' ', t, (SELECT count(*) FROM job WHERE job.t = tenant.t), (SELECT count(*) FROM part WHERE part.t = tenant.t),
            (SELECT count(*) FROM operation o WHERE o.t = tenant.t), (SELECT count(*) FROM mcp_authentication_keys k WHERE k.tenant_id = tenant.id)),
            ', ' ORDER BY t) FROM tenant",
        "A 40 130 560 6, B 18 40 220 3, C 5 9 30 1, D 0 0 0 1",
    ),
    ("C's plan is used up", "SELECT max_jobs || ' ' || count(*) FROM tenant t JOIN job USING (t) WHERE t.t = 'C' GROUP BY max_jobs", "5 5"),
    (
        "D has only its admin and key",
        "SELECT string_agg(table_name || ' ' || n, ', ' ORDER BY table_name) FROM (SELECT table_name, (xpath('/row/n/text()', query_to_xml(
            format('SELECT count(*) AS n FROM %I.%I WHERE tenant_id = %L', table_schema, table_name, mes_demo_id('D')), false, true, '')))[1]::text AS n
            FROM information_schema.columns WHERE table_schema IN ('mes', 'public') AND column_name = 'tenant_id') x WHERE n <> '0'",
        "mcp_authentication_keys 1, mcp_keys 1, profiles 1, user_roles 1",
    ),
];

/// The names that A and B share, and A's customers.
const TRAPS: &[Check] = &[
    (
        "job numbers",
        "SELECT string_agg(a.job_number, ' ' ORDER BY a.job_number) FROM job a JOIN job b USING (job_number) WHERE a.t = 'A' AND b.t = 'B'",
        "JOB-1001 JOB-1002 JOB-1003 JOB-1004 JOB-1005 JOB-1006 JOB-1007 JOB-1008 JOB-1009 JOB-1010",
    ),
    ("part numbers", "SELECT (count(*) > 10)::text FROM part a JOIN part b USING (part_number) WHERE a.t = 'A' AND b.t = 'B'", "true"),
    ("NCR numbers", "SELECT count(*)::text FROM issue a JOIN issue b USING (ncr_number) WHERE a.t = 'A' AND b.t = 'B'", "5"),
    (
        "cells, resources, scrap codes, people, keys",
        "SELECT concat_ws('; ',
            (SELECT string_agg(a.name, ' ' ORDER BY a.name) FROM cells a JOIN cells b USING (name) WHERE a.tenant_id = mes_demo_id('A') AND b.tenant_id = mes_demo_id('B')),
            (SELECT string_agg(a.name, ', ' ORDER BY a.name) FROM resources a JOIN resources b USING (name) WHERE a.tenant_id = mes_demo_id('A') AND b.tenant_id = mes_demo_id('B')),
            (SELECT string_agg(a.code, ' ' ORDER BY a.code) FROM scrap_reasons a JOIN scrap_reasons b USING (code) WHERE a.tenant_id = mes_demo_id('A') AND b.tenant_id = mes_demo_id('B')),
            (SELECT string_agg(a.full_name, ', ' ORDER BY a.full_name) FROM profiles a JOIN profiles b USING (full_name) WHERE a.tenant_id = mes_demo_id('A') AND b.tenant_id = mes_demo_id('B')),
            (SELECT string_agg(a.name, ', ' ORDER BY a.name) FROM mcp_authentication_keys a JOIN mcp_authentication_keys b USING (name) WHERE a.tenant_id = mes_demo_id('A') AND b.tenant_id = mes_demo_id('B')))",
        "Inspection; Fixture 7, Fixture 8; CRK DIM PRG SET TLB TRY; Jan Smit; Production, Test environment",
    ),
    ("customers of both", "SELECT string_agg(DISTINCT a.customer, ', ') FROM job a JOIN job b USING (customer) WHERE a.t = 'A' AND b.t = 'B'", "ACME Industries"),
    (
        "pattern characters, a quote, and one name in two spellings",
        "SELECT string_agg(DISTINCT customer, ', ' ORDER BY customer) FROM job WHERE t = 'A' AND (customer ~ '[%_''\\\\]' OR lower(customer) = 'van leeuwen machines')",
        "50%_off B.V., O'Brien & Søn, VAN LEEUWEN MACHINES, Van Leeuwen Machines",
    ),
    ("a job without customer", "SELECT count(*)::text FROM job WHERE t = 'A' AND customer IS NULL", "1"),
    ("12 customers, ignoring case", "SELECT count(DISTINCT lower(customer))::text FROM job WHERE t = 'A'", "12"),
];

const TENANT_B: &[Check] = &[
    (
        "cells",
        "SELECT string_agg(name, ', ' ORDER BY sequence) FROM cells WHERE tenant_id = mes_demo_id('B')",
        "Saw, Turn, Mill 3-axis, Mill 5-axis, Inspection",
    ),
    (
        "operations per part",
        "SELECT concat_ws(' ', min(n), max(n)) FROM (SELECT count(*) AS n FROM operation WHERE t = 'B' GROUP BY part_id) x",
        "4 8",
    ),
    (
        "more setup than run time",
        "SELECT (sum(setup_time) > sum(estimated_time - setup_time))::text FROM operation WHERE t = 'B'",
        "true",
    ),
    (
        "pieces",
        "SELECT concat_ws(' ', count(*), round(100.0 * sum(quantity_good) / sum(quantity_produced), 1)) FROM quantity WHERE t = 'B'",
        "1200 98.5",
    ),
    (
        "issues, critical ones, NCRs",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE severity = 'critical'), count(ncr_number)) FROM issue WHERE t = 'B'",
        "12 1 5",
    ),
    ("bullet cards", "SELECT count(*)::text FROM part WHERE t = 'B' AND is_bullet_card", "0"),
    (
        "unplanned operations",
        "SELECT count(*)::text FROM operation WHERE t = 'B' AND (planned_start IS NULL OR planned_end IS NULL)",
        "0",
    ),
];

const TENANT_C: &[Check] = &[
    (
        "one job per status and one more",
        "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (SELECT status, count(*) AS n FROM job WHERE t = 'C' GROUP BY 1) x",
        "not_started 2, in_progress 1, completed 1, on_hold 1",
    ),
    (
        "quantity 0, unknown quantity",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE quantity = 0), count(*) FILTER (WHERE quantity IS NULL)) FROM part WHERE t = 'C'",
        "1 1",
    ),
    ("estimated in 0 minutes", "SELECT count(*)::text FROM operation WHERE t = 'C' AND estimated_time = 0", "1"),
    (
        "neither customer nor due date",
        "SELECT count(*)::text FROM job WHERE t = 'C' AND customer IS NULL AND due_date IS NULL",
        "1",
    ),
    (
        "a closed cell",
        "SELECT string_agg(name, ' ') FROM cells WHERE tenant_id = mes_demo_id('C') AND wip_limit = 0",
        "Kiln",
    ),
    (
        "10 kB of unicode",
        "SELECT (max(octet_length(notes)) > 10000 AND max(octet_length(notes)) > max(length(notes)))::text FROM job WHERE t = 'C'",
        "true",
    ),
    (
        "a deleted job with everything below it",
        "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM deleted WHERE t = 'C' GROUP BY 1) x",
        "job 1, operation 6, part 2",
    ),
    (
        "issues, without title",
        "SELECT concat_ws(' ', count(*), count(*) - count(title)) FROM issue WHERE t = 'C'",
        "3 1",
    ),
];

pub async fn hold(superuser: &Session, checks: &[Check]) {
    for (what, query, expected) in checks {
        assert_eq!(superuser.text(query).await, *expected, "{what}");
    }
}

#[tokio::test]
async fn the_demo_factory_has_exactly_the_stated_numbers() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    superuser.batch_execute(VIEWS).await.expect("the views can be made");
    hold(&superuser, TENANTS).await;
    hold(&superuser, TRAPS).await;
    for checks in tenant_a::ALL.iter().chain(tenant_a_run::ALL) {
        hold(&superuser, checks).await;
    }
    hold(&superuser, TENANT_B).await;
    hold(&superuser, TENANT_C).await;
}
