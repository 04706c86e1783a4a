{{mes}}.operation_quantities q
      JOIN {{mes}}.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id AND o.deleted_at IS NULL
      JOIN {{mes}}.parts p ON p.tenant_id = q.tenant_id AND p.id = o.part_id AND p.deleted_at IS NULL
      JOIN {{mes}}.jobs j ON j.tenant_id = q.tenant_id AND j.id = p.job_id AND j.deleted_at IS NULL
      LEFT JOIN {{mes}}.cells c ON c.tenant_id = q.tenant_id AND c.id = o.cell_id
     WHERE q.tenant_id = $1
