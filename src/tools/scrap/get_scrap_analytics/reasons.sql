{{scrap_by_reason}}, fact AS (
    SELECT coalesce(({{key}})::text, '') AS key, ({{label}})::text AS label, ({{detail}})::text AS detail, l.counts,
           count(*) AS n, count(DISTINCT l.id) AS lots, 0 AS produced, sum(s.pieces) AS scrap
      FROM scrap s
      JOIN lot l ON l.id = s.lot_id
      LEFT JOIN {{mes}}.scrap_reasons r ON r.tenant_id = $1 AND r.id = s.reason_id
     GROUP BY 1, 2, 3, 4)
