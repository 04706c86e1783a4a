-- To a running operation's cell, unless one runs where the part is.
UPDATE {{mes}}.parts p
   SET current_cell_id = r.cell_id,
       updated_at = now()
  FROM (SELECT DISTINCT ON (o.part_id) o.part_id, o.cell_id
          FROM {{mes}}.operations o
          JOIN {{mes}}.parts q ON q.tenant_id = $1 AND q.id = o.part_id
         WHERE o.tenant_id = $1
           AND o.part_id = ANY ($2)
           AND o.deleted_at IS NULL
           AND o.status = 'in_progress'
         ORDER BY o.part_id, o.cell_id IS DISTINCT FROM q.current_cell_id, o.sequence, o.id) r
 WHERE p.tenant_id = $1
   AND p.id = r.part_id
   AND p.current_cell_id IS DISTINCT FROM r.cell_id
