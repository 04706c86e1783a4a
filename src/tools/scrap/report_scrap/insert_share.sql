INSERT INTO {{mes}}.operation_quantity_scrap_reasons (operation_quantity_id, scrap_reason_id, quantity, notes)
VALUES ($1, $2, $3, $4)
