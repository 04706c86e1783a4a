CASE WHEN k.day_type IS NOT NULL THEN k.day_type NOT IN ('holiday', 'closure')
     ELSE (t.working_days >> (extract(isodow FROM d.day)::integer - 1)) & 1 = 1 END
