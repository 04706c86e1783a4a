WITH {{period}}, lot AS MATERIALIZED (
    SELECT q.id, q.recorded_at >= t.starts AS counts, q.scrap_reason_id, q.quantity_produced AS produced,
           q.quantity_scrap AS scrap, ({{lot_key}})::text AS key, ({{lot_label}})::text AS label, ({{lot_detail}})::text AS detail
      FROM period t
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= t.previous_starts AND q.recorded_at < t.ends{{where}}
), {{fact}}, ranked AS (
    SELECT g.*, least(g.place, $3 + 1) AS shown
      FROM (SELECT key, (array_agg(label ORDER BY n DESC, label))[1] AS label, max(detail) AS detail,
                   row_number() OVER (ORDER BY coalesce(sum(scrap) FILTER (WHERE counts), 0) DESC, sum(scrap) DESC,
                                               sum(produced) DESC, key) AS place
              FROM fact
             GROUP BY key) g
), sums AS (
    -- One row for each group that is shown, one for those behind them, and the total, which has no place.
    SELECT r.shown, count(DISTINCT r.place) AS groups,
           coalesce(sum(f.scrap) FILTER (WHERE f.counts), 0) AS scrap,
           coalesce(sum(f.scrap) FILTER (WHERE NOT f.counts), 0) AS before,
           coalesce(sum(f.lots) FILTER (WHERE f.counts), 0) AS lots,
           coalesce(sum(f.produced) FILTER (WHERE f.counts), 0) AS produced,
           coalesce(sum(f.produced) FILTER (WHERE NOT f.counts), 0) AS produced_before
      FROM fact f
      JOIN ranked r ON r.key = f.key
     GROUP BY GROUPING SETS ((r.shown), ())
), body AS (
    SELECT s.shown, s.groups, s.scrap, s.before, CASE WHEN s.shown IS NULL THEN every.lots ELSE s.lots END AS lots,
           a.scrap AS total, {{produced_by}}.produced, {{produced_by}}.produced_before
      FROM sums s
     CROSS JOIN (SELECT * FROM sums WHERE shown IS NULL) a
     CROSS JOIN (SELECT count(*) FILTER (WHERE counts AND scrap > 0) AS lots,
                        coalesce(sum(produced) FILTER (WHERE counts), 0) AS produced,
                        coalesce(sum(produced) FILTER (WHERE NOT counts), 0) AS produced_before
                   FROM lot) every
)
SELECT json_build_object(
           'period', {{period_json}},
           'group_by', $4,
           'total', (SELECT json_build_object({{numbers}}) FROM body b WHERE b.shown IS NULL),
           'groups', coalesce(
               (SELECT json_agg(json_build_object(
                           'id', {{group_id}}, 'name', {{group_name}}, 'detail', r.detail,
                           {{numbers}}) ORDER BY r.place)
                  FROM ranked r JOIN body b ON b.shown = r.shown
                 WHERE r.place <= $3), '[]'),
           'remainder', (SELECT json_build_object('groups', b.groups, {{numbers}}) FROM body b WHERE b.shown = $3 + 1))::text
