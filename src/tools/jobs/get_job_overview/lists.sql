blocker AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY b.kind, b.part_number COLLATE "C", b.sequence, b.id) AS n,
           row_to_json((SELECT s FROM (SELECT b.reason, b.part_id, b.part_number, b.operation_id, b.operation_name, b.issue_id,
                                              b.severity) s)) AS json
      FROM (SELECT 1 AS kind, 'job_on_hold' AS reason, NULL::uuid AS part_id, NULL::text AS part_number,
                   NULL::uuid AS operation_id, NULL::text AS operation_name, NULL::integer AS sequence,
                   NULL::uuid AS issue_id, NULL::{{mes}}.issue_severity AS severity, $2 AS id
              FROM job j
             WHERE j.status = 'on_hold'
            UNION ALL
            SELECT 2, 'standstill_issue', i.part_id, i.part_number, i.operation_id, i.operation_name, o.sequence, i.id,
                   i.severity, i.id
              FROM issue i
              JOIN operation o ON o.id = i.operation_id AND o.status <> 'completed'
             WHERE i.status = 'pending' AND i.causes_standstill
            UNION ALL
            SELECT 3, 'operation_on_hold', o.part_id, o.part_number, o.id, o.operation_name, o.sequence, NULL, NULL, o.id
              FROM operation o
             WHERE o.status = 'on_hold'
               AND NOT EXISTS (SELECT FROM issue i
                                WHERE i.operation_id = o.id AND i.status = 'pending' AND i.causes_standstill)
            UNION ALL
            SELECT 4, 'part_on_hold', p.id, p.part_number, NULL, NULL, NULL, NULL, NULL, p.id
              FROM part p
             WHERE p.status = 'on_hold') b
), shown_part AS (
    SELECT p.n, row_to_json(r) AS json
      FROM (SELECT p.*, coalesce(t.level, 0) AS level, row_number() OVER (ORDER BY t.path COLLATE "C", p.part_number COLLATE "C", p.id) AS n
              FROM part p
              LEFT JOIN tree t ON t.id = p.id
             WHERE $3
             ORDER BY n
             LIMIT {{most_parts}}) p
     CROSS JOIN LATERAL (
        SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed, sum(o.planned) AS planned,
               sum(o.booked) AS booked, sum(o.remaining) AS remaining
          FROM operation o
         WHERE o.part_id = p.id) o
      {{next_operation}}
     CROSS JOIN LATERAL (
        SELECT p.id, p.part_number, p.parent_part_id, p.level, p.material, p.quantity, p.status, p.is_bullet_card,
               row_to_json((SELECT s FROM (SELECT o.total, o.completed) s)) AS operations,
               coalesce(o.planned, 0) AS planned_minutes, coalesce(o.booked, 0) AS booked_minutes,
               coalesce(o.remaining, 0) AS remaining_minutes, {{next_operation_json}} AS next_operation) r
), shown_operation AS (
    SELECT o.n, row_to_json(r) AS json
      FROM (SELECT o.*, row_number() OVER (ORDER BY t.path COLLATE "C", o.part_number COLLATE "C", o.part_id, o.sequence, o.id) AS n
              FROM operation o
              LEFT JOIN tree t ON t.id = o.part_id
             WHERE $4
             ORDER BY n
             LIMIT {{most_operations}}) o
     CROSS JOIN LATERAL (
        SELECT o.id, o.part_id, o.part_number, o.operation_name, o.sequence, o.status, o.cell_id, o.cell_name,
               o.planned AS estimated_time_minutes, o.booked AS actual_time_minutes,
               (SELECT e.id
                  FROM operation e
                 WHERE e.part_id = o.part_id AND e.sequence < o.sequence AND e.status <> 'completed'
                   AND o.status <> 'completed'
                 ORDER BY e.sequence DESC, e.id DESC
                 LIMIT 1) AS waits_for_operation_id) r
), shown_issue AS (
    SELECT i.ncr, i.n, row_to_json(r) AS json
      FROM (SELECT i.*, i.issue_type IS NOT DISTINCT FROM 'ncr' AS ncr,
                   row_number() OVER (PARTITION BY i.issue_type IS NOT DISTINCT FROM 'ncr'
                                      ORDER BY i.status IS DISTINCT FROM 'pending', i.severity DESC, i.created_at DESC, i.id) AS n
              FROM issue i
             WHERE $5) i
     CROSS JOIN LATERAL (
        SELECT i.id, i.ncr_number, i.title, i.severity, coalesce(i.status, 'pending') AS status, i.ncr_category,
               i.disposition, i.causes_standstill, i.operation_id, i.operation_name, i.part_id, i.part_number,
               i.created_at) r
     WHERE i.n <= {{most_issues}}
)
