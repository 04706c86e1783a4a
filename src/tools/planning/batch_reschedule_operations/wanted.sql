-- $2: the operations. $3: JSON array of their new dates, where a date that is null stays; or, instead, a shift by $4 local days and then
-- $5 hours. An end that a change of the clocks would bring before its start keeps its distance from it.
wanted AS MATERIALIZED (
    SELECT w.*,
           (coalesce(w.new_start, w.new_end) AT TIME ZONE w.zone)::date AS first_day,
           -- An end at midnight is the end of the day before.
           (greatest(w.new_end - interval '1 microsecond', coalesce(w.new_start, w.new_end)) AT TIME ZONE w.zone)::date AS last_day,
           (coalesce(w.new_start, w.new_end) AT TIME ZONE w.zone)::date
             - (coalesce(w.old_start, w.old_end) AT TIME ZONE w.zone)::date AS days
      FROM (SELECT m.id, m.status, m.zone, m.old_start, m.old_end, m.new_start,
                   CASE WHEN $4::integer IS NOT NULL AND m.old_end >= m.old_start AND m.new_end < m.new_start
                        THEN m.new_start + (m.old_end - m.old_start) ELSE m.new_end END AS new_end
              FROM (SELECT o.id, coalesce(o.status, 'not_started') AS status, z.zone,
                           o.planned_start AS old_start, o.planned_end AS old_end,
                           CASE WHEN $4 IS NULL THEN coalesce({{listed_start}}, o.planned_start)
                                ELSE (o.planned_start AT TIME ZONE z.zone + make_interval(days => $4)) AT TIME ZONE z.zone
                                     + make_interval(secs => $5::float8 * 3600) END AS new_start,
                           CASE WHEN $4 IS NULL THEN coalesce({{listed_end}}, o.planned_end)
                                ELSE (o.planned_end AT TIME ZONE z.zone + make_interval(days => $4)) AT TIME ZONE z.zone
                                     + make_interval(secs => $5::float8 * 3600) END AS new_end
                      FROM {{mes}}.operations o
                     CROSS JOIN (SELECT {{time_zone}} AS zone) z
                      LEFT JOIN json_to_recordset($3::json) AS n (operation_id uuid, planned_start text, planned_end text)
                        ON n.operation_id = o.id
                     WHERE o.tenant_id = $1 AND o.id = ANY ($2)) m) w)
