WITH {{period}}, issue AS MATERIALIZED (
    SELECT i.created_at >= t.starts AS counts, i.severity, i.status <> 'pending' AS resolved,
           CASE WHEN i.status <> 'pending' AND i.reviewed_at >= i.created_at
                THEN extract(epoch FROM i.reviewed_at - i.created_at) / 86400 END AS days,
           coalesce(({{key}})::text, '') AS key, ({{label}})::text AS label,
           ({{detail}})::text AS detail
      FROM period t, {{mes}}.issues i, {{live_operations}}
       AND i.tenant_id = $1 AND i.operation_id = o.id
       AND i.created_at >= t.previous_starts AND i.created_at < t.ends
), ranked AS (
    SELECT g.*, least(g.place, $3 + 1) AS shown
      FROM (SELECT key, mode() WITHIN GROUP (ORDER BY label) AS label, min(detail) AS detail,
                   row_number() OVER (ORDER BY count(*) FILTER (WHERE counts) DESC, count(*) DESC, key) AS place
              FROM issue
             GROUP BY key) g
), body AS (
    -- One row for each group that is shown, one for those behind them, and the total, which has no place.
    SELECT r.shown, count(DISTINCT r.place) AS groups, count(*) FILTER (WHERE i.counts) AS now,
           count(*) FILTER (WHERE NOT i.counts) AS before,
           sum(count(*) FILTER (WHERE i.counts)) FILTER (WHERE r.shown IS NULL) OVER () AS total,
           {{count_by_severity}} AS by_severity,
           count(*) FILTER (WHERE i.counts AND i.resolved) AS resolved,
           count(i.days) FILTER (WHERE i.counts) AS measured,
           avg(i.days) FILTER (WHERE i.counts) AS average_days,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY i.days) FILTER (WHERE i.counts) AS percentiles
      FROM issue i
      JOIN ranked r ON r.key = i.key
     GROUP BY GROUPING SETS ((r.shown), ())
)
SELECT json_build_object(
           'period', {{period_json}},
           'group_by', $4,
           'total', (SELECT json_build_object({{figures}})
                       FROM body b WHERE b.shown IS NULL),
           'groups', coalesce(
               (SELECT json_agg(json_build_object(
                           {{group}},
                           {{figures}}) ORDER BY r.place)
                  FROM ranked r JOIN body b ON b.shown = r.shown
                 WHERE r.place <= $3), '[]'),
           'remainder', (SELECT json_build_object(
                                    'groups', b.groups,
                                    {{figures}})
                           FROM body b WHERE b.shown = $3 + 1),
           'truncated', EXISTS (SELECT FROM ranked r WHERE r.place > $3))::text
