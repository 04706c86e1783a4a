-- $3 holds the fields that are to be set; a field that is not in it stays. Where nothing differs the row stays as it is, and so does
-- updated_at. The caller has locked the row.
WITH wanted AS (
    SELECT CASE WHEN $3::jsonb ? 'completion_percentage' THEN ($3::jsonb ->> 'completion_percentage')::integer
                ELSE o.completion_percentage END AS completion_percentage,
           CASE WHEN $3::jsonb ? 'assigned_operator_id' THEN ($3::jsonb ->> 'assigned_operator_id')::uuid
                ELSE o.assigned_operator_id END AS assigned_operator_id,
           CASE WHEN $3::jsonb ? 'planned_start' THEN {{planned_start}} ELSE o.planned_start END AS planned_start,
           CASE WHEN $3::jsonb ? 'planned_end' THEN {{planned_end}} ELSE o.planned_end END AS planned_end,
           coalesce(($3::jsonb ->> 'estimated_time_minutes')::integer, o.estimated_time) AS estimated_time,
           CASE WHEN $3::jsonb ? 'notes' THEN $3::jsonb ->> 'notes'
                WHEN $3::jsonb ? 'append_notes'
                THEN concat_ws(E'\n\n', nullif(o.notes, ''), $3::jsonb ->> 'append_notes')
                ELSE o.notes END AS notes
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
