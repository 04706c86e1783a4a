WITH span AS MATERIALIZED (
    SELECT f.since, coalesce({{until}}, f.since + interval '168 hours') AS until, (now() AT TIME ZONE z.zone)::date AS today, z.zone
      FROM (SELECT coalesce({{since}}, now()) AS since) f
     CROSS JOIN (SELECT {{time_zone}} AS zone) z
), wanted AS MATERIALIZED (
    SELECT r.*,
           {{resource_pieces}} AS total,
           (SELECT r.metadata ->> n.name
              FROM unnest(ARRAY['maintenance_due', 'maintenanceDue', 'calibration_due', 'calibrationDue']) WITH ORDINALITY AS n (name, place)
             WHERE jsonb_typeof(r.metadata -> n.name) = 'string'
             ORDER BY n.place LIMIT 1) AS due,
           CASE WHEN jsonb_typeof(r.metadata -> 'interval_days') = 'number' THEN (r.metadata ->> 'interval_days')::numeric END
               AS interval_days
      FROM {{mes}}.resources r
     WHERE r.tenant_id = $1 AND r.deleted_at IS NULL{{where}}
), used AS MATERIALIZED (
    SELECT u.*, coalesce(u.begins < s.until AND (u.ends > s.since OR u.begins >= s.since OR u.running AND u.ends = s.since), false)
               AS in_window
      FROM (SELECT l.resource_id, coalesce(l.quantity, 1) AS quantity, o.*,
                   {{need_begins}} AS begins,
                   {{need_ends}} AS ends
              FROM wanted r
              JOIN {{mes}}.operation_resources l ON l.resource_id = r.id
              JOIN (SELECT o.id, o.operation_name, coalesce(o.status, 'not_started') AS status,
                           o.status IS NOT DISTINCT FROM 'in_progress' AS running, o.planned_start, o.planned_end,
                           p.part_number, j.job_number, c.name AS cell_name
                      FROM {{live_operations}}
                       AND o.status IS DISTINCT FROM 'completed') o ON o.id = l.operation_id) u
     CROSS JOIN span s
), counted AS (
    SELECT resource_id, count(*) AS links, count(*) FILTER (WHERE in_window) AS overlapping,
           coalesce(sum(quantity) FILTER (WHERE in_window), 0) AS quantity
      FROM used
     GROUP BY resource_id
), judged AS MATERIALIZED (
    SELECT r.*, coalesce(n.links, 0) AS links, coalesce(n.overlapping, 0) AS overlapping, coalesce(n.quantity, 0) AS used_quantity,
           greatest(coalesce(r.total, 1) - coalesce(n.quantity, 0), 0) AS free_quantity,
           CASE WHEN r.status = 'retired' THEN 'retired'
                WHEN NOT coalesce(r.active, true) THEN 'inactive'
                WHEN r.status = 'maintenance' THEN 'maintenance'
                WHEN coalesce(r.status, 'available') NOT IN ('available', 'in_use') THEN 'other_status'
                WHEN greatest(coalesce(r.total, 1) - coalesce(n.quantity, 0), 0) < $4 THEN
                    CASE WHEN coalesce(n.overlapping, 0) > 0 THEN 'needed_by_operations' ELSE 'too_few' END
                WHEN r.status = 'in_use' AND coalesce(n.links, 0) = 0 THEN 'in_use' END AS reason,
           -- Only a day that exists can be cast.
           CASE WHEN r.due ~ '^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])' THEN
               CASE WHEN substr(r.due, 9, 2)::integer <= extract(day FROM (substr(r.due, 1, 8) || '01')::date
                                                                         + interval '1 month' - interval '1 day')
                    THEN left(r.due, 10)::date END END AS due_date
      FROM wanted r
      LEFT JOIN counted n ON n.resource_id = r.id
), page AS (
    SELECT * FROM judged
     WHERE NOT $5 OR reason IS NULL
     ORDER BY type, name, id
     LIMIT $6
)
SELECT json_build_object(
           'from', s.since,
           'to', s.until,
           'total', (SELECT count(*) FROM judged),
           'available', (SELECT count(*) FROM judged WHERE reason IS NULL),
           'by_type', coalesce((SELECT json_agg(row_to_json(b) ORDER BY b.resource_type)
               FROM (SELECT type AS resource_type, count(*) AS total, count(*) FILTER (WHERE reason IS NULL) AS available
                       FROM judged GROUP BY type ORDER BY type LIMIT 100) b), '[]'),
           'resources', coalesce((SELECT json_agg(row_to_json(x) ORDER BY x.resource_type, x.resource_name, x.resource_id)
               FROM (SELECT r.id AS resource_id, r.name AS resource_name, r.type AS resource_type, r.identifier, r.location,
                            coalesce(r.status, 'available') AS status,
                            r.reason IS NULL AS available, r.reason AS unavailable_because,
                            (SELECT row_to_json(c) FROM (
                                SELECT c.id AS cell_id, c.name AS cell_name, m.is_primary
                                  FROM {{mes}}.resource_cell_memberships m
                                  JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = m.cell_id AND c.deleted_at IS NULL
                                 WHERE m.tenant_id = $1 AND m.resource_id = r.id AND m.revoked_at IS NULL
                                 ORDER BY m.is_primary DESC, c.sequence, c.id LIMIT 1) c) AS cell,
                            r.total AS total_quantity, r.used_quantity, r.free_quantity,
                            r.links AS open_operations, r.overlapping AS overlapping_operations,
                            coalesce((SELECT json_agg(row_to_json(u)) FROM (
                                SELECT u.id AS operation_id, u.operation_name, u.status, u.quantity, u.part_number, u.job_number,
                                       u.cell_name, u.planned_start, u.planned_end
                                  FROM used u
                                 WHERE u.resource_id = r.id AND u.in_window
                                 ORDER BY u.begins, u.id LIMIT {{most_usages}}) u), '[]') AS usage,
                            r.overlapping > {{most_usages}} AS usage_truncated,
                            CASE WHEN r.due IS NOT NULL OR r.interval_days IS NOT NULL THEN json_build_object(
                                'due_date', r.due_date,
                                'interval_days', r.interval_days,
                                'overdue', CASE WHEN r.due IS NOT NULL THEN coalesce(r.due_date < s.today, lower(r.due) = 'overdue') END,
                                'due_in_window', r.due_date BETWEEN (s.since AT TIME ZONE s.zone)::date
                                    AND (s.until AT TIME ZONE s.zone - interval '1 microsecond')::date) END AS maintenance
                       FROM page r) x), '[]'),
           'truncated', (SELECT count(*) FROM judged WHERE NOT $5 OR reason IS NULL) > $6)::text
  FROM span s
 WHERE s.since < s.until
