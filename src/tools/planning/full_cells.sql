SELECT c.id AS cell_id, w.wip, c.wip_limit, coalesce(c.enforce_wip_limit, false) AS enforced
      FROM ({{cell_wip}}) w
      JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = w.cell_id
     WHERE c.deleted_at IS NULL AND coalesce(c.active, true) AND w.wip >= c.wip_limit
