SELECT json_build_object('status', coalesce(status, 'not_started'), 'due_date_override', due_date_override,
                         'customer', customer, 'notes', notes, 'priority', metadata ->> 'priority')::text
  FROM {{mes}}.jobs
 WHERE tenant_id = $1
   AND id = $2
