-- Only when the number is taken by another substep; from there on all others move up by one, so that their order stays.
UPDATE {{mes}}.substeps
   SET sequence = sequence + 1,
       updated_at = now()
 WHERE tenant_id = $1
   AND operation_id = $2
   AND sequence >= $3
   AND id <> $4
   AND EXISTS (SELECT 1 FROM {{mes}}.substeps t
                WHERE t.tenant_id = $1 AND t.operation_id = $2 AND t.sequence = $3 AND t.id <> $4)
RETURNING id
