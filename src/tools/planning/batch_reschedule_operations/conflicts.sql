-- $2: the operations that were changed.
WITH changed AS MATERIALIZED (
    SELECT o.id, o.part_id, o.cell_id, o.planned_start, o.planned_end
      FROM {{mes}}.operations o
     WHERE o.tenant_id = $1 AND o.id = ANY ($2)
), changed_cells AS MATERIALIZED (
    SELECT o.cell_id FROM changed o
    UNION
    SELECT a.cell_id FROM {{mes}}.operation_day_allocations a WHERE a.tenant_id = $1 AND a.operation_id = ANY ($2)
), {{load_by_day}}, routing AS (
    SELECT e.id, l.id AS later_id, e.planned_end AS at,
           json_build_object('kind', 'routing_order', 'earlier_operation_id', e.id, 'earlier_operation_name', e.operation_name,
                             'earlier_planned_end', e.planned_end, 'later_operation_id', l.id,
                             'later_operation_name', l.operation_name, 'later_planned_start', l.planned_start,
                             'part_number', (SELECT p.part_number FROM {{mes}}.parts p WHERE p.tenant_id = $1 AND p.id = e.part_id)) AS conflict
      FROM {{mes}}.operations e
      JOIN {{mes}}.operations l ON l.tenant_id = $1 AND l.part_id = e.part_id AND l.sequence > e.sequence
                       AND l.planned_start < e.planned_end AND l.deleted_at IS NULL AND l.status IS DISTINCT FROM 'completed'
     WHERE e.tenant_id = $1 AND e.deleted_at IS NULL AND e.status IS DISTINCT FROM 'completed'
       AND e.part_id IN (SELECT part_id FROM changed)
       AND (e.id = ANY ($2) OR l.id = ANY ($2))
), due AS (
    SELECT o.id, o.planned_end AS at,
           json_build_object('kind', 'after_due_date', 'operation_id', o.id, 'job_number', j.job_number,
                             'planned_end', o.planned_end, 'effective_due_date', {{due}}) AS conflict
      FROM changed o
      JOIN {{mes}}.parts p ON p.tenant_id = $1 AND p.id = o.part_id
      JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = p.job_id
     WHERE o.planned_end > {{due}}
), touched AS (
    SELECT a.cell_id, a.day FROM allocated a WHERE a.operation_id = ANY ($2)
    UNION
    SELECT s.cell_id, s.day FROM spread s WHERE s.id = ANY ($2) AND (s.works OR NOT s.some_work)
), capacity AS (
    SELECT c.id, t.day AS at,
           json_build_object('kind', 'over_capacity', 'cell_id', c.id, 'cell_name', c.name, 'date', t.day,
                             'load_hours', h.load, 'capacity_hours', h.capacity) AS conflict
      FROM touched t
      JOIN {{mes}}.cells c ON c.tenant_id = $1 AND c.id = t.cell_id
      JOIN work_days d ON d.day = t.day
      JOIN load l ON l.cell_id = t.cell_id AND l.day = t.day
     CROSS JOIN LATERAL (SELECT round(l.hours, 2) AS load, round({{cell_hours}} * d.share, 2) AS capacity) h
     WHERE h.load > h.capacity
), found AS (
    SELECT 1 AS kind, at, id, later_id, conflict FROM routing
    UNION ALL SELECT 2, at, id, NULL, conflict FROM due
    UNION ALL SELECT 3, at, id, NULL, conflict FROM capacity
)
SELECT (SELECT count(*) FROM found),
       coalesce((SELECT json_agg(f.conflict ORDER BY f.kind, f.at, f.id, f.later_id)
                   FROM (SELECT * FROM found ORDER BY kind, at, id, later_id LIMIT 100) f), '[]')::text
