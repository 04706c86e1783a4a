CASE WHEN k.day_type IN ('holiday', 'closure') THEN 0
     WHEN k.day_type = 'half_day' THEN coalesce(k.capacity_multiplier, 0.5)
     WHEN k.day_type IS NOT NULL THEN coalesce(k.capacity_multiplier, 1)
     ELSE (t.working_days >> (extract(isodow FROM d.day)::integer - 1)) & 1 END
