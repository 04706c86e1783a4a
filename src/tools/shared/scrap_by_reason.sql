split AS (
    -- An attached database may hold a split that adds up to more than its lot: then the largest shares count first, and no more
    -- than the lot's scrap.
    SELECT d.lot_id, d.reason_id, least(d.upto, d.scrap) - least(d.upto - d.quantity, d.scrap) AS pieces
      FROM (SELECT l.id AS lot_id, s.scrap_reason_id AS reason_id, l.scrap, greatest(s.quantity, 0) AS quantity,
                   sum(greatest(s.quantity, 0)) OVER (PARTITION BY l.id ORDER BY s.quantity DESC, s.scrap_reason_id) AS upto
              FROM lot l
              JOIN {{mes}}.operation_quantity_scrap_reasons s ON s.operation_quantity_id = l.id
             WHERE l.scrap > 0) d
), scrap AS (
    SELECT lot_id, reason_id, pieces FROM split WHERE pieces > 0
    UNION ALL
    SELECT l.id, CASE WHEN s.lot_id IS NULL THEN l.scrap_reason_id END, l.scrap - coalesce(s.pieces, 0)
      FROM lot l
      LEFT JOIN (SELECT lot_id, sum(pieces) AS pieces FROM split GROUP BY lot_id) s ON s.lot_id = l.id
     WHERE l.scrap > coalesce(s.pieces, 0))
