-- $3 holds the fields that are to be set; a field that is not in it stays. Gives the values before and after, and no row when they are
-- the same: then the row stays as it is, and so does updated_at. The caller has locked the row.
WITH present AS (
    SELECT *
      FROM {{mes}}.issues
     WHERE tenant_id = $1
       AND id = $2
), wanted AS (
    SELECT coalesce($3::jsonb ->> 'status', p.status::text, 'pending')::{{mes}}.issue_status AS status,
           coalesce($3::jsonb ->> 'severity', p.severity::text)::{{mes}}.issue_severity AS severity,
           CASE WHEN $3::jsonb ? 'disposition' THEN ($3::jsonb ->> 'disposition')::{{mes}}.ncr_disposition
                ELSE p.disposition END AS disposition,
           CASE WHEN $3::jsonb ? 'affected_quantity' THEN ($3::jsonb ->> 'affected_quantity')::integer
                ELSE p.affected_quantity END AS affected_quantity,
           CASE WHEN $3::jsonb ? 'root_cause' THEN $3::jsonb ->> 'root_cause' ELSE p.root_cause END AS root_cause,
           CASE WHEN $3::jsonb ? 'corrective_action' THEN $3::jsonb ->> 'corrective_action'
                ELSE p.corrective_action END AS corrective_action,
           CASE WHEN $3::jsonb ? 'preventive_action' THEN $3::jsonb ->> 'preventive_action'
                ELSE p.preventive_action END AS preventive_action,
           CASE WHEN $3::jsonb ? 'resolution_notes' THEN $3::jsonb ->> 'resolution_notes'
                ELSE p.resolution_notes END AS resolution_notes,
           coalesce(($3::jsonb ->> 'causes_standstill')::boolean, p.causes_standstill) AS causes_standstill,
           CASE WHEN $3::jsonb ? 'reviewed_by' THEN ($3::jsonb ->> 'reviewed_by')::uuid ELSE p.reviewed_by END AS reviewed_by,
           CASE WHEN NOT $3::jsonb ? 'reviewed_by' THEN p.reviewed_at
                WHEN $3::jsonb ->> 'reviewed_by' IS NOT NULL THEN now() END AS reviewed_at
      FROM present p
)
UPDATE {{mes}}.issues i
   SET status = w.status,
       severity = w.severity,
       disposition = w.disposition,
       affected_quantity = w.affected_quantity,
       root_cause = w.root_cause,
       corrective_action = w.corrective_action,
       preventive_action = w.preventive_action,
       resolution_notes = w.resolution_notes,
       causes_standstill = w.causes_standstill,
       reviewed_by = w.reviewed_by,
       reviewed_at = w.reviewed_at,
       updated_at = now()
  FROM wanted w, present p
 WHERE i.tenant_id = $1
   AND i.id = $2
   AND to_jsonb(w) IS DISTINCT FROM (
           SELECT to_jsonb(b) FROM (SELECT p.status, p.severity, p.disposition, p.affected_quantity, p.root_cause,
                                           p.corrective_action, p.preventive_action, p.resolution_notes,
                                           p.causes_standstill, p.reviewed_by, p.reviewed_at) b)
RETURNING json_build_object('status', coalesce(p.status, 'pending'), 'severity', p.severity, 'disposition', p.disposition,
                            'affected_quantity', p.affected_quantity, 'root_cause', p.root_cause,
                            'corrective_action', p.corrective_action, 'preventive_action', p.preventive_action,
                            'resolution_notes', p.resolution_notes, 'causes_standstill', p.causes_standstill,
                            'reviewed_by', p.reviewed_by, 'reviewed_at', p.reviewed_at)::text,
          json_build_object('status', i.status, 'severity', i.severity, 'disposition', i.disposition,
                            'affected_quantity', i.affected_quantity, 'root_cause', i.root_cause,
                            'corrective_action', i.corrective_action, 'preventive_action', i.preventive_action,
                            'resolution_notes', i.resolution_notes, 'causes_standstill', i.causes_standstill,
                            'reviewed_by', i.reviewed_by, 'reviewed_at', i.reviewed_at)::text
