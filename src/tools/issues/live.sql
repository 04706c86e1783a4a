{{mes}}.issues i
      JOIN {{mes}}.operations o ON o.tenant_id = i.tenant_id AND o.id = i.operation_id AND o.deleted_at IS NULL
      JOIN {{mes}}.parts p ON p.tenant_id = i.tenant_id AND p.id = o.part_id AND p.deleted_at IS NULL
      JOIN {{mes}}.jobs j ON j.tenant_id = i.tenant_id AND j.id = p.job_id AND j.deleted_at IS NULL
     WHERE i.tenant_id = $1
