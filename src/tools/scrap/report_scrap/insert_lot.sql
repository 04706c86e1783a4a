INSERT INTO {{mes}}.operation_quantities (tenant_id, id, operation_id, recorded_by, quantity_produced, quantity_good, quantity_scrap,
                                  quantity_rework, scrap_reason_id, material_lot, material_supplier, material_cert_number, notes)
VALUES ($1, $2, $3, $4, $5 + $6 + $7, $5, $6, $7, $8, $9, $10, $11, $12)
