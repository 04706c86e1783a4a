CASE WHEN n.id IS NOT NULL THEN (
               SELECT row_to_json(s)
                 FROM (SELECT n.id, n.operation_name, n.sequence, n.status, n.cell_id,
                              (SELECT c.name FROM {{mes}}.cells c WHERE c.tenant_id = $1 AND c.id = n.cell_id) AS cell_name,
                              n.remaining_minutes,
                              (SELECT count(*)
                                 FROM {{mes}}.operations o
                                WHERE o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
                                  AND o.status IS DISTINCT FROM 'completed' AND o.sequence > n.sequence) AS waiting_operations) s) END
