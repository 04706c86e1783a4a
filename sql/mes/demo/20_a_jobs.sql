-- Tenant A: 40 jobs and 2 soft-deleted ones.
--   status     8 not_started, 18 in_progress, 4 on_hold, 10 completed
--   due        5 overdue, 4 today or tomorrow, 6 within 7 days, 15 later; the 10 completed: 6 on time, 4 late
--   overrides  JOB-1009 and JOB-1010 move into the next 7 days, JOB-1011 moves out of them
-- JOB-1008 has no parts, JOB-1012 has 30, all parts of JOB-1026 are completed although it is still in progress.

DO $seed$
DECLARE
    a constant uuid := mes_demo_id('A');
    zone constant text := 'Europe/Amsterdam';
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    -- Due at the end of the local day, so that a job due today is not overdue before the day is over.
    INSERT INTO jobs (id, tenant_id, job_number, customer, status, due_date, due_date_override, notes, metadata,
                      created_at, updated_at, started_at, completed_at, deleted_at, deleted_by)
    SELECT mes_demo_id('A/job/JOB-' || j.number), a, 'JOB-' || j.number, j.customer, j.status::job_status,
           pg_temp.demo_time(zone, j.due, '23:59'), pg_temp.demo_time(zone, j.override, '23:59'), j.notes,
           CASE WHEN j.number % 7 = 0 THEN '{"priority": "high"}'::jsonb END,
           -- JOB-1021 and JOB-1022 were created at the same instant.
           pg_temp.demo_time(zone, -j.created, time '08:00' + (j.number % 100 - CASE j.number WHEN 1022 THEN 1 ELSE 0 END)
                                               * interval '5 minutes'),
           coalesce(pg_temp.demo_time(zone, -j.completed, '15:30'), pg_temp.demo_time(zone, -j.started, '09:15'),
                    pg_temp.demo_time(zone, -j.created, '10:45')),
           pg_temp.demo_time(zone, -j.started, '09:00'), pg_temp.demo_time(zone, -j.completed, '15:30'),
           CASE WHEN j.number > 1040 THEN now() - interval '6 days' END,
           CASE WHEN j.number > 1040 THEN mes_demo_id('A/profile/pieter.bakker') END
      FROM (VALUES
            -- number, customer, status, due in days, override; created, started, completed days ago; notes
            (1001, 'ACME Industries', 'not_started', 12, NULL::integer, 9, NULL::integer, NULL::integer, 'Control cabinet, series 2'),
            (1002, 'Hydrotec Benelux', 'not_started', 18, NULL, 8, NULL, NULL, NULL),
            (1003, '50%_off B.V.', 'not_started', 25, NULL, 6, NULL, NULL, 'Shop displays; customer pays in advance'),
            (1004, 'De Groot Staalbouw', 'not_started', 30, NULL, 5, NULL, NULL, NULL),
            (1005, 'ACME Industries', 'not_started', 14, NULL, 7, NULL, NULL, 'Deliver together with JOB-1001'),
            (1006, NULL, 'not_started', 45, NULL, 4, NULL, NULL, 'Own stock, brackets'),
            (1007, 'Van Leeuwen Machines', 'not_started', 3, NULL, 3, NULL, NULL, 'Rush order by telephone'),
            (1008, 'Zuidas Interieur', 'not_started', 60, NULL, 1, NULL, NULL, 'Parts follow from the drawing office'),
            (1009, 'ACME Industries', 'in_progress', 20, 4, 40, 35, NULL, 'Customer asks for earlier delivery'),
            (1010, 'Kraan & Zonen', 'in_progress', 16, 5, 30, 24, NULL, NULL),
            (1011, 'Polder Windenergie', 'in_progress', 2, 21, 38, 30, NULL, 'Customer accepts a later date'),
            (1012, 'MedTech Instruments', 'in_progress', 22, NULL, 45, 41, NULL, 'Instrument trolley, 30 parts'),
            (1013, 'O''Brien & Søn', 'in_progress', -3, NULL, 50, 44, NULL, NULL),
            (1014, 'Brouwerij De Haan', 'in_progress', -8, NULL, 60, 52, NULL, 'Tank covers, food grade'),
            (1015, 'Hydrotec Benelux', 'in_progress', -1, NULL, 33, 29, NULL, NULL),
            (1016, 'ACME Industries', 'in_progress', 13, NULL, 28, 22, NULL, NULL),
            (1017, 'De Groot Staalbouw', 'in_progress', 0, NULL, 31, 26, NULL, NULL),
            (1018, 'Lumière Façades', 'in_progress', 1, NULL, 29, 21, NULL, 'Visible side up'),
            (1019, 'VAN LEEUWEN MACHINES', 'in_progress', 0, NULL, 26, 20, NULL, NULL),
            (1020, 'Kraan & Zonen', 'in_progress', 1, NULL, 25, 19, NULL, NULL),
            (1021, 'Hydrotec Benelux', 'in_progress', 2, NULL, 24, 18, NULL, NULL),
            (1022, '50%_off B.V.', 'in_progress', 5, NULL, 24, 17, NULL, NULL),
            (1023, 'MedTech Instruments', 'in_progress', 6, NULL, 22, 16, NULL, 'Certificates 3.1 required'),
            (1024, 'Brouwerij De Haan', 'in_progress', 10, NULL, 20, 14, NULL, NULL),
            (1025, 'Polder Windenergie', 'in_progress', 28, NULL, 18, 11, NULL, NULL),
            (1026, 'ACME Industries', 'in_progress', 9, NULL, 36, 31, NULL, 'Waiting for the packing list'),
            (1027, 'De Groot Staalbouw', 'on_hold', -2, NULL, 48, 42, NULL, 'Drawing revision C expected'),
            (1028, 'Lumière Façades', 'on_hold', -12, NULL, 70, 61, NULL, 'Customer does not answer'),
            (1029, 'Kraan & Zonen', 'on_hold', 11, NULL, 27, 20, NULL, NULL),
            (1030, 'Zuidas Interieur', 'on_hold', 17, NULL, 23, 15, NULL, 'Colour not decided'),
            (1031, 'ACME Industries', 'completed', -100, NULL, 140, 131, 103, NULL),
            (1032, 'Hydrotec Benelux', 'completed', -88, NULL, 125, 118, 90, NULL),
            (1033, 'MedTech Instruments', 'completed', -75, NULL, 110, 101, 71, 'Late: copper sheet came late'),
            (1034, 'Polder Windenergie', 'completed', -60, NULL, 99, 90, 64, NULL),
            (1035, 'De Groot Staalbouw', 'completed', -52, NULL, 88, 80, 45, 'Late: welding overloaded'),
            (1036, 'Van Leeuwen Machines', 'completed', -40, NULL, 76, 69, 42, NULL),
            (1037, 'Brouwerij De Haan', 'completed', -33, NULL, 70, 62, 28, 'Late: rework after inspection'),
            (1038, 'O''Brien & Søn', 'completed', -20, NULL, 55, 47, 22, NULL),
            (1039, 'Lumière Façades', 'completed', -14, NULL, 46, 38, 9, 'Late: coating had to be done again'),
            (1040, 'Kraan & Zonen', 'completed', -4, NULL, 37, 30, 6, NULL),
            (1041, 'Hydrotec Benelux', 'in_progress', -5, NULL, 34, 27, NULL, 'Cancelled by the customer'),
            (1042, 'Zuidas Interieur', 'not_started', 8, NULL, 15, NULL, NULL, 'Entered twice')
           ) AS j (number, customer, status, due, override, created, started, completed, notes);
END
$seed$;
