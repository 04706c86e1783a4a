(SELECT array_agg(f.cell_id) AS ids FROM ({{full_cells}}) f) full_cells
 CROSS JOIN {{mes}}.parts p
  JOIN {{mes}}.jobs j ON j.tenant_id = p.tenant_id AND j.id = p.job_id AND j.deleted_at IS NULL
  {{next_operation}}
 WHERE p.tenant_id = $1
   AND p.deleted_at IS NULL
