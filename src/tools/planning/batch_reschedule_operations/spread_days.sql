-- Parked days go to the first working days of the new window, one by one and with their hours. Where the window has fewer working days,
-- all hours are spread over these by what share of a day each works, and the surplus rows go; without any, all goes to its first day.
WITH {{wanted}}, windows AS (
    SELECT w.id, w.first_day, w.last_day
      FROM wanted w
     WHERE EXISTS (SELECT 1 FROM {{mes}}.operation_day_allocations a WHERE a.tenant_id = $1 AND a.operation_id = w.id)
), working AS MATERIALIZED (
    SELECT w.id, d.day, s.share, row_number() OVER (PARTITION BY w.id ORDER BY d.day) AS n
      FROM windows w
     CROSS JOIN (SELECT {{working_days}} AS working_days) t
     CROSS JOIN LATERAL (SELECT w.first_day + n AS day FROM generate_series(0, w.last_day - w.first_day) AS n) d
      LEFT JOIN {{mes}}.factory_calendar k ON k.tenant_id = $1 AND k.date = d.day
     CROSS JOIN LATERAL (SELECT ({{work_share}})::numeric AS share) s
     WHERE s.share > 0
), target AS (
    SELECT w.id, w.day, w.share, w.n, count(*) OVER (PARTITION BY w.id) AS days
      FROM working w
    UNION ALL
    SELECT w.id, w.first_day, 1, 1, 1
      FROM windows w
     WHERE NOT EXISTS (SELECT 1 FROM working k WHERE k.id = w.id)
), parked AS MATERIALIZED (
    SELECT a.operation_id, a.date, a.hours_allocated, row_number() OVER operation_days AS n,
           count(*) OVER (PARTITION BY a.operation_id) AS days, sum(a.hours_allocated) OVER (PARTITION BY a.operation_id) AS hours
      FROM {{mes}}.operation_day_allocations a
      JOIN windows w ON w.id = a.operation_id
     WHERE a.tenant_id = $1
    WINDOW operation_days AS (PARTITION BY a.operation_id ORDER BY a.date)
), surplus AS (
    DELETE FROM {{mes}}.operation_day_allocations a
     USING parked p
     WHERE a.tenant_id = $1
       AND a.operation_id = p.operation_id
       AND a.date = p.date
       AND p.n > (SELECT max(t.days) FROM target t WHERE t.id = p.operation_id)
), placed AS (
    SELECT p.operation_id, p.date, t.day, p.days > t.days AS shared, p.hours_allocated, p.hours,
           sum(t.share) OVER (PARTITION BY t.id ORDER BY t.n) AS share_up_to, t.share,
           sum(t.share) OVER (PARTITION BY t.id) AS all_shares
      FROM parked p
      JOIN target t ON t.id = p.operation_id AND t.n = p.n
)
UPDATE {{mes}}.operation_day_allocations a
   SET date = p.day,
       -- Rounded from the first day on, so that the days add up to what there was.
       hours_allocated = CASE WHEN NOT p.shared THEN p.hours_allocated
                              ELSE greatest(0.01, CASE WHEN p.share_up_to = p.all_shares THEN p.hours
                                                       ELSE round(p.hours * p.share_up_to / p.all_shares, 2) END
                                                  - round(p.hours * (p.share_up_to - p.share) / p.all_shares, 2)) END
  FROM placed p
 WHERE a.tenant_id = $1
   AND a.operation_id = p.operation_id
   AND a.date = p.date
