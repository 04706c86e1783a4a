-- Needs the common table expression clock (zone, today). One row for each local day, from yesterday (a shift may pass midnight) for a
-- year, on which the factory is open. The calendar's times win over the usual ones. A half day without times of its own has the
-- calendar's share of the usual hours.
opening_hours AS MATERIALIZED (
    SELECT d.day, h.opens, h.opens + (h.closes - h.opens) * s.share AS closes
      FROM clock z
     CROSS JOIN generate_series(-1, 366) AS n
     CROSS JOIN LATERAL (SELECT z.today + n AS day) d
     CROSS JOIN (SELECT x.factory_opening_time, x.factory_closing_time, {{working_days}} AS working_days
                   FROM {{mes}}.tenants x
                  WHERE x.id = $1) t
      LEFT JOIN {{mes}}.factory_calendar k ON k.tenant_id = $1 AND k.date = d.day
     CROSS JOIN LATERAL (SELECT coalesce(k.opening_time, t.factory_opening_time, '07:00') AS from_time,
                                coalesce(k.closing_time, t.factory_closing_time, '17:00') AS to_time) w
     CROSS JOIN LATERAL (SELECT (d.day + w.from_time) AT TIME ZONE z.zone AS opens,
                                (d.day + (w.to_time <= w.from_time)::integer + w.to_time) AT TIME ZONE z.zone AS closes) h
     CROSS JOIN LATERAL (SELECT CASE WHEN k.day_type = 'half_day' AND k.closing_time IS NULL
                                     THEN coalesce(k.capacity_multiplier, 0.5) ELSE 1 END AS share) s
     WHERE {{is_working_day}})
