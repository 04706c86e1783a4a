//! The stated numbers of tenant A's past and planned work.

use super::Check;

pub const ALL: &[&[Check]] = &[TIME, PIECES, ISSUES, PLAN];

const TIME: &[Check] = &[
    (
        "entries by type",
        "SELECT string_agg(time_type || ' ' || n, ', ' ORDER BY n DESC) FROM (SELECT time_type, count(*) AS n FROM time_entries
            WHERE tenant_id = mes_demo_id('A') GROUP BY 1) x",
        "run 336, setup 86, rework 24, wait 19, breakdown 15",
    ),
    (
        "open: all, at a completed operation, paused, twice by one person at one operation",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE o.status = 'completed'), count(*) FILTER (WHERE is_paused), count(*) FILTER (WHERE twice > 1))
           FROM (SELECT *, count(*) OVER (PARTITION BY operator_id, operation_id) AS twice FROM time_entries
                  WHERE tenant_id = mes_demo_id('A') AND end_time IS NULL) e JOIN operation o ON o.id = e.operation_id",
        "6 1 1 2",
    ),
    (
        "whose minutes differ from the time between start and end without pauses (seconds)",
        "SELECT count(*)::text FROM time_entries e WHERE tenant_id = mes_demo_id('A') AND end_time IS NOT NULL AND duration <> round(
            (extract(epoch FROM end_time - start_time) - coalesce((SELECT sum(duration) FROM time_entry_pauses p WHERE p.time_entry_id = e.id), 0)) / 60)",
        "0",
    ),
    (
        "pauses, running ones",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE resumed_at IS NULL)) FROM time_entry_pauses WHERE tenant_id = mes_demo_id('A')",
        "40 1",
    ),
    (
        "operations whose actual time differs from that of their ended entries",
        "SELECT count(*)::text FROM operation o WHERE t = 'A' AND actual_time <> coalesce((SELECT sum(duration) FROM time_entries e WHERE e.operation_id = o.id), 0)",
        "0",
    ),
];

const PIECES: &[Check] = &[
    (
        "scrap reasons: active, inactive, categories",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE active), count(*) FILTER (WHERE NOT active), count(DISTINCT category)) FROM scrap_reasons
          WHERE tenant_id = mes_demo_id('A')",
        "20 2 6",
    ),
    (
        "rows, good, scrap and rework in percent",
        "SELECT concat_ws(' ', count(*), round(100.0 * sum(quantity_good) / sum(quantity_produced), 1), round(100.0 * sum(quantity_scrap) /
            sum(quantity_produced), 1), round(100.0 * sum(quantity_rework) / sum(quantity_produced), 1)) FROM quantity WHERE t = 'A'",
        "1600 93.5 4.0 2.5",
    ),
    (
        "rows in 90 days beyond 1000, weeks, fewest and most rows a week, weeks with more than 8 % scrap",
        "SELECT concat_ws(' ', (SELECT count(*) > 1000 FROM quantity WHERE t = 'A' AND recorded_at > pg_temp.seeded() - interval '90 days'), count(*), min(n), max(n),
            count(*) FILTER (WHERE scrap > 0.08)) FROM (SELECT count(*) AS n, sum(quantity_scrap)::numeric / sum(quantity_produced) AS scrap FROM quantity
             CROSS JOIN (SELECT (pg_temp.seeded() AT TIME ZONE 'Europe/Amsterdam')::date AS today) d
             WHERE t = 'A' GROUP BY (today - (recorded_at AT TIME ZONE 'Europe/Amsterdam')::date - 1) / 7) w",
        "t 17 60 121 1",
    ),
    (
        "share of the four most frequent reasons, share without one, in percent of the scrap",
        "WITH scrap AS (SELECT coalesce(s.scrap_reason_id, q.scrap_reason_id) AS reason, sum(coalesce(s.quantity, q.quantity_scrap)) AS n FROM quantity q
            LEFT JOIN operation_quantity_scrap_reasons s ON s.operation_quantity_id = q.id WHERE q.t = 'A' GROUP BY 1)
         SELECT concat_ws(' ', round(100 * (SELECT sum(n) FROM (SELECT n FROM scrap WHERE reason IS NOT NULL ORDER BY n DESC LIMIT 4) f) / sum(n)) BETWEEN 78 AND 82,
            round(100 * sum(n) FILTER (WHERE reason IS NULL) / sum(n))) FROM scrap",
        "t 6",
    ),
    (
        "lots split over two reasons",
        "SELECT count(*)::text FROM (SELECT q.id FROM quantity q JOIN operation_quantity_scrap_reasons s ON s.operation_quantity_id = q.id WHERE q.t = 'A'
            GROUP BY q.id, q.quantity_scrap HAVING count(*) = 2 AND sum(s.quantity) = q.quantity_scrap) x",
        "25",
    ),
    (
        "the worst and the best cell",
        "SELECT concat_ws(', ', (array_agg(cell ORDER BY rate DESC))[1], (array_agg(cell ORDER BY rate))[1]) FROM
            (SELECT cell, sum(quantity_scrap)::numeric / sum(quantity_produced) AS rate FROM quantity WHERE t = 'A' GROUP BY 1) x",
        "Welding, Inspection",
    ),
    (
        "the last 30 days are worse than those before",
        "SELECT (sum(quantity_scrap) FILTER (WHERE recorded_at > pg_temp.seeded() - interval '30 days')::numeric / sum(quantity_produced) FILTER (WHERE recorded_at > pg_temp.seeded() - interval '30 days')
            > 1.2 * sum(quantity_scrap) FILTER (WHERE recorded_at <= pg_temp.seeded() - interval '30 days') / sum(quantity_produced) FILTER (WHERE recorded_at <= pg_temp.seeded() - interval '30 days'))::text
           FROM quantity WHERE t = 'A' AND recorded_at > pg_temp.seeded() - interval '60 days'",
        "true",
    ),
    (
        "within an hour of local midnight, before and after",
        "SELECT concat_ws(' ', count(*) FILTER (WHERE time > '23:00'), count(*) FILTER (WHERE time < '01:00')) FROM
            (SELECT (recorded_at AT TIME ZONE 'Europe/Amsterdam')::time AS time FROM quantity WHERE t = 'A') x",
        "3 2",
    ),
];

const ISSUES: &[Check] = &[
    (
        "types, severities, states",
        "SELECT string_agg(v || ' ' || n, ', ' ORDER BY k, v) FROM (SELECT k, v, count(*) AS n FROM issue CROSS JOIN LATERAL
            (VALUES (1, issue_type::text), (2, severity::text), (3, status::text)) AS x (k, v) WHERE t = 'A' GROUP BY k, v) y",
        "general 90, ncr 60, critical 12, high 38, low 40, medium 60, approved 60, closed 40, pending 35, rejected 15",
    ),
    (
        "categories and dispositions of NCRs",
        "SELECT string_agg(v || ' ' || n, ', ' ORDER BY k, v) FROM (SELECT k, v, count(*) AS n FROM issue CROSS JOIN LATERAL
            (VALUES (1, ncr_category::text), (2, coalesce(disposition::text, 'none'))) AS x (k, v) WHERE t = 'A' AND issue_type = 'ncr' GROUP BY k, v) y",
        "dimensional 22, material_defect 8, other 4, process_error 14, surface_finish 12, none 10, return_to_supplier 4, rework 24, scrap 14, use_as_is 8",
    ),
    (
        "reviewed within 0.2 to 20 days, with a median of about 3; the oldest is 110 to 120 days old",
        "SELECT concat_ws(' ', bool_and(days BETWEEN 0.2 AND 20), round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days)), max(age) BETWEEN 110 AND 120,
            count(*) FILTER (WHERE days IS NULL)) FROM (SELECT extract(epoch FROM reviewed_at - created_at)::float / 86400 AS days,
            extract(epoch FROM pg_temp.seeded() - created_at)::float / 86400 AS age FROM issue WHERE t = 'A') x",
        "t 3 t 35",
    ),
    (
        "root causes by frequency, ignoring spelling; spellings of the frequent ones",
        "SELECT string_agg(concat_ws('x', texts, n), ' ' ORDER BY n DESC) || ' ' || (SELECT count(DISTINCT root_cause) FROM issue WHERE t = 'A') FROM
            (SELECT n, count(*) AS texts FROM (SELECT count(*) AS n FROM issue WHERE t = 'A' AND root_cause IS NOT NULL
                GROUP BY lower(btrim(root_cause))) x GROUP BY n) y",
        "1x9 1x8 1x7 1x5 1x4 1x3 22x1 40",
    ),
    (
        "standstills, operations on hold because of them, operations with two",
        "SELECT concat_ws(' ', sum(n), count(*), count(*) FILTER (WHERE n = 2)) FROM (SELECT operation_id, count(*) AS n FROM issue i
            JOIN operations o ON o.id = i.operation_id AND o.status = 'on_hold' AND o.status_before_hold = 'in_progress'
           WHERE i.t = 'A' AND causes_standstill AND i.status = 'pending' GROUP BY 1) x",
        "4 3 1",
    ),
    (
        "cells: Welding in 90 days beyond 12, without any",
        "SELECT concat_ws(' ', (SELECT count(*) >= 12 FROM issue WHERE t = 'A' AND cell = 'Welding' AND created_at > pg_temp.seeded() - interval '90 days'),
            string_agg(name, ', ' ORDER BY sequence)) FROM cells c WHERE tenant_id = mes_demo_id('A') AND active AND deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM issue WHERE t = 'A' AND cell = c.name)",
        "t Laser 1, Assembly",
    ),
    (
        "pending for more than 7 days",
        "SELECT count(*)::text FROM issue WHERE t = 'A' AND status = 'pending' AND created_at < pg_temp.seeded() - interval '7 days'",
        "18",
    ),
    (
        "tenants and years whose counter differs from their last number",
        "SELECT count(*)::text FROM ncr_counters c WHERE last_number IS DISTINCT FROM (SELECT max(split_part(ncr_number, '-', 3)::integer) FROM issues i
            WHERE i.tenant_id = c.tenant_id AND split_part(ncr_number, '-', 2)::integer = c.year)",
        "0",
    ),
];

const PLAN: &[Check] = &[
    (
        "issue categories, materials, operators",
        "SELECT concat_ws(' ', (SELECT count(*) FROM issue_categories i WHERE i.tenant_id = t.id), (SELECT count(*) FROM materials m WHERE m.tenant_id = t.id),
            (SELECT count(*) FROM operators o WHERE o.tenant_id = t.id)) FROM tenant t WHERE t = 'A'",
        "8 7 4",
    ),
    (
        "assignments, states, to people without profile",
        "SELECT concat_ws(' ', count(*), count(DISTINCT status), count(shop_floor_operator_id)) FROM assignments WHERE tenant_id = mes_demo_id('A')",
        "40 4 6",
    ),
    (
        "calendar of the next 60 days",
        "SELECT string_agg(day_type || ' ' || n, ', ' ORDER BY day_type) FROM (SELECT day_type, count(*) AS n FROM factory_calendar
            WHERE tenant_id = mes_demo_id('A') AND day_type <> 'working'
              AND date - (pg_temp.seeded() AT TIME ZONE 'Europe/Amsterdam')::date BETWEEN 1 AND 60 GROUP BY 1) x",
        "closure 1, half_day 1, holiday 3",
    ),
    (
        "planned working days, days on which a cell is planned beyond its hours",
        "SELECT concat_ws(' ', count(DISTINCT date), string_agg(cell, ' ') FILTER (WHERE hours > capacity)) FROM
            (SELECT date, c.name AS cell, sum(hours_allocated) AS hours, max(capacity_hours_per_day) AS capacity FROM operation_day_allocations a
               JOIN cells c ON c.tenant_id = a.tenant_id AND c.id = a.cell_id WHERE a.tenant_id = mes_demo_id('A') GROUP BY 1, 2) x",
        "15 Welding Welding",
    ),
    (
        "jobs with expectations, open exceptions",
        "SELECT concat_ws(' ', count(DISTINCT entity_id), (SELECT count(*) FROM exceptions WHERE tenant_id = mes_demo_id('A') AND status = 'open'))
           FROM expectations WHERE tenant_id = mes_demo_id('A')",
        "30 4",
    ),
];
