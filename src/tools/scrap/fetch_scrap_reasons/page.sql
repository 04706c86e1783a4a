WITH {{period}}, lot AS MATERIALIZED (
    SELECT q.id, q.scrap_reason_id, q.quantity_scrap AS scrap
      FROM period t
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= t.starts AND q.recorded_at < t.ends AND q.quantity_scrap > 0
), {{scrap_by_reason}}, used AS MATERIALIZED (
    SELECT reason_id, count(*) AS lots, sum(pieces) AS pieces FROM scrap GROUP BY reason_id
), page AS (
    SELECT * FROM (
        SELECT s.id, s.code, s.description, s.category, s.active, {{key}} AS sort_key
          FROM {{mes}}.scrap_reasons s
         WHERE s.tenant_id = $1{{where}}
         ORDER BY {{key}} {{order}}
         LIMIT {{most}}) found
     LIMIT $2
)
SELECT row_to_json(r)::text,
       to_jsonb(s.sort_key) #>> '{}',
       s.id
  FROM page s
  LEFT JOIN used u ON u.reason_id = s.id
 CROSS JOIN LATERAL (
    SELECT s.id,
           s.code,
           s.description,
           s.category,
           s.active,
           coalesce(u.lots, 0) AS lots,
           coalesce(u.pieces, 0) AS scrap_pieces) r
 ORDER BY s.sort_key {{direction}}, s.id {{direction}}
