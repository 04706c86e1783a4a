-- Tenant A: 130 parts and 5 soft-deleted ones.
--   status    25 not_started, 60 in_progress, 10 on_hold, 35 completed
--   families  20 assemblies; P-1012-01 > P-1012-02 > P-1012-03 is three levels deep
-- P-1009-01 is completed while its job is not; P-1007-01 and P-1013-01 are bullet cards; P-1006-01, P-1006-02 and
-- P-1016-01 have no drawing and no program.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    INSERT INTO parts (id, tenant_id, job_id, parent_part_id, part_number, material, quantity, status, notes,
                       created_at, updated_at, material_lot, drawing_no, cnc_program_name, is_bullet_card,
                       deleted_at, deleted_by)
    SELECT mes_demo_id('A/part/' || p.number), a, j.id,
           mes_demo_id('A/part/P-' || p.job || '-' ||
               CASE WHEN p.n = 1 OR p.job NOT BETWEEN 1012 AND 1031 OR p.n > 10 THEN NULL
                    WHEN p.number = 'P-1012-03' THEN '02' ELSE '01' END),
           p.number,
           CASE WHEN share < 0.35 THEN 'S235' WHEN share < 0.55 THEN 'S355J2' WHEN share < 0.70 THEN 'AlMg3'
                WHEN share < 0.82 THEN '1.4301' WHEN share < 0.90 THEN '1.4404' WHEN share < 0.96 THEN '7075-T6'
                ELSE 'Cu-ETP' END,
           CASE p.number WHEN 'P-1013-01' THEN 250 WHEN 'P-1018-01' THEN 1
                ELSE 2 + floor(248 * power(pg_temp.demo_share('A/quantity of ' || p.number), 1.5)) END,
           CASE WHEN j.status = 'completed' OR p.job = 1026 OR p.number = 'P-1009-01' THEN 'completed'
                WHEN j.status = 'not_started' THEN 'not_started'
                WHEN j.status = 'on_hold' OR p.number IN ('P-1012-21', 'P-1015-03') THEN 'on_hold'
                WHEN p.number IN ('P-1016-03', 'P-1024-03') OR (p.job = 1012 AND p.n BETWEEN 22 AND 30) THEN 'not_started'
                ELSE 'in_progress' END::job_status,
           CASE WHEN p.n = 1 AND p.job BETWEEN 1012 AND 1031 THEN 'Assembly' END,
           j.created_at + p.n * interval '1 minute',
           coalesce(j.completed_at, j.started_at, j.created_at) + p.n * interval '1 minute',
           'LOT-' || (4000 + p.job % 40 * 7 + p.n % 3),
           CASE WHEN p.number NOT IN ('P-1006-01', 'P-1006-02', 'P-1016-01') THEN 'D-' || p.job || '-' || p.n END,
           CASE WHEN p.number NOT IN ('P-1006-01', 'P-1006-02', 'P-1016-01') THEN 'O' || p.job || p.n || '.NC' END,
           p.number IN ('P-1007-01', 'P-1013-01'),
           CASE WHEN p.deleted THEN now() - interval '6 days' END,
           CASE WHEN p.deleted THEN mes_demo_id('A/profile/pieter.bakker') END
      FROM (SELECT c.job, n, format('P-%s-%s', c.job, lpad(n::text, 2, '0')) AS number,
                   n > c.live AS deleted
              FROM (SELECT job,
                           CASE WHEN job = 1008 THEN 0 WHEN job = 1012 THEN 30 WHEN job = 1026 THEN 4
                                WHEN job BETWEEN 1031 AND 1040 THEN 3
                                WHEN job > 1040 OR job < 1008 OR job BETWEEN 1027 AND 1030
                                     OR job IN (1010, 1011, 1020, 1025) THEN 2
                                ELSE 3 END * (job <= 1040)::integer AS live,
                           CASE job WHEN 1012 THEN 1 WHEN 1013 THEN 1 WHEN 1041 THEN 2 WHEN 1042 THEN 1 ELSE 0 END
                           AS deleted
                      FROM generate_series(1001, 1042) AS job) c
             CROSS JOIN LATERAL generate_series(1, c.live + c.deleted) AS n) p
      JOIN jobs j ON j.tenant_id = a AND j.job_number = 'JOB-' || p.job
     CROSS JOIN LATERAL (SELECT pg_temp.demo_share('A/material of ' || p.number) AS share) s;
END
$seed$;
