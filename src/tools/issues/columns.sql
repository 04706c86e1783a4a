i.id, i.issue_type, {{ncr_number}} AS ncr_number, i.title, i.severity, i.status, i.ncr_category, i.disposition,
i.affected_quantity, i.verification_required, i.causes_standstill, i.operation_id, o.operation_name,
o.sequence AS operation_sequence, o.status AS operation_status, o.cell_id, o.part_id, p.part_number,
p.job_id, j.job_number, i.current_cell_id, i.intended_next_cell_id, i.created_by, i.reported_by_id,
i.reviewed_by, i.reviewed_at, i.created_at, i.updated_at
