{{mes}}.operations o
      JOIN {{mes}}.parts p ON p.tenant_id = o.tenant_id AND p.id = o.part_id AND p.deleted_at IS NULL
      JOIN {{mes}}.jobs j ON j.tenant_id = o.tenant_id AND j.id = p.job_id AND j.deleted_at IS NULL
      LEFT JOIN {{mes}}.cells c ON c.tenant_id = o.tenant_id AND c.id = o.cell_id
     WHERE o.tenant_id = $1
       AND o.deleted_at IS NULL
