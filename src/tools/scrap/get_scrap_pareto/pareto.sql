WITH {{period}}, lot AS MATERIALIZED (
    SELECT q.id, q.recorded_at >= t.starts AS counts, q.scrap_reason_id, q.quantity_scrap AS scrap
      FROM period t
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= t.previous_starts AND q.recorded_at < t.ends
       AND q.quantity_scrap > 0{{where}}
), {{scrap_by_reason}}, reason AS (
    SELECT s.reason_id, coalesce(sum(s.pieces) FILTER (WHERE l.counts), 0) AS pieces, count(*) FILTER (WHERE l.counts) AS lots,
           coalesce(sum(s.pieces) FILTER (WHERE NOT l.counts), 0) AS before
      FROM scrap s
      JOIN lot l ON l.id = s.lot_id
     GROUP BY s.reason_id
), added AS (
    SELECT n.*, r.code, r.description, r.category, r.active, row_number() OVER largest AS place,
           sum(n.pieces) OVER largest AS upto, nullif(sum(n.pieces) OVER (), 0) AS total
      FROM reason n
      LEFT JOIN {{mes}}.scrap_reasons r ON r.tenant_id = $1 AND r.id = n.reason_id
    WINDOW largest AS (ORDER BY n.pieces DESC, n.before DESC, r.code NULLS LAST, n.reason_id)
), ranked AS (
    -- A share is the step between two rounded running totals, so that the shares of all rows make 100.
    SELECT a.*, round(100.0 * a.upto / a.total, 2) AS cumulative, round(100.0 * (a.upto - a.pieces) / a.total, 2) AS above,
           a.pieces > 0 AND 100 * (a.upto - a.pieces) < 80 * a.total AS vital
      FROM added a
)
SELECT json_build_object(
           'period', {{period_json}},
           'scrap_pieces', (SELECT coalesce(sum(pieces), 0) FROM ranked),
           'lots', (SELECT count(*) FROM lot WHERE counts),
           'previous_scrap_pieces', (SELECT coalesce(sum(before), 0) FROM ranked),
           'vital_few', (SELECT count(*) FROM ranked WHERE vital),
           'rows', coalesce(
               (SELECT json_agg(json_build_object(
                           'scrap_reason_id', r.reason_id, 'code', coalesce(r.code, 'UNSPECIFIED'),
                           'description', r.description, 'category', r.category, 'active', r.active, 'lots', r.lots,
                           'scrap_pieces', r.pieces, 'share_percent', r.cumulative - r.above,
                           'cumulative_percent', r.cumulative, 'vital_few', r.vital,
                           'previous_scrap_pieces', r.before, 'change', r.pieces - r.before) ORDER BY r.place)
                  FROM ranked r
                 WHERE r.place <= $3), '[]'),
           'remainder', (SELECT json_build_object(
                                    'reasons', count(*), 'scrap_pieces', sum(r.pieces),
                                    'share_percent', max(r.cumulative) - min(r.above), 'cumulative_percent', max(r.cumulative),
                                    'previous_scrap_pieces', sum(r.before), 'change', sum(r.pieces - r.before))
                           FROM ranked r
                          WHERE r.place > $3
                         HAVING count(*) > 0))::text
