-- $3 is the profile of the key's owner, $4 what updated_at should be; both may be null.
SELECT json_build_object(
           'issue_type', coalesce(i.issue_type, 'general'),
           'status', coalesce(i.status, 'pending'),
           'severity', i.severity,
           'disposition', i.disposition,
           'affected_quantity', i.affected_quantity,
           'root_cause', i.root_cause,
           'corrective_action', i.corrective_action,
           'preventive_action', i.preventive_action,
           'resolution_notes', i.resolution_notes,
           'verification_required', coalesce(i.verification_required, false),
           'causes_standstill', coalesce(i.causes_standstill, false),
           'number', {{ncr_number}},
           'updated_at', to_jsonb(i.updated_at) #>> '{}',
           'unchanged', $4::timestamptz IS NULL OR i.updated_at IS NOT DISTINCT FROM $4::timestamptz,
           'reporter', coalesce(i.reported_by_id, i.created_by),
           'owner', (SELECT f.id FROM {{mes}}.profiles f WHERE f.tenant_id = $1 AND f.id = $3 AND coalesce(f.active, true)),
           'other_admin', EXISTS (SELECT 1 FROM {{mes}}.profiles f
                                   WHERE f.tenant_id = $1 AND f.role = 'admin' AND coalesce(f.active, true)
                                     AND NOT coalesce(f.is_machine, false)
                                     AND f.id <> coalesce(i.reported_by_id, i.created_by)),
           -- From the first moment of the local day of the report on: pieces are often booked before the report is written.
           'scrapped', (SELECT coalesce(sum(q.quantity_scrap), 0) FROM {{mes}}.operation_quantities q
                         WHERE q.tenant_id = $1 AND q.operation_id = i.operation_id
                           AND q.recorded_at >= date_trunc('day', i.created_at AT TIME ZONE {{time_zone}})
                                                AT TIME ZONE {{time_zone}}),
           'reworked', EXISTS (SELECT 1 FROM {{mes}}.operations o
                                 JOIN {{mes}}.operations w ON w.tenant_id = $1 AND w.part_id = o.part_id AND w.deleted_at IS NULL
                                WHERE o.tenant_id = $1 AND o.id = i.operation_id
                                  AND (w.status IS DISTINCT FROM 'completed'
                                       OR w.completed_at >= i.created_at OR w.created_at >= i.created_at)))::text
  FROM {{mes}}.issues i
 WHERE i.tenant_id = $1
   AND i.id = $2
   FOR NO KEY UPDATE
