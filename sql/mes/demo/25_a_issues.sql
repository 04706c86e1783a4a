-- Tenant A: 150 issues over 120 days, denser towards today.
--   type          60 NCRs (22 dimensional, 14 process_error, 12 surface_finish, 8 material_defect, 4 other), 90 general
--   severity      12 critical, 38 high, 60 medium, 40 low
--   status        35 pending (18 of them for more than 7 days), 60 approved, 15 rejected, 40 closed
--   disposition   24 rework, 14 scrap, 8 use_as_is, 4 return_to_supplier, 10 none
--   root causes   six texts, 9, 8, 7, 5, 4 and 3 times in different spellings; 2 that mean the same as the first two; 20
--                 that occur once
--   standstills   issues that put three running operations on hold, one of them twice
-- Laser 1 and Assembly have none. Some rows were edited long after their review, so updated_at is not the time of review.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
    zone constant text := 'Europe/Amsterdam';
    texts constant text[] := '{Shielding gas flow too low,Wrong bend allowance in the program,Protective film removed too early,Worn punch,Fixture not clamped,Sheet from the wrong lot}';
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    INSERT INTO issues (id, tenant_id, operation_id, created_by, title, description, severity, status, reviewed_by,
                        reviewed_at, resolution_notes, created_at, updated_at, issue_type, reported_by_id, ncr_number,
                        ncr_category, disposition, root_cause, corrective_action, preventive_action,
                        affected_quantity, verification_required, current_cell_id, causes_standstill)
    WITH aged AS (
        SELECT n, 120 * power((150.5 - n) / 150, 1.5) AS age, 'A/issue/' || n AS key FROM generate_series(1, 150) AS n
    ), pending AS (
        -- 17 recent ones, always including the newest, and 18 that have been waiting for more than a week.
        SELECT g.*, (age <= 7 AND young <= 17) OR (age > 7 AND age < 60 AND old <= 18) AS pending
          FROM (SELECT *, row_number() OVER (PARTITION BY age <= 7 ORDER BY age > 0.6, md5(key)) AS young,
                          row_number() OVER (PARTITION BY age > 7 AND age < 60 ORDER BY md5(key)) AS old FROM aged) g
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY pending ORDER BY md5(key || 'status')) AS status_rank,
               row_number() OVER (ORDER BY md5(key || 'severity')) AS severity_rank,
               row_number() OVER (ORDER BY md5(key || 'type')) <= 60 AS ncr,
               CASE WHEN pending AND age <= 7 THEN row_number() OVER (PARTITION BY pending, age <= 7 ORDER BY md5(key || 'stop')) END
                   AS stop_rank
          FROM pending
    ), decided AS (
        SELECT *, CASE WHEN pending THEN 'pending' WHEN status_rank <= 60 THEN 'approved'
                       WHEN status_rank <= 75 THEN 'rejected' ELSE 'closed' END::issue_status AS status,
               CASE WHEN severity_rank <= 12 THEN 'critical' WHEN severity_rank <= 50 THEN 'high'
                    WHEN severity_rank <= 110 THEN 'medium' ELSE 'low' END::issue_severity AS severity
          FROM ranked
    ), detailed AS (
        SELECT *, row_number() OVER (PARTITION BY ncr ORDER BY md5(key || 'category')) AS category_rank,
               row_number() OVER (PARTITION BY ncr ORDER BY status = 'pending' DESC, status = 'rejected' DESC,
                                  md5(key || 'disposition')) AS disposition_rank,
               row_number() OVER (ORDER BY status = 'closed' DESC, status = 'approved' DESC, md5(key || 'cause')) AS cause_rank,
               row_number() OVER (PARTITION BY ncr, extract(year FROM (now() - age * interval '1 day') AT TIME ZONE zone)
                                  ORDER BY n) AS number,
               extract(year FROM (now() - age * interval '1 day') AT TIME ZONE zone) AS year,
               CASE WHEN pg_temp.demo_share(key || 'cell') < 0.45 THEN 'Welding'
                    WHEN pg_temp.demo_share(key || 'cell') < 0.62 THEN 'Press Brake'
                    WHEN pg_temp.demo_share(key || 'cell') < 0.80 THEN 'Finishing' ELSE 'Inspection' END AS cell,
               now() - age * interval '1 day' AS created_at,
               -- A median of three days, never later than now.
               least(now() - interval '1 hour', now() + (least(20, greatest(0.2,
                   3 * exp(0.9 * pg_temp.demo_normal(key || 'review')))) - age) * interval '1 day') AS reviewed_at
          FROM decided
    ), caused AS (
        -- In a different order from the status, so that every text has approved and closed issues.
        SELECT *, CASE WHEN cause_rank <= 58 THEN row_number() OVER (PARTITION BY cause_rank <= 58 ORDER BY md5(key || 'text')) END
               AS text_rank
          FROM detailed
    )
    SELECT mes_demo_id(i.key), a, o.id, mes_demo_id('A/profile/' || w.who),
           CASE WHEN i.ncr THEN 'Non-conformance at ' || i.cell ELSE 'Remark at ' || i.cell END,
           (ARRAY['[DIM] Hole pattern is off by 0.4 mm', '[SURF] Scratches on the visible side',
                  '[WELD] Pores in the seam', '[MAT] Sheet is wavy', '[DRAW] Dimension missing on the drawing',
                  '[LOG] Parts came without a label'])[1 + i.n % 6] || CASE WHEN i.ncr THEN ', see measuring report' ELSE '' END,
           i.severity, i.status,
           CASE WHEN i.status <> 'pending' THEN mes_demo_id('A/profile/' || CASE i.n % 2 WHEN 0 THEN 'anna.devries' ELSE 'pieter.bakker' END) END,
           CASE WHEN i.status <> 'pending' THEN i.reviewed_at END,
           CASE i.status WHEN 'approved' THEN 'Accepted, see corrective action' WHEN 'rejected' THEN 'Within tolerance'
                         WHEN 'closed' THEN 'Done and checked' END,
           i.created_at,
           CASE WHEN i.n % 10 = 0 THEN now() - interval '2 hours' * (1 + i.n / 50)
                WHEN i.status <> 'pending' THEN i.reviewed_at ELSE i.created_at END,
           CASE WHEN i.ncr THEN 'ncr' ELSE 'general' END::issue_type,
           CASE WHEN i.n % 4 <> 0 THEN mes_demo_id('A/profile/' || w.who) END,
           CASE WHEN i.ncr THEN 'NCR-' || i.year || '-' || lpad(i.number::text, 4, '0') END,
           CASE WHEN NOT i.ncr THEN NULL WHEN i.category_rank <= 22 THEN 'dimensional' WHEN i.category_rank <= 36 THEN 'process_error'
                WHEN i.category_rank <= 48 THEN 'surface_finish' WHEN i.category_rank <= 56 THEN 'material_defect'
                ELSE 'other' END::ncr_category,
           CASE WHEN NOT i.ncr OR i.disposition_rank <= 10 THEN NULL WHEN i.disposition_rank <= 34 THEN 'rework'
                WHEN i.disposition_rank <= 48 THEN 'scrap' WHEN i.disposition_rank <= 56 THEN 'use_as_is'
                ELSE 'return_to_supplier' END::ncr_disposition,
           c.cause,
           CASE WHEN c.cause IS NOT NULL THEN (ARRAY['Check list at the start of the shift', 'Program corrected',
                'Operator instructed', 'Tool replaced'])[1 + i.n % 4] END,
           CASE WHEN c.cause IS NOT NULL AND i.severity IN ('high', 'critical') THEN 'Check added to the work instruction' END,
           CASE WHEN i.ncr THEN least(o.quantity, 1 + floor(12 * pg_temp.demo_share(i.key || 'pieces'))) END,
           i.ncr AND i.severity IN ('high', 'critical'),
           o.cell_id, coalesce(i.stop_rank <= 4, false)
      FROM caused i
     CROSS JOIN LATERAL (SELECT (ARRAY['jan.smit', 'fatima.elidrissi', 'tomasz.kowalski', 'sofie.janssen',
                                       'milan.petrovic', 'lars.hansen'])[1 + i.n % 6] AS who) w
     CROSS JOIN LATERAL (
        SELECT CASE WHEN i.text_rank <= 9 THEN 1 WHEN i.text_rank <= 17 THEN 2 WHEN i.text_rank <= 24 THEN 3
                    WHEN i.text_rank <= 29 THEN 4 WHEN i.text_rank <= 33 THEN 5 WHEN i.text_rank <= 36 THEN 6 END AS text) t
     CROSS JOIN LATERAL (
        SELECT CASE WHEN t.text IS NOT NULL THEN
                   CASE i.text_rank % 3 WHEN 0 THEN upper(texts[t.text]) WHEN 1 THEN '  ' || lower(texts[t.text]) || ' '
                                        ELSE texts[t.text] END
                    WHEN i.text_rank = 37 THEN 'Gas flow of the shielding gas was too low'
                    WHEN i.text_rank = 38 THEN 'Bend allowance wrong in CNC program'
                    WHEN i.text_rank IS NOT NULL THEN (ARRAY['Stack fell over', 'Ruler read wrongly', 'Clamp forgotten',
                         'Crane hook touched the part', 'Wrong drawing printed', 'Battery of the gauge empty',
                         'New colleague not instructed', 'Pallet broken', 'Oil on the sheet', 'Lens not cleaned',
                         'Nozzle changed late', 'Power dip', 'Label of another job', 'Bar code unreadable',
                         'Oven too hot', 'Powder batch changed', 'Two parts mixed up', 'Gauge not calibrated',
                         'Hole drilled twice', 'Rush order pushed in'])[i.text_rank - 38] END AS cause) c
     CROSS JOIN LATERAL (
        SELECT q.id, q.cell_id, p.quantity
          FROM operations q
          JOIN cells k ON k.tenant_id = a AND k.id = q.cell_id
          JOIN parts p ON p.tenant_id = a AND p.id = q.part_id
         WHERE q.tenant_id = a AND q.deleted_at IS NULL AND q.status <> 'not_started'
           AND CASE WHEN i.stop_rank <= 4 THEN q.status = 'in_progress' AND k.name = 'Welding' ELSE k.name = i.cell END
         -- The standstills go to the first three running operations, two of them to the third; any other issue goes to an
         -- operation that was worked on at about that time.
         ORDER BY CASE WHEN i.stop_rank > 4 OR i.stop_rank IS NULL THEN
                      floor(abs(extract(epoch FROM coalesce(q.completed_at, now()) - i.created_at)) / 864000) END,
                  md5(q.id::text || CASE WHEN i.stop_rank <= 4 THEN '' ELSE i.key END)
        OFFSET CASE WHEN i.stop_rank <= 4 THEN least(i.stop_rank, 3) - 1 ELSE 0 END LIMIT 1) o;

    INSERT INTO ncr_counters (tenant_id, year, last_number)
    SELECT a, split_part(ncr_number, '-', 2)::integer, max(split_part(ncr_number, '-', 3)::integer)
      FROM issues WHERE tenant_id = a AND ncr_number IS NOT NULL GROUP BY 2;
    UPDATE notifications SET read = true WHERE tenant_id = a AND created_at < now() - interval '5 days';
END
$seed$;
