period AS (
    SELECT z.zone, d.today, d.today - {{days}} + 1 AS first_day,
           (d.today - {{days}} + 1)::timestamp AT TIME ZONE z.zone AS starts,
           (d.today + 1)::timestamp AT TIME ZONE z.zone AS ends,
           (d.today - 2 * {{days}} + 1)::timestamp AT TIME ZONE z.zone AS previous_starts
      FROM (SELECT {{time_zone}} AS zone) z
     CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE z.zone)::date AS today) d)
