-- Tenants; for each, an admin and operators, 4 to 24 cells and 12 scrap reasons.

INSERT INTO tenants (id, name, company_name, plan, status, max_jobs, max_parts_per_month, timezone, abbreviation, trial_ends_at)
SELECT id, format('Load %s %s', name, n), format('Load %s %s Ltd', name, n),
       (CASE WHEN n = 1 THEN 'enterprise' WHEN n < tenants / 2 THEN 'premium' ELSE 'pro' END)::subscription_plan, 'active', NULL, NULL, zone,
       'L' || n, NULL
  FROM load_tenant;

INSERT INTO profiles (id, tenant_id, username, full_name, email, role, employee_id)
SELECT pg_temp.load_id(t.seed, '/profile/', t.n, i), t.id, CASE i WHEN 0 THEN 'admin' ELSE 'operator' || i END,
       CASE i WHEN 0 THEN 'Load Admin' ELSE 'Load Operator ' || i END, format('%s.%s@load.example', i, t.n),
       (CASE i WHEN 0 THEN 'admin' ELSE 'operator' END)::app_role, 'E-' || i
  FROM load_tenant t CROSS JOIN LATERAL generate_series(0, t.operators) AS i;

INSERT INTO user_roles (tenant_id, user_id, role)
SELECT p.tenant_id, p.id, p.role FROM load_tenant t JOIN profiles p ON p.tenant_id = t.id;

-- In turn: over its limit, in the warning range or below it, far below its limit, without a limit.
INSERT INTO cells (id, tenant_id, name, sequence, wip_limit, wip_warning_threshold, capacity_hours_per_day)
SELECT pg_temp.load_id(t.seed, '/cell/', t.n, i), t.id,
       (ARRAY['Laser', 'Press Brake', 'Welding', 'Assembly', 'Finishing', 'Inspection'])[1 + (i - 1) * 6 / t.cells] || ' ' || i, i,
       w.wip_limit, w.wip_limit * 4 / 5, 8 + i % 3 * 4
  FROM load_tenant t
 CROSS JOIN LATERAL generate_series(1, t.cells) AS i
 CROSS JOIN LATERAL (SELECT (ARRAY[NULL, 4 + t.jobs / 20, 8 + t.jobs / 10, 12 + t.jobs / 5])[1 + i % 4] AS wip_limit) w;

INSERT INTO scrap_reasons (id, tenant_id, code, description, category)
SELECT pg_temp.load_id(t.seed, '/scrap_reason/', t.n, i), t.id, 'R' || lpad(i::text, 2, '0'), 'Scrap reason ' || i,
       (ARRAY['process', 'material', 'equipment', 'operator', 'design', 'other'])[1 + (i - 1) % 6]
  FROM load_tenant t CROSS JOIN generate_series(1, 12) AS i;

ANALYZE tenants, profiles, cells, scrap_reasons;
