-- The tenant, $1, is the lot's: the table has no column for it in every MES schema.
INSERT INTO {{mes}}.operation_quantity_scrap_reasons (operation_quantity_id, scrap_reason_id, quantity, notes)
VALUES ($2, $3, $4, $5)
