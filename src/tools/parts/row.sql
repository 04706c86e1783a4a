SELECT json_build_object(
           'id', p.id,
           'part_number', p.part_number,
           'job_id', p.job_id,
           'job_number', p.job_number,
           'customer', p.customer,
           'material', p.material,
           'quantity', p.quantity,
           'status', coalesce(p.status, 'not_started'),
           'current_cell_id', p.current_cell_id,
           'current_cell_name', (SELECT c.name FROM cells c WHERE c.tenant_id = $1 AND c.id = p.current_cell_id),
           'is_bullet_card', coalesce(p.is_bullet_card, false),
           'parent_part_id', p.parent_part_id,
           'drawing_no', p.drawing_no,
           'cnc_program_name', p.cnc_program_name,
           'effective_due_date', p.effective_due_date,
           'overdue', coalesce(p.overdue, false),
           'operations', json_build_object('total', o.total, 'completed', o.completed),
           'created_at', p.created_at,
           'updated_at', p.updated_at)::text,
       to_jsonb(p.sort_key) #>> '{}',
       p.id
  FROM page p
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed
      FROM operations o
     WHERE o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL) o
 ORDER BY p.sort_key /*direction*/, p.id /*direction*/
