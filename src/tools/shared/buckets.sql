buckets AS (
    SELECT d.first_day, d.next_day - 1 AS last_day,
           d.first_day::timestamp AT TIME ZONE d.zone AS starts,
           d.next_day::timestamp AT TIME ZONE d.zone AS ends
      FROM (SELECT t.zone, greatest(b.begins::date, t.first_day) AS first_day,
                   least((b.begins + ('1 ' || $3)::interval)::date, t.today + 1) AS next_day
              FROM period t
             CROSS JOIN LATERAL generate_series(date_trunc($3, t.first_day::timestamp), t.today::timestamp,
                                                ('1 ' || $3)::interval) AS b (begins)) d)
