CASE WHEN NOT ({{is_working_day}}) THEN 0
     WHEN k.day_type = 'half_day' THEN coalesce(k.capacity_multiplier, 0.5)
     WHEN k.day_type IS NOT NULL THEN coalesce(k.capacity_multiplier, 1)
     ELSE 1 END
