-- Needs the common table expression clock (zone, today). One row for each local day, from yesterday (a shift may pass midnight) for a
-- year, on which the factory is open: a row of the calendar decides before the days of the week, and its times before the usual ones. A
-- half day without times of its own has the calendar's share of the usual hours.
opening_hours AS MATERIALIZED (
    SELECT d.day, h.opens, h.opens + (h.closes - h.opens) * s.share AS closes
      FROM clock k
     CROSS JOIN generate_series(-1, 366) AS n
     CROSS JOIN LATERAL (SELECT k.today + n AS day) d
      JOIN {{mes}}.tenants t ON t.id = $1
      LEFT JOIN {{mes}}.factory_calendar f ON f.tenant_id = $1 AND f.date = d.day
     CROSS JOIN LATERAL (SELECT coalesce(f.opening_time, t.factory_opening_time, '07:00') AS from_time,
                                coalesce(f.closing_time, t.factory_closing_time, '17:00') AS to_time) w
     CROSS JOIN LATERAL (SELECT (d.day + w.from_time) AT TIME ZONE k.zone AS opens,
                                (d.day + (w.to_time <= w.from_time)::integer + w.to_time) AT TIME ZONE k.zone AS closes) h
     CROSS JOIN LATERAL (SELECT CASE WHEN f.day_type = 'half_day' AND f.closing_time IS NULL
                                     THEN coalesce(f.capacity_multiplier, 0.5) ELSE 1 END AS share) s
     WHERE CASE WHEN f.day_type IS NULL
                THEN coalesce(t.working_days_mask, 31) >> (extract(isodow FROM d.day)::integer - 1) & 1 = 1
                ELSE f.day_type IN ('working', 'half_day') END)
