WITH {{period}}, {{buckets}}, bounds AS (
    -- Place 0 is before both periods, 1 the earlier period, and from 2 on the buckets.
    SELECT array_agg(s.starts ORDER BY s.starts) AS starts
      FROM (SELECT previous_starts AS starts FROM period UNION ALL SELECT starts FROM buckets) s
), reported AS (
    SELECT width_bucket(q.recorded_at, b.starts) AS place, count(*) AS lots, sum(q.quantity_produced) AS produced,
           sum(q.quantity_good) AS good, sum(q.quantity_scrap) AS scrap, sum(q.quantity_rework) AS rework
      FROM period t
     CROSS JOIN bounds b
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= t.previous_starts AND q.recorded_at < t.ends{{where}}
     GROUP BY 1
), whole AS (
    SELECT sum(produced) AS produced, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework
      FROM reported
     WHERE place > 1
), before AS (
    SELECT sum(produced) AS produced, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework
      FROM reported
     WHERE place = 1
)
SELECT json_build_object(
           'period', {{period_json}},
           'interval', $4,
           'buckets', (SELECT json_agg(json_build_object(
                                  'first_day', k.first_day, 'last_day', k.last_day, 'lots', coalesce(n.lots, 0),
                                  'pieces', {{pieces}}) ORDER BY k.place)
                         FROM (SELECT *, 1 + row_number() OVER (ORDER BY starts) AS place FROM buckets) k
                         LEFT JOIN reported n ON n.place = k.place),
           'total', (SELECT {{pieces}} FROM whole n),
           'previous', (SELECT {{pieces}} FROM before n),
           'change', (SELECT json_build_object(
                                 'produced', coalesce(w.produced, 0) - coalesce(b.produced, 0),
                                 'scrap', coalesce(w.scrap, 0) - coalesce(b.scrap, 0),
                                 'scrap_rate_points', round(100.0 * w.scrap / nullif(w.produced, 0)
                                                            - 100.0 * b.scrap / nullif(b.produced, 0), 2))
                        FROM whole w CROSS JOIN before b))::text
