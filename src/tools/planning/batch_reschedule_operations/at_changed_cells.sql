
       AND (o.cell_id IN (SELECT x.cell_id FROM changed_cells x)
            OR o.id IN (SELECT a.operation_id FROM {{mes}}.operation_day_allocations a JOIN changed_cells x ON x.cell_id = a.cell_id
                         WHERE a.tenant_id = $1))
