-- $3: it was completed before.
UPDATE {{mes}}.operations
   SET status = 'in_progress',
       completed_at = NULL,
       completion_percentage = CASE WHEN $3 THEN {{reopened_percent}} ELSE least(greatest(coalesce(completion_percentage, 0), 0), 99) END,
       status_before_hold = NULL,
       notes = {{noted}},
       updated_at = now()
 WHERE tenant_id = $1
   AND id = $2
