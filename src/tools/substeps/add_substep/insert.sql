-- The caller has locked the operation, so that no other call takes the same number.
INSERT INTO {{mes}}.substeps (tenant_id, id, operation_id, name, notes, sequence, status)
SELECT $1, $2, $3, $4, $5,
       coalesce($6, (SELECT max(sequence) + 1 FROM {{mes}}.substeps WHERE tenant_id = $1 AND operation_id = $3), 1), 'not_started'
RETURNING sequence
