//! The stated numbers of tenant A's cells, work and resources.

use super::Check;

pub const ALL: &[&[Check]] = &[CELLS, JOBS, PARTS, OPERATIONS, SUBSTEPS_AND_RESOURCES];

const CELLS: &[Check] = &[
    (
        "name, wip_limit, warning, enforced, hours",
        "SELECT string_agg(concat_ws(' ', name, coalesce(wip_limit::text, '-'), coalesce(wip_warning_threshold::text, '-'), enforce_wip_limit::text,
            capacity_hours_per_day), ', ' ORDER BY sequence) FROM cells WHERE tenant_id = mes_demo_id('A') AND active AND deleted_at IS NULL",
        "Laser 1 15 12 false 16, Press Brake 10 8 false 8, Welding 8 6 true 8, Assembly 12 10 false 8, Finishing 20 16 false 8, \
         Inspection - - false 7.5",
    ),
    (
        "load, in jobs with queued or running work",
        "SELECT string_agg(c.name || CASE WHEN wip_limit IS NULL THEN ' no limit' WHEN wip > wip_limit THEN ' over' WHEN wip = wip_limit THEN ' full'
            WHEN wip >= wip_warning_threshold THEN ' warning' ELSE ' normal' END, ', ' ORDER BY sequence)
           FROM cells c JOIN (SELECT o.cell_id, count(DISTINCT p.job_id) AS wip FROM operation o JOIN part p ON p.id = o.part_id
                               WHERE o.t = 'A' AND o.status IN ('not_started', 'in_progress') GROUP BY 1) w ON w.cell_id = c.id",
        "Laser 1 normal, Press Brake warning, Welding over, Assembly full, Finishing normal, Inspection no limit",
    ),
    (
        "the three definitions of WIP differ at Welding",
        "SELECT count(DISTINCT n)::text FROM (SELECT count(DISTINCT p.job_id), count(*), count(*) FILTER (WHERE o.status = 'in_progress')
            FROM operation o JOIN part p ON p.id = o.part_id
           WHERE o.t = 'A' AND o.cell = 'Welding' AND o.status IN ('not_started', 'in_progress')) AS w (a, b, c), unnest(ARRAY[a, b, c]) AS n",
        "3",
    ),
];

const JOBS: &[Check] = &[
    (
        "states",
        "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (SELECT status, count(*) AS n FROM job WHERE t = 'A' GROUP BY 1) x",
        "not_started 8, in_progress 18, completed 10, on_hold 4",
    ),
    (
        "open ones by local day: overdue, today or tomorrow, within 7 days, later",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE d < 0), count(*) FILTER (WHERE d IN (0, 1)), count(*) FILTER (WHERE d BETWEEN 2 AND 7),
            count(*) FILTER (WHERE d > 7)) FROM (SELECT (coalesce(due_date_override, due_date) AT TIME ZONE timezone)::date
            - (pg_temp.seeded() AT TIME ZONE timezone)::date AS d FROM job WHERE t = 'A' AND status <> 'completed') x",
        "5 4 6 15",
    ),
    (
        "completed on time, late",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE completed_at <= due_date), count(*) FILTER (WHERE completed_at > due_date))
           FROM job WHERE t = 'A' AND status = 'completed' AND due_date < pg_temp.seeded()",
        "6 4",
    ),
    (
        "overrides that move a job into or out of the next 7 days",
        "SELECT string_agg(job_number || ' ' || (due_date < pg_temp.seeded() + interval '7 days') || ' ' || (due_date_override < pg_temp.seeded() + interval '7 days'),
            ', ' ORDER BY job_number) FROM job WHERE t = 'A' AND due_date_override IS NOT NULL",
        "JOB-1009 false true, JOB-1010 false true, JOB-1011 true false",
    ),
    (
        "deleted, and overdue among them",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE due_date < pg_temp.seeded())) FROM jobs WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NOT NULL",
        "2 1",
    ),
    (
        "without parts, with 30",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE n = 0), count(*) FILTER (WHERE n = 30)) FROM
            (SELECT (SELECT count(*) FROM part p WHERE p.job_id = job.id) AS n FROM job WHERE t = 'A') x",
        "1 1",
    ),
    (
        "a customer with 6 jobs, 3 of them due within 5 days of each other",
        "SELECT concat_ws(' ', customer, count(*), bool_or(third - due_date <= interval '5 days')) FROM
            (SELECT customer, due_date, lead(due_date, 2) OVER (PARTITION BY customer ORDER BY due_date) AS third FROM job WHERE t = 'A') x
          GROUP BY customer ORDER BY count(*) DESC LIMIT 1",
        "ACME Industries 6 t",
    ),
    ("two made at the same moment", "SELECT count(*)::text FROM job a JOIN job b ON b.t = a.t AND b.created_at = a.created_at AND b.id < a.id WHERE a.t = 'A'", "1"),
];

const PARTS: &[Check] = &[
    (
        "states",
        "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (SELECT status, count(*) AS n FROM part WHERE t = 'A' GROUP BY 1) x",
        "not_started 25, in_progress 60, completed 35, on_hold 10",
    ),
    (
        "families, the deepest",
        "WITH RECURSIVE tree AS (SELECT id, id AS root, 1 AS depth FROM part WHERE t = 'A' AND parent_part_id IS NULL
            UNION ALL SELECT p.id, root, depth + 1 FROM part p JOIN tree ON p.t = 'A' AND p.parent_part_id = tree.id)
         SELECT concat_ws(' ', count(DISTINCT root) FILTER (WHERE depth > 1), count(DISTINCT root) FILTER (WHERE depth > 2), max(depth)) FROM tree",
        "20 1 3",
    ),
    ("materials, uneven", "SELECT concat_ws(' ', count(*), max(n) > 4 * min(n)) FROM (SELECT count(*) AS n FROM part WHERE t = 'A' GROUP BY material) x", "7 t"),
    (
        "bullet cards, quantities, without drawing and program",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE is_bullet_card), min(quantity), max(quantity),
            count(*) FILTER (WHERE drawing_no IS NULL AND cnc_program_name IS NULL)) FROM part WHERE t = 'A'",
        "2 1 250 3",
    ),
    (
        "deleted parts and operations",
        "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM deleted WHERE t = 'A' AND kind <> 'job' GROUP BY 1) x",
        "operation 4, part 5",
    ),
    (
        "completed in an open job, by job",
        "SELECT string_agg(job_number || ' ' || n, ', ' ORDER BY job_number) FROM (SELECT j.job_number, count(*) || ' of ' ||
            (SELECT count(*) FROM part a WHERE a.job_id = j.id) AS n FROM job j JOIN part p ON p.job_id = j.id
            WHERE j.t = 'A' AND j.status = 'in_progress' AND p.status = 'completed' GROUP BY j.id, j.job_number) x",
        "JOB-1009 1 of 3, JOB-1026 4 of 4",
    ),
];

const OPERATIONS: &[Check] = &[
    (
        "states",
        "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (SELECT status, count(*) AS n FROM operation WHERE t = 'A' GROUP BY 1) x",
        "not_started 285, in_progress 35, completed 220, on_hold 20",
    ),
    (
        "per part",
        "SELECT concat_ws(' ', min(n), max(n), count(*)) FROM (SELECT count(*) AS n FROM operation WHERE t = 'A' GROUP BY part_id) x",
        "3 7 130",
    ),
    (
        "estimated minutes, median of actual to estimated",
        "SELECT concat_ws(' ', min(estimated_time), max(estimated_time), round((percentile_cont(0.5) WITHIN GROUP
            (ORDER BY actual_time::float / estimated_time) FILTER (WHERE status = 'completed'))::numeric, 1)) FROM operation WHERE t = 'A'",
        "5 480 1.1",
    ),
    (
        "planned; in the past and not started",
        "SELECT concat_ws(' ', count(planned_end), count(*) FILTER (WHERE status = 'not_started' AND planned_end < pg_temp.seeded())) FROM operation WHERE t = 'A'",
        "300 8",
    ),
    (
        "planned before its preceding step",
        "SELECT count(*)::text FROM operation o WHERE t = 'A' AND EXISTS (SELECT 1 FROM operation b WHERE b.part_id = o.part_id
            AND b.sequence < o.sequence AND b.planned_end > o.planned_start)",
        "5",
    ),
    (
        "overlapping at one resource in the planned future",
        "SELECT count(*)::text FROM operation o JOIN operation_resources r ON r.operation_id = o.id WHERE o.t = 'A' AND o.status = 'not_started'
            AND EXISTS (SELECT 1 FROM operation b JOIN operation_resources s ON s.operation_id = b.id AND s.resource_id = r.resource_id
                         WHERE b.id <> o.id AND b.status = 'not_started' AND b.planned_start < o.planned_end AND o.planned_start < b.planned_end)
            AND r.resource_id = mes_demo_id('A/resource/Welding robot')",
        "20",
    ),
    (
        "not completed, and assigned to nobody or an inactive person",
        "SELECT count(*)::text FROM operation o LEFT JOIN profiles p ON p.id = o.assigned_operator_id
          WHERE o.t = 'A' AND o.status <> 'completed' AND NOT coalesce(p.active, false)",
        "12",
    ),
    (
        "completed over 120 days",
        "SELECT concat_ws(' ', count(completed_at), max(completed_at) < pg_temp.seeded(), max(completed_at) - min(completed_at) > interval '115 days')
           FROM operation WHERE t = 'A'",
        "220 t t",
    ),
    (
        "with equal sequence",
        "SELECT count(*)::text FROM operation o WHERE t = 'A' AND EXISTS (SELECT 1 FROM operation b WHERE b.part_id = o.part_id
            AND b.sequence = o.sequence AND b.id <> o.id)",
        "3",
    ),
];

const SUBSTEPS_AND_RESOURCES: &[Check] = &[
    (
        "substeps: states, with a person, operations",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'in_progress'),
            count(*) FILTER (WHERE status = 'blocked'), count(*) FILTER (WHERE status = 'not_started'), count(completed_by),
            count(DISTINCT operation_id)) FROM substeps WHERE tenant_id = mes_demo_id('A')",
        "45 20 5 20 22 20",
    ),
    (
        "a gap, and a duplicate number",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE last > steps), count(*) FILTER (WHERE numbers < steps)) FROM (SELECT max(sequence) AS last,
            count(DISTINCT sequence) AS numbers, count(*) AS steps FROM substeps WHERE tenant_id = mes_demo_id('A') GROUP BY operation_id) x",
        "1 1",
    ),
    (
        "resources: states, inactive",
        "SELECT string_agg(concat_ws(' ', status, n, i), ', ' ORDER BY status) FROM (SELECT status, count(*) AS n, count(*) FILTER (WHERE NOT active) AS i
           FROM resources WHERE tenant_id = mes_demo_id('A') GROUP BY 1) x",
        "available 9 0, in_use 3 0, maintenance 1 0, retired 1 1",
    ),
    (
        "their types, links, memberships, revoked ones",
        "SELECT concat_ws(' ', (SELECT string_agg(DISTINCT type, ' ') FROM resources WHERE tenant_id = mes_demo_id('A')),
            (SELECT count(*) FROM operation_resources WHERE tenant_id = mes_demo_id('A')), count(*), count(revoked_at))
           FROM resource_cell_memberships WHERE tenant_id = mes_demo_id('A')",
        "fixture machine material mold tooling 60 9 1",
    ),
    (
        "three operations that require Fixture 7 at once",
        "SELECT concat_ws(' ', count(*), max(planned_start) < min(planned_end)) FROM operation o JOIN operation_resources r ON r.operation_id = o.id
          WHERE r.resource_id = mes_demo_id('A/resource/Fixture 7')",
        "3 t",
    ),
];
