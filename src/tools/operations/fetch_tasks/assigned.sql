(o.assigned_operator_id = {{value}}
        OR EXISTS (SELECT 1 FROM {{mes}}.assignments a
                    WHERE a.tenant_id = $1 AND (a.operator_id = {{value}} OR a.shop_floor_operator_id = {{value}})
                      AND (a.part_id = o.part_id OR (a.part_id IS NULL AND a.job_id = p.job_id))))
