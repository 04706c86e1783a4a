o.id, o.operation_name, o.part_id, p.part_number, p.is_bullet_card, p.job_id, j.job_number, o.cell_id,
c.name AS cell_name, o.assigned_operator_id, o.sequence, o.status, o.estimated_time, o.actual_time,
o.completion_percentage, o.planned_start, o.planned_end, o.completed_at, o.created_at, o.updated_at,
{{due}} AS effective_due_date, {{late}} AS late
