WITH {{wanted}}
SELECT json_agg(json_build_object(
           'id', w.id,
           'problem', CASE WHEN w.status = 'completed' THEN 'completed'
                           WHEN $4 IS NOT NULL AND w.old_start IS NULL AND w.old_end IS NULL THEN 'not_planned'
                           WHEN w.new_end < w.new_start THEN 'ends_before_start'
                           WHEN w.new_start NOT BETWEEN '0001-01-01' AND '9999-01-01'
                             OR w.new_end NOT BETWEEN '0001-01-01' AND '9999-01-01' THEN 'out_of_range'
                           WHEN $4 IS NULL AND w.new_end > w.new_start + interval '366 days' THEN 'too_long' END,
           'changes', (w.new_start, w.new_end) IS DISTINCT FROM (w.old_start, w.old_end)) ORDER BY w.id)::text
  FROM wanted w
