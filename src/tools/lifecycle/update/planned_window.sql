-- Whether the planned end comes after the planned start once $3 is set; null where one of them is missing.
SELECT CASE WHEN $3 ? 'planned_end' THEN {{planned_end}} ELSE o.planned_end END
       > CASE WHEN $3 ? 'planned_start' THEN {{planned_start}} ELSE o.planned_start END
  FROM {{mes}}.operations o
 WHERE o.tenant_id = $1
   AND o.id = $2
