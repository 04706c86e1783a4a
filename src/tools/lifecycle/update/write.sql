WITH wanted AS (
    SELECT CASE WHEN $3 ? 'completion_percentage' THEN ($3 ->> 'completion_percentage')::integer
                ELSE o.completion_percentage END AS completion_percentage,
           CASE WHEN $3 ? 'assigned_operator_id' THEN ($3 ->> 'assigned_operator_id')::uuid
                ELSE o.assigned_operator_id END AS assigned_operator_id,
           CASE WHEN $3 ? 'planned_start' THEN {{planned_start}} ELSE o.planned_start END AS planned_start,
           CASE WHEN $3 ? 'planned_end' THEN {{planned_end}} ELSE o.planned_end END AS planned_end,
           coalesce(($3 ->> 'estimated_time_minutes')::integer, o.estimated_time) AS estimated_time,
           {{wanted_notes}} AS notes
      FROM {{mes}}.operations o
     WHERE o.tenant_id = $1
       AND o.id = $2
)
UPDATE {{mes}}.operations o
   SET completion_percentage = w.completion_percentage,
       assigned_operator_id = w.assigned_operator_id,
       planned_start = w.planned_start,
       planned_end = w.planned_end,
       estimated_time = w.estimated_time,
       notes = w.notes,
       updated_at = now()
  FROM wanted w
 WHERE o.tenant_id = $1
   AND o.id = $2
   AND (w.completion_percentage, w.assigned_operator_id, w.planned_start, w.planned_end, w.estimated_time, w.notes)
       IS DISTINCT FROM (o.completion_percentage, o.assigned_operator_id, o.planned_start, o.planned_end, o.estimated_time,
                         o.notes)
