-- To the cell of a running operation that comes first on the shop floor.
UPDATE {{mes}}.jobs j
   SET current_cell_id = r.cell_id,
       updated_at = now()
  FROM (SELECT DISTINCT ON (p.job_id) p.job_id, o.cell_id
          FROM {{mes}}.parts p
          JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL AND o.status = 'in_progress'
          JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = o.cell_id
         WHERE p.tenant_id = $1
           AND p.job_id = ANY ($2)
           AND p.deleted_at IS NULL
         ORDER BY p.job_id, c.sequence, c.id) r
 WHERE j.tenant_id = $1
   AND j.id = r.job_id
   AND j.current_cell_id IS DISTINCT FROM r.cell_id
