SELECT json_build_object('job_id', p.job_id, 'job', row_to_json(g), 'part', row_to_json(r), 'remaining', p.remaining)::text,
       to_jsonb(p.sort_key) #>> '{}',
       p.id
  FROM page p
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed
      FROM {{mes}}.operations o
     WHERE o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL) o
 CROSS JOIN LATERAL (
    SELECT p.job_id AS id,
           p.job_number,
           p.customer,
           coalesce(p.job_status, 'not_started') AS status,
           p.effective_due_date,
           coalesce(p.overdue, false) AS overdue) g
 CROSS JOIN LATERAL (
    SELECT p.id,
           p.part_number,
           p.material,
           p.quantity,
           coalesce(p.status, 'not_started') AS status,
           coalesce(p.is_bullet_card, false) AS is_bullet_card,
           p.current_cell_id,
           (SELECT c.name FROM {{mes}}.cells c WHERE c.tenant_id = $1 AND c.id = p.current_cell_id) AS current_cell_name,
           o AS operations) r
 ORDER BY p.sort_key {{direction}}, p.id {{direction}}
