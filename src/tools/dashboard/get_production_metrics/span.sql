span AS (
    -- The previous span has the same number of local days. A span of less than a day needs no care for changes of the clocks.
    SELECT e.zone, s.starts, e.ends,
           CASE WHEN e.ends - s.starts < interval '1 day' THEN s.starts - (e.ends - s.starts)
                ELSE (s.local - (e.local - s.local)) AT TIME ZONE e.zone END AS previous_starts,
           s.local AS local_starts, e.local AS local_ends
      FROM (SELECT z.zone, i.ends, i.ends AT TIME ZONE z.zone AS local
              FROM (SELECT {{time_zone}} AS zone) z
             CROSS JOIN LATERAL (
                SELECT CASE WHEN $3 IS NULL THEN ((now() AT TIME ZONE z.zone)::date + 1)::timestamp AT TIME ZONE z.zone
                            WHEN length($3) = 10 THEN ($3::date + 1)::timestamp AT TIME ZONE z.zone
                            ELSE $3::timestamptz END AS ends) i) e
     CROSS JOIN LATERAL (
        SELECT i.starts, i.starts AT TIME ZONE e.zone AS local
          FROM (SELECT CASE WHEN $2 IS NULL THEN (e.local - interval '30 days') AT TIME ZONE e.zone
                            WHEN length($2) = 10 THEN $2::timestamp AT TIME ZONE e.zone
                            ELSE $2::timestamptz END AS starts) i) s)
