WITH clock AS MATERIALIZED (
    SELECT d.zone, d.today, d.today::timestamp AT TIME ZONE d.zone AS today_begins,
           (d.today + 1)::timestamp AT TIME ZONE d.zone AS today_ends,
           (d.today + 8)::timestamp AT TIME ZONE d.zone AS soon_ends
      FROM (SELECT z.zone, (now() AT TIME ZONE z.zone)::date AS today FROM (SELECT {{time_zone}} AS zone) z) d
), live AS MATERIALIZED (
    SELECT o.id, o.status FROM {{live_operations}}
), wip AS (
    {{cell_wip}}
)
SELECT json_build_object(
           'time_zone', clock.zone,
           'jobs', (SELECT json_build_object(
                               'total', count(*),
                               'by_status', {{jobs_by_status}},
                               'overdue', count(*) FILTER (WHERE {{overdue}}),
                               'due_within_7_days', count(*) FILTER (
                                   WHERE {{due}} >= now() AND {{due}} < clock.soon_ends
                                     AND j.status IS DISTINCT FROM 'completed'))
                      FROM {{live_jobs}}),
           'parts', (SELECT json_build_object(
                                'total', count(*),
                                'by_status', {{parts_by_status}},
                                'active_bullet_cards', count(*) FILTER (
                                    WHERE p.is_bullet_card AND p.status IS DISTINCT FROM 'completed'))
                       FROM {{live_parts}}),
           'operations', (SELECT json_build_object(
                                     'total', count(*),
                                     'by_status', {{operations_by_status}},
                                     'parked', count(*) FILTER (WHERE o.status = 'on_hold'))
                            FROM live o),
           'issues', (SELECT json_build_object(
                                 'total', count(*),
                                 'by_status', {{issues_by_status}},
                                 'open_by_severity', {{issues_by_severity}})
                        FROM {{mes}}.issues i
                        JOIN live o ON o.id = i.operation_id
                       WHERE i.tenant_id = $1),
           'running_time_entries', (SELECT count(*)
                                      FROM {{mes}}.time_entries t
                                      JOIN live o ON o.id = t.operation_id
                                     WHERE t.tenant_id = $1 AND t.end_time IS NULL),
           'today', (SELECT json_build_object(
                                'date', clock.today,
                                'good_pieces', coalesce(sum(q.quantity_good), 0),
                                'scrap_pieces', coalesce(sum(q.quantity_scrap), 0),
                                'rework_pieces', coalesce(sum(q.quantity_rework), 0))
                       FROM {{mes}}.operation_quantities q
                       JOIN live o ON o.id = q.operation_id
                      WHERE q.tenant_id = $1
                        AND q.recorded_at >= clock.today_begins AND q.recorded_at < clock.today_ends),
           'cells_at_or_over_limit', coalesce(
               (SELECT json_agg(json_build_object('cell_id', c.id, 'cell_name', c.name, 'wip', c.wip,
                                                  'wip_limit', c.wip_limit) ORDER BY c.sequence, c.id)
                  FROM (SELECT c.id, c.name, c.sequence, c.wip_limit, coalesce(w.wip, 0) AS wip
                          FROM {{mes}}.cells c
                          LEFT JOIN wip w ON w.cell_id = c.id
                         WHERE c.tenant_id = $1 AND c.deleted_at IS NULL AND coalesce(c.active, true)
                           AND coalesce(w.wip, 0) >= c.wip_limit
                         ORDER BY c.sequence, c.id
                         LIMIT {{max_cells}}) c), '[]'))::text
  FROM clock
