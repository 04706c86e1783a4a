WITH {{wanted}}, changed AS (
    UPDATE {{mes}}.operations o
       SET planned_start = w.new_start,
           planned_end = w.new_end,
           updated_at = now()
      FROM wanted w
     WHERE o.tenant_id = $1
       AND o.id = w.id
    RETURNING o.id, o.part_id, o.cell_id, o.operation_name, o.sequence, w.status, w.old_start, w.old_end, w.new_start, w.new_end
)
SELECT json_agg(row_to_json(r) ORDER BY r.job_number, r.part_number, r.sequence, r.id)::text
  FROM changed o
  JOIN {{mes}}.parts p ON p.tenant_id = $1 AND p.id = o.part_id
  JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = p.job_id
 CROSS JOIN LATERAL (
    SELECT o.id, o.operation_name, o.sequence, p.part_number, j.job_number,
           (SELECT c.name FROM {{mes}}.cells c WHERE c.tenant_id = $1 AND c.id = o.cell_id) AS cell_name, o.status,
           json_build_object('old', o.old_start, 'new', o.new_start) AS planned_start,
           json_build_object('old', o.old_end, 'new', o.new_end) AS planned_end) r
