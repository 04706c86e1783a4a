WITH present AS (
    SELECT j.*, CASE jsonb_typeof(j.metadata)
                WHEN 'object' THEN j.metadata
                WHEN 'array' THEN jsonb_build_object('value', j.metadata)
                ELSE '{}' END AS fields
      FROM {{mes}}.jobs j
     WHERE j.tenant_id = $1
       AND j.id = $2
), wanted AS (
    SELECT CASE WHEN $3 ? 'due_date' THEN {{due_date}} ELSE p.due_date_override END AS due_date_override,
           CASE WHEN $3 ? 'customer' THEN $3 ->> 'customer' ELSE p.customer END AS customer,
           {{wanted_notes}} AS notes,
           CASE WHEN $3 ? 'priority' AND $3 ->> 'priority' IS DISTINCT FROM p.metadata ->> 'priority'
                THEN (p.fields - 'priority')
                     || jsonb_strip_nulls(jsonb_build_object('priority', $3 -> 'priority'))
                ELSE p.metadata END AS metadata
      FROM present p
)
UPDATE {{mes}}.jobs j
   SET due_date_override = w.due_date_override,
       customer = w.customer,
       notes = w.notes,
       metadata = w.metadata,
       updated_at = now()
  FROM wanted w, present p
 WHERE j.tenant_id = $1
   AND j.id = $2
   AND (w.due_date_override, w.customer, w.notes, w.metadata)
       IS DISTINCT FROM (p.due_date_override, p.customer, p.notes, p.metadata)
