s.id, s.operation_id, o.operation_name, o.sequence AS operation_sequence, o.part_id, p.part_number, p.job_id,
j.job_number, s.name, s.sequence, s.status, s.notes, s.completed_at, s.completed_by, s.created_at, s.updated_at
