INSERT INTO {{mes}}.issues (tenant_id, id, issue_type, {{ncr_column}}operation_id, created_by, reported_by_id, title, description, severity,
                    ncr_category, disposition, root_cause, corrective_action, preventive_action, affected_quantity,
                    verification_required, causes_standstill, current_cell_id, intended_next_cell_id)
SELECT $1, w.id, 'ncr', {{ncr_value}}w.operation_id, w.created_by, w.reported_by_id, w.title, coalesce(w.description, w.title),
       w.severity, w.ncr_category, w.disposition, w.root_cause, w.corrective_action, w.preventive_action,
       w.affected_quantity, w.verification_required, w.causes_standstill, w.current_cell_id, w.intended_next_cell_id
  FROM jsonb_to_record($2::jsonb)
    AS w (id uuid, ncr_number text, operation_id uuid, created_by uuid, reported_by_id uuid, title text, description text,
          severity {{mes}}.issue_severity, ncr_category {{mes}}.ncr_category, disposition {{mes}}.ncr_disposition,
          root_cause text, corrective_action text, preventive_action text, affected_quantity integer, verification_required boolean,
          causes_standstill boolean, current_cell_id uuid, intended_next_cell_id uuid)
