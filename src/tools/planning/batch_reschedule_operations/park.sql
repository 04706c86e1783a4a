-- Takes the allocated days of the operations out of the way, in their order: an operation has one row a day, and a row that moves must
-- not meet one that has not moved yet. Tools never insert such a row, because Eryxon Flow's table has more columns that must be filled.
WITH {{wanted}}, parked AS (
    UPDATE {{mes}}.operation_day_allocations a
       SET date = a.date + 100000
      FROM wanted w
     WHERE a.tenant_id = $1
       AND a.operation_id = w.id
       AND ($4 IS NULL OR w.days <> 0)
    RETURNING a.operation_id
)
SELECT count(DISTINCT operation_id) FROM parked
