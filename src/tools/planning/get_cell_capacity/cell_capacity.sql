WITH {{load_by_day}}, asked AS MATERIALIZED (
    SELECT f.first_day,
           coalesce($3::date,
                    (SELECT d.day FROM work_days d WHERE d.day >= f.first_day AND d.share > 0 ORDER BY d.day OFFSET 9 LIMIT 1),
                    f.first_day + 13) AS last_day
      FROM (SELECT coalesce($2::date, t.today) AS first_day FROM clock t) f
), wip AS (
    {{cell_wip}}
), wanted AS MATERIALIZED (
    SELECT c.*, row_number() OVER (ORDER BY c.sequence, c.id) AS place
      FROM {{mes}}.cells c
     WHERE c.tenant_id = $1 AND c.deleted_at IS NULL AND coalesce(c.active, true) AND ($4 IS NULL OR c.id = $4)
), cell_days AS MATERIALIZED (
    SELECT c.id AS cell_id, d.day, round({{cell_hours}} * d.share, 2) AS capacity_hours,
           round(coalesce(l.hours, 0), 2) AS load_hours, round(coalesce(l.allocated_hours, 0), 2) AS allocated_hours
      FROM asked a
      JOIN work_days d ON d.day BETWEEN a.first_day AND a.last_day
     CROSS JOIN wanted c
      LEFT JOIN load l ON l.cell_id = c.id AND l.day = d.day
     WHERE c.place <= greatest(1500 / (a.last_day - a.first_day + 1), 1)
), by_cell AS (
    SELECT cell_id, sum(capacity_hours) AS capacity_hours, sum(load_hours) AS load_hours,
           count(*) FILTER (WHERE load_hours > capacity_hours) AS days_over,
           json_agg(json_build_object('date', day, 'capacity_hours', capacity_hours, 'load_hours', load_hours,
                                      'allocated_hours', allocated_hours,
                                      'utilization_percent', round(100 * load_hours / nullif(capacity_hours, 0), 1),
                                      'over_capacity', load_hours > capacity_hours) ORDER BY day) AS days
      FROM cell_days
     GROUP BY cell_id
), backlog AS (
    SELECT w.cell_id,
           count(*) FILTER (WHERE NOT w.parked) AS operations,
           coalesce(sum(w.hours) FILTER (WHERE NOT w.parked), 0) AS hours,
           count(*) FILTER (WHERE w.parked) AS parked,
           coalesce(sum(w.hours) FILTER (WHERE w.parked), 0) AS parked_hours,
           count(u.id) FILTER (WHERE u.ends IS NULL) AS undated,
           coalesce(sum(u.hours) FILTER (WHERE u.ends IS NULL), 0) AS undated_hours,
           count(u.id) FILTER (WHERE u.overdue) AS overdue,
           coalesce(sum(u.hours) FILTER (WHERE u.overdue), 0) AS overdue_hours
      FROM open_work w
      LEFT JOIN unallocated u ON u.id = w.id
     GROUP BY w.cell_id
), answer AS (
    SELECT c.id AS cell_id, c.name AS cell_name, c.sequence,
           {{cell_hours}} AS capacity_hours_per_day,
           c.capacity_hours_per_day IS NULL AS capacity_is_assumed,
           json_build_object('wip', coalesce(w.wip, 0), 'wip_limit', c.wip_limit,
                             'wip_warning_threshold', c.wip_warning_threshold,
                             'utilization_percent', {{wip_percent}},
                             'status', {{wip_status}},
                             'enforce_wip_limit', coalesce(c.enforce_wip_limit, false),
                             'parked_operations', coalesce(b.parked, 0)) AS work_in_progress,
           json_build_object('capacity_hours', d.capacity_hours, 'load_hours', d.load_hours,
                             'utilization_percent', round(100 * d.load_hours / nullif(d.capacity_hours, 0), 1),
                             'days_over_capacity', d.days_over) AS totals,
           json_build_object('operations', coalesce(b.operations, 0), 'hours', round(coalesce(b.hours, 0), 2),
                             'working_days', round(coalesce(b.hours, 0) / nullif({{cell_hours}}, 0), 1),
                             'undated_operations', coalesce(b.undated, 0),
                             'undated_hours', round(coalesce(b.undated_hours, 0), 2),
                             'overdue_operations', coalesce(b.overdue, 0),
                             'overdue_hours', round(coalesce(b.overdue_hours, 0), 2)) AS backlog,
           json_build_object('operations', coalesce(b.parked, 0), 'hours', round(coalesce(b.parked_hours, 0), 2)) AS parked,
           d.days
      FROM wanted c
      JOIN by_cell d ON d.cell_id = c.id
      LEFT JOIN wip w ON w.cell_id = c.id
      LEFT JOIN backlog b ON b.cell_id = c.id
)
SELECT a.first_day::text, a.last_day::text, t.today::text,
       CASE WHEN a.first_day BETWEEN t.today AND t.today + {{latest_start}} AND a.last_day BETWEEN a.first_day AND a.first_day + {{max_days}} - 1 THEN
       json_build_object(
           'from', a.first_day,
           'to', a.last_day,
           'time_zone', t.zone,
           'totals', (SELECT json_build_object(
                                 'cells', count(*),
                                 'capacity_hours', coalesce(sum(capacity_hours), 0),
                                 'load_hours', coalesce(sum(load_hours), 0),
                                 'utilization_percent', round(100 * sum(load_hours) / nullif(sum(capacity_hours), 0), 1),
                                 'cells_over_capacity_on_some_day', count(*) FILTER (WHERE days_over > 0),
                                 'cells_at_or_over_wip_limit', (SELECT count(*) FROM answer
                                     WHERE work_in_progress ->> 'status' IN ('at_capacity', 'over')))
                        FROM by_cell),
           'calendar', (SELECT json_agg(json_build_object(
                                   'date', d.day,
                                   'day_type', coalesce(d.day_type, CASE d.share WHEN 0 THEN 'day_off' ELSE 'working' END),
                                   'name', d.name, 'capacity_share', round(d.share::numeric, 2)) ORDER BY d.day)
                          FROM work_days d WHERE d.day BETWEEN a.first_day AND a.last_day),
           'cells', coalesce((SELECT json_agg(row_to_json(r) ORDER BY r.sequence, r.cell_id) FROM answer r), '[]'),
           'truncated', (SELECT count(*) FROM wanted) > (SELECT count(*) FROM by_cell))::text END
  FROM asked a
 CROSS JOIN clock t
