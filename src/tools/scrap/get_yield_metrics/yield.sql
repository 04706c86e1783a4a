WITH {{period}}, lot AS MATERIALIZED (
    SELECT q.recorded_at >= t.starts AS counts, o.id AS operation_id, o.part_id, o.cell_id, q.quantity_produced AS produced,
           q.quantity_good AS good, q.quantity_scrap AS scrap, q.quantity_rework AS rework
      FROM period t
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= t.previous_starts AND q.recorded_at < t.ends{{where}}
), sums AS (
    SELECT counts, GROUPING(cell_id) = 0 AS of_cell, GROUPING(operation_id) = 0 AS of_step, cell_id, part_id, operation_id,
           sum(produced) AS produced, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework
      FROM lot
     GROUP BY GROUPING SETS ((counts), (counts, cell_id), (counts, part_id, operation_id))
), through AS (
    -- A part's routing with the yields of its cells: the chance that a piece passes all steps at the first try.
    SELECT w.counts, w.pieces, count(y.cell_id) AS steps, count(*) - count(y.cell_id) AS unknown,
           CASE WHEN min(y.good) = 0 THEN 0 ELSE exp(sum(ln(y.good::numeric / y.produced)) FILTER (WHERE y.good > 0)) END AS chance
      FROM (SELECT counts, part_id, max(produced) AS pieces
              FROM sums
             WHERE of_step AND produced > 0
             GROUP BY counts, part_id) w
      JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.part_id = w.part_id AND o.deleted_at IS NULL
      LEFT JOIN sums y ON y.of_cell AND y.counts = w.counts AND y.cell_id = o.cell_id AND y.produced > 0
     GROUP BY w.counts, w.part_id, w.pieces
), cell AS (
    SELECT n.*, c.name, c.deleted_at IS NOT NULL AS deleted,
           row_number() OVER (ORDER BY n.good::numeric / nullif(n.produced, 0), c.sequence, n.cell_id) AS place,
           count(*) OVER () AS cells
      FROM sums n
      LEFT JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = n.cell_id
     WHERE n.of_cell AND n.counts
)
SELECT json_build_object(
           'period', {{period_json}},
           'overall', (SELECT json_build_object({{row}})
                         FROM (SELECT) one
                         LEFT JOIN sums n ON n.counts AND NOT n.of_cell AND NOT n.of_step
                         LEFT JOIN sums b ON NOT b.counts AND NOT b.of_cell AND NOT b.of_step),
           'rolled_throughput', CASE WHEN $3 IS NULL THEN (
               SELECT json_build_object(
                          'yield_percent', round(100 * sum(h.chance * h.pieces) FILTER (WHERE h.counts)
                                                 / sum(h.pieces) FILTER (WHERE h.counts), 2),
                          'parts', count(*) FILTER (WHERE h.counts),
                          'steps', coalesce(sum(h.steps) FILTER (WHERE h.counts), 0),
                          'steps_without_pieces', coalesce(sum(h.unknown) FILTER (WHERE h.counts), 0),
                          'previous_yield_percent', round(100 * sum(h.chance * h.pieces) FILTER (WHERE NOT h.counts)
                                                          / sum(h.pieces) FILTER (WHERE NOT h.counts), 2))
                 FROM through h) END,
           'by_cell', coalesce(
               (SELECT json_agg(json_build_object('cell_id', n.cell_id, 'cell_name', n.name, {{row}}) ORDER BY n.place)
                  FROM cell n
                  LEFT JOIN sums b ON NOT b.counts AND b.of_cell AND b.cell_id = n.cell_id
                 WHERE n.place <= {{max_cells}}), '[]'),
           'truncated', EXISTS (SELECT FROM cell WHERE place > {{max_cells}}),
           'routing', CASE WHEN $4 IS NOT NULL THEN coalesce(
               (SELECT json_agg(json_build_object(
                           'operation_id', o.id, 'operation_name', o.operation_name, 'sequence', o.sequence,
                           'cell_id', o.cell_id, 'cell_name', c.name, {{row}}) ORDER BY o.sequence, o.id)
                  FROM {{mes}}.operations o
                  LEFT JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = o.cell_id
                  LEFT JOIN sums n ON n.counts AND n.of_step AND n.operation_id = o.id
                  LEFT JOIN sums b ON NOT b.counts AND b.of_step AND b.operation_id = o.id
                 WHERE o.tenant_id = $1 AND o.part_id = $4 AND o.deleted_at IS NULL
                   AND ($3 IS NULL OR o.cell_id = $3)), '[]') END)::text
