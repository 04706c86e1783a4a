-- Adds jobs to tenant A of the demo factory, enough for full pages of 50.
INSERT INTO jobs (id, tenant_id, job_number, customer, status, due_date, created_at)
SELECT mes_demo_id('bench/job/' || n), mes_demo_id('A'), 'BENCH-' || n, 'ACME Industries', 'in_progress',
       now() + n * interval '1 hour', now() + n * interval '1 second'
  FROM generate_series(1, 60) n;

INSERT INTO parts (id, tenant_id, job_id, part_number, material, quantity)
SELECT mes_demo_id(format('bench/part/%s/%s', n, m)), mes_demo_id('A'), mes_demo_id('bench/job/' || n),
       format('BENCH-%s-%s', n, m), 'S235', 10
  FROM generate_series(1, 60) n, generate_series(1, 3) m;

INSERT INTO operations (tenant_id, part_id, cell_id, operation_name, sequence, estimated_time)
SELECT p.tenant_id, p.id, (SELECT c.id FROM cells c WHERE c.tenant_id = p.tenant_id ORDER BY c.id LIMIT 1), 'Cut', s * 10, 30
  FROM parts p, generate_series(1, 4) s
 WHERE p.tenant_id = mes_demo_id('A') AND p.part_number LIKE 'BENCH-%';

VACUUM ANALYZE;
