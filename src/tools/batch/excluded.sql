-- The rows of the scope that filters leave alone, each counted at the first filter that does, and the listed ids outside the scope.
SELECT json_build_object(
           'completed', count(*) FILTER (WHERE s.reason = 'completed'),
           'due_later', count(*) FILTER (WHERE s.reason = 'due_later'),
           'in_progress', count(*) FILTER (WHERE s.reason = 'in_progress'),
           'other_status', count(*) FILTER (WHERE s.reason = 'other_status'),
           'outside_scope', 0{{outside}})::text
  FROM (SELECT CASE WHEN false THEN NULL::text{{reasons}} END AS reason
          FROM {{live}}{{where}}) s
