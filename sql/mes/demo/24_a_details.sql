-- Tenant A: 90 substeps on 20 operations, 60 resource links, 40 assignments.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    -- 45 completed (half of them record by whom), 20 in_progress, 5 blocked, 20 not_started. One operation has a gap in the
    -- sequence, another has the same number twice.
    INSERT INTO substeps (id, tenant_id, operation_id, name, sequence, status, notes, completed_at, completed_by,
                          created_at, updated_at)
    WITH operation AS (
        SELECT o.id, o.status, o.assigned_operator_id, o.completed_at, o.created_at, o.part_number, o.n, o.rank,
               CASE WHEN o.status = 'completed' OR o.rank <= 3 THEN 5 ELSE 4 END AS steps
          FROM (SELECT q.*, row_number() OVER (PARTITION BY q.status ORDER BY md5(q.part_number || q.n)) AS rank
                  FROM (SELECT s.*, p.part_number, row_number() OVER (PARTITION BY s.part_id ORDER BY s.created_at) AS n
                          FROM operations s JOIN parts p ON p.tenant_id = a AND p.id = s.part_id
                         WHERE s.tenant_id = a AND s.deleted_at IS NULL) q
                 WHERE q.status IN ('completed', 'in_progress')) o
         WHERE o.rank <= CASE o.status WHEN 'completed' THEN 7 ELSE 13 END
    ), step AS (
        SELECT o.*, k, CASE WHEN o.status = 'in_progress' THEN row_number() OVER (PARTITION BY o.status ORDER BY k, o.rank) END AS place,
               row_number() OVER (ORDER BY o.status, o.rank, k) AS row
          FROM operation o CROSS JOIN LATERAL generate_series(1, o.steps) AS k
    )
    SELECT mes_demo_id('A/substep/' || s.part_number || '/' || s.n || '/' || s.k), a, s.id,
           (ARRAY['Read the drawing', 'Set up the machine', 'First piece to inspection', 'Run', 'Clean up'])[s.k],
           CASE WHEN s.status = 'in_progress' AND s.rank = 1 AND s.k = 5 THEN 6
                WHEN s.status = 'in_progress' AND s.rank = 2 AND s.k = 3 THEN 2 ELSE s.k END,
           t.status, CASE t.status WHEN 'blocked' THEN 'Gauge is away for calibration' END,
           CASE t.status WHEN 'completed' THEN coalesce(s.completed_at, now() - interval '20 hours') - (6 - s.k) * interval '5 minutes' END,
           CASE WHEN t.status = 'completed' AND row_number() OVER (PARTITION BY t.status ORDER BY s.row) % 2 = 0
                THEN s.assigned_operator_id END,
           s.created_at, s.created_at
      FROM step s
     CROSS JOIN LATERAL (SELECT CASE WHEN s.place IS NULL OR s.place <= 10 THEN 'completed' WHEN s.place <= 30 THEN 'in_progress'
                                     WHEN s.place <= 35 THEN 'blocked' ELSE 'not_started' END AS status) t;

    INSERT INTO operation_resources (id, tenant_id, operation_id, resource_id, quantity, notes)
    SELECT mes_demo_id('A/operation_resources/' || row_number() OVER (ORDER BY x.resource, x.rank)), a, x.id,
           mes_demo_id('A/resource/' || x.resource), x.quantity,
           CASE WHEN x.resource = 'Fixture 7' THEN 'Needed by three operations at once' END
      FROM (SELECT o.id, w.resource, w.wanted, w.quantity,
                   row_number() OVER (PARTITION BY w.resource ORDER BY
                       -- The robot's windows are four hours long and start at 8:00 or later; the fixture is required by the
                       -- operations with the longest windows, which overlap.
                       CASE w.resource WHEN 'Fixture 7' THEN -o.estimated_time
                            ELSE (o.status <> 'in_progress')::integer END, md5(o.id::text || w.resource)) AS rank
              FROM (VALUES ('Welding robot', 20, 1, '{Welding}'::text[], 'not_started'),
                           ('Fixture 7', 3, 1, '{Welding,Assembly,Bending,Laser cutting,Seam dressing}', 'in_progress'),
                           ('V-die 16 mm', 6, 1, '{Bending}', NULL), ('V-die 24 mm', 4, 1, '{Bending}', NULL),
                           ('Punch set 88°', 5, 2, '{Bending}', NULL), ('Welding jig large', 6, 1, '{Welding,Seam dressing}', NULL),
                           ('Powder booth', 6, 1, '{Powder coating}', NULL),
                           ('Coordinate measuring machine', 8, 1, '{Final inspection,Dimensional check}', NULL),
                           ('Sheet S235 3 mm', 2, 5, '{Laser cutting}', NULL)
                   ) AS w (resource, wanted, quantity, names, status)
              JOIN operations o ON o.tenant_id = a AND o.deleted_at IS NULL AND o.status <> 'completed'
                               AND o.operation_name = ANY (w.names) AND (w.status IS NULL OR o.status::text = w.status)
             WHERE w.resource <> 'Welding robot' OR o.planned_end - o.planned_start = interval '4 hours') x
     WHERE x.rank <= x.wanted;

    -- All four statuses; 6 are for shop-floor operators who have no profile.
    INSERT INTO assignments (id, tenant_id, operator_id, shop_floor_operator_id, part_id, job_id, assigned_by, status, created_at)
    SELECT mes_demo_id('A/assignments/' || p.n), a,
           CASE WHEN p.n > 6 THEN mes_demo_id('A/profile/' || (ARRAY['jan.smit', 'fatima.elidrissi', 'tomasz.kowalski',
               'sofie.janssen', 'milan.petrovic', 'lars.hansen'])[1 + p.n % 6]) END,
           CASE WHEN p.n <= 6 THEN mes_demo_id('A/operator/DEMO' || 1 + p.n % 4) END,
           CASE WHEN p.n % 5 <> 0 THEN p.id END, CASE WHEN p.n % 5 = 0 THEN p.job_id END,
           mes_demo_id('A/profile/anna.devries'),
           (ARRAY['assigned', 'accepted', 'in_progress', 'completed'])[1 + p.n % 4]::assignment_status,
           now() - p.n * interval '13 hours'
      FROM (SELECT id, job_id, row_number() OVER (ORDER BY status = 'in_progress' DESC, md5(part_number))::integer AS n
              FROM parts WHERE tenant_id = a AND deleted_at IS NULL AND status <> 'not_started') p
     WHERE p.n <= 40;
END
$seed$;
