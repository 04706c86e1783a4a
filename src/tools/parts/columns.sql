p.id, p.part_number, p.job_id, j.job_number, j.customer, p.material, p.quantity, p.status, p.current_cell_id,
p.is_bullet_card, p.parent_part_id, p.drawing_no, p.cnc_program_name, p.created_at, p.updated_at,
{{due}} AS effective_due_date,
{{overdue}} AND p.status IS DISTINCT FROM 'completed' AS overdue
