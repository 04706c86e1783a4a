(SELECT json_build_object('working_days', round(d.days, 2), 'date', e.day,
                                     'after_due_date', e.day > (job.due AT TIME ZONE clock.zone)::date)
              FROM (SELECT greatest(
                               (SELECT max(c.days) FROM (SELECT sum(l.days) AS days FROM days_left l GROUP BY l.cell_id) c),
                               (SELECT max(c.days) FROM (SELECT sum(l.days) AS days FROM days_left l GROUP BY l.part_id) c)) AS days
                     WHERE job.status <> 'completed'
                       AND EXISTS (SELECT FROM days_left)
                       AND NOT EXISTS (SELECT FROM days_left l WHERE l.days IS NULL)) d
             CROSS JOIN LATERAL (SELECT h.day
                                   FROM opening_hours h
                                  WHERE h.closes > now()
                                  ORDER BY h.day
                                 OFFSET greatest(ceil(d.days), 1) - 1
                                  LIMIT 1) e)
