clock AS MATERIALIZED (
    SELECT t.*, (now() AT TIME ZONE t.zone)::date AS today
      FROM (SELECT {{time_zone}} AS zone, {{working_days}} AS working_days,
                   coalesce((SELECT factory_opening_time FROM {{mes}}.tenants WHERE id = $1), '07:00') AS opens) t
), work_days AS MATERIALIZED (
    SELECT d.day, k.day_type, k.name, coalesce(k.opening_time, t.opens) AS opens, {{work_share}} AS share
      FROM clock t
     CROSS JOIN LATERAL (SELECT t.today + n AS day FROM generate_series(-{{days_back}}, {{days_ahead}}) AS n) d
      LEFT JOIN {{mes}}.factory_calendar k ON k.tenant_id = $1 AND k.date = d.day
), open_work AS MATERIALIZED (
    SELECT o.id, o.cell_id, o.status IS NOT DISTINCT FROM 'on_hold' AS parked, {{remaining_minutes}} / 60.0 AS hours,
           coalesce(o.planned_start, o.planned_end) AT TIME ZONE (SELECT zone FROM clock) AS begins,
           greatest(o.planned_start, o.planned_end) AT TIME ZONE (SELECT zone FROM clock) AS ends
      FROM {{live_operations}}
       AND o.status IS DISTINCT FROM 'completed'{{others}}
), allocated AS MATERIALIZED (
    SELECT a.operation_id, a.cell_id, a.date AS day, a.hours_allocated AS hours
      FROM {{mes}}.operation_day_allocations a
      JOIN open_work w ON w.id = a.operation_id AND NOT w.parked
     WHERE a.tenant_id = $1 AND a.date >= (SELECT today FROM clock)
), unallocated AS MATERIALIZED (
    -- Work without a day from today on. What should have been done before today is overdue.
    SELECT w.*, w.ends <= t.today::timestamp AS overdue,
           greatest(w.begins::date, t.today) AS first_day,
           greatest(w.begins::date, t.today, least((w.ends - interval '1 microsecond')::date, t.today + {{days_ahead}})) AS last_day
      FROM open_work w
     CROSS JOIN clock t
     WHERE NOT w.parked AND NOT EXISTS (SELECT FROM allocated a WHERE a.operation_id = w.id)
), spread AS (
    -- A planned window counts on its working days; one without any counts on the days that it has.
    SELECT w.id, w.cell_id, w.hours, d.day, d.share > 0 AS works, bool_or(d.share > 0) OVER (PARTITION BY w.id) AS some_work,
           greatest(extract(epoch FROM least(w.ends, d.day + 1) - greatest(w.begins, d.day)), 1)::numeric AS weight
      FROM unallocated w
     CROSS JOIN LATERAL generate_series(0, least(w.last_day - w.first_day, {{days_back}} + {{days_ahead}})) AS n
      JOIN work_days d ON d.day = w.first_day + n
     WHERE NOT w.overdue AND w.hours > 0
), load AS MATERIALIZED (
    SELECT cell_id, day, sum(hours) AS hours, sum(hours) FILTER (WHERE allocated) AS allocated_hours
      FROM (SELECT cell_id, day, hours, true AS allocated FROM allocated
            UNION ALL
            SELECT cell_id, day, hours * weight / sum(weight) OVER (PARTITION BY id), false
              FROM spread
             WHERE works OR NOT some_work) x
     GROUP BY cell_id, day
)
