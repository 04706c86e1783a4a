-- The caller holds the operation's lock, so the values stay until its transaction ends.
SELECT json_build_object(
           'part_quantity', p.quantity,
           'scrapped', (SELECT coalesce(sum(q.quantity_scrap), 0) FROM {{mes}}.operation_quantities q
                         WHERE q.tenant_id = $1 AND q.operation_id = o.id),
           -- A cell that is only referenced by id might be another tenant's.
           'current_cell_id', coalesce((SELECT k.id FROM {{mes}}.cells k WHERE k.tenant_id = $1 AND k.id = p.current_cell_id), c.id),
           'intended_next_cell_id', (
               SELECT k.id
                 FROM {{mes}}.operations n
                 JOIN {{mes}}.cells k ON k.tenant_id = $1 AND k.id = n.cell_id
                WHERE n.tenant_id = $1 AND n.part_id = o.part_id AND n.deleted_at IS NULL
                  AND n.sequence > o.sequence AND n.status IS DISTINCT FROM 'completed'
                ORDER BY n.sequence, n.id
                LIMIT 1))::text
  FROM {{live_operations}}
   AND o.id = $2
