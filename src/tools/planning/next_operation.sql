LEFT JOIN LATERAL (
    SELECT o.id, o.operation_name, o.sequence, coalesce(o.status, 'not_started') AS status, o.cell_id,
           {{remaining_minutes}} AS remaining_minutes
      FROM {{mes}}.operations o
     WHERE o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL AND o.status IS DISTINCT FROM 'completed'
     ORDER BY o.sequence, CASE o.status WHEN 'on_hold' THEN 1 WHEN 'in_progress' THEN 3 ELSE 2 END, o.id
     LIMIT 1) n ON true
