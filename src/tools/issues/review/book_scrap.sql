INSERT INTO {{mes}}.operation_quantities (tenant_id, operation_id, recorded_by, quantity_produced, quantity_good, quantity_scrap,
                                  quantity_rework, scrap_reason_id, notes)
VALUES ($1, $2, $3, $4, 0, $4, 0, $5, $6)
RETURNING id
