WITH {{period}}, {{buckets}}, bounds AS (
    -- Place 0 is before both periods, 1 the earlier period, and from 2 on the buckets.
    SELECT array_agg(s.starts ORDER BY s.starts) AS starts
      FROM (SELECT previous_starts AS starts FROM period UNION ALL SELECT starts FROM buckets) s
), issue AS (
    SELECT i.severity, i.created_at,
           CASE WHEN i.status <> 'pending' AND i.reviewed_at IS NOT NULL THEN greatest(i.reviewed_at, i.created_at) END
           AS resolved_at,
           i.status <> 'pending' AND i.reviewed_at IS NULL AS undated
      FROM period t, {{mes}}.issues i, {{live_operations}}
       AND i.tenant_id = $1 AND i.operation_id = o.id AND i.created_at < t.ends
), happened AS (
    SELECT width_bucket(e.at, bounds.starts) AS place, e.opens, i.severity::text AS severity, i.undated, count(*) AS n
      FROM period t, bounds, issue i
     CROSS JOIN LATERAL (VALUES (i.created_at, true), (i.resolved_at, false)) AS e (at, opens)
     WHERE e.at < t.ends
     GROUP BY 1, 2, 3, 4
), flow AS (
    SELECT p.place, s.severity,
           coalesce(sum(h.n) FILTER (WHERE h.opens), 0) AS opened,
           coalesce(sum(h.n) FILTER (WHERE NOT h.opens), 0) AS resolved,
           coalesce(sum(h.n) FILTER (WHERE h.opens AND h.undated), 0) AS undated
      FROM bounds
     CROSS JOIN LATERAL generate_series(0, cardinality(bounds.starts)) AS p (place)
     CROSS JOIN unnest({{severities}}) AS s (severity)
      LEFT JOIN happened h ON h.place = p.place AND h.severity = s.severity
     GROUP BY p.place, s.severity
), level AS (
    SELECT f.*, sum(f.opened - f.resolved - f.undated) OVER (PARTITION BY f.severity ORDER BY f.place) AS backlog,
           f.place IN (1, max(f.place) OVER ()) AS ends_period
      FROM flow f
), body AS (
    -- One row for each bucket, and one for each of the two periods, which has no place.
    SELECT l.place, l.place > 1 AS now,
           {{opened_by_severity}} AS opened, {{resolved_by_severity}} AS resolved,
           CASE WHEN l.place IS NULL THEN {{final_backlog_by_severity}} ELSE {{backlog_by_severity}} END AS backlog
      FROM level l
     WHERE l.place >= 1
     GROUP BY GROUPING SETS ((l.place), (l.place > 1))
)
SELECT json_build_object(
           'period', {{period_json}},
           'interval', $4,
           'buckets', (SELECT json_agg(json_build_object('first_day', k.first_day, 'last_day', k.last_day,
                                                         {{flow}}) ORDER BY k.first_day)
                         FROM (SELECT *, 1 + row_number() OVER (ORDER BY starts) AS place FROM buckets) k
                         JOIN body b ON b.place = k.place),
           'total', (SELECT json_build_object({{flow}}) FROM body b WHERE b.place IS NULL AND b.now),
           'previous', (SELECT json_build_object({{flow}}) FROM body b WHERE b.place IS NULL AND NOT b.now),
           'change', (SELECT json_build_object(
                                 'opened', sum(l.opened * s.sign), 'resolved', sum(l.resolved * s.sign),
                                 'backlog', sum(l.backlog * s.sign) FILTER (WHERE l.ends_period))
                        FROM level l
                       CROSS JOIN LATERAL (SELECT CASE WHEN l.place > 1 THEN 1 ELSE -1 END AS sign) s
                      WHERE l.place >= 1),
           'resolved_without_date', (SELECT sum(l.undated) FROM level l WHERE l.place > 1))::text
