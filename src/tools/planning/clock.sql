clock AS MATERIALIZED (
    SELECT z.zone, (now() AT TIME ZONE z.zone)::date AS today
      FROM (SELECT {{time_zone}} AS zone) z)
