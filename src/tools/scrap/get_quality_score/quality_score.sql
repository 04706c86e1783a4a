WITH {{period}}, side AS (
    SELECT v.now, CASE WHEN v.now THEN t.starts ELSE t.previous_starts END AS starts,
           CASE WHEN v.now THEN t.ends ELSE t.starts END AS ends
      FROM period t CROSS JOIN (VALUES (true), (false)) AS v (now)
), made AS (
    SELECT s.now, sum(q.quantity_produced) AS produced, sum(q.quantity_good) AS good
      FROM side s
     CROSS JOIN {{live_lots}}
       AND q.recorded_at >= s.starts AND q.recorded_at < s.ends
     GROUP BY s.now
), opened AS (
    SELECT s.now, count(*) FILTER (WHERE i.severity = 'critical') AS critical,
           count(*) FILTER (WHERE i.severity = 'high') AS high,
           count(*) FILTER (WHERE i.severity = 'medium') AS medium,
           count(*) FILTER (WHERE i.severity = 'low') AS low
      FROM side s, {{mes}}.issues i, {{live_operations}}
       AND i.tenant_id = $1 AND i.operation_id = o.id AND i.created_at >= s.starts AND i.created_at < s.ends
     GROUP BY s.now
), resolved AS (
    SELECT s.now, count(*) AS resolved,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM i.reviewed_at - i.created_at) / 86400)::numeric AS median
      FROM side s, {{mes}}.issues i, {{live_operations}}
       AND i.tenant_id = $1 AND i.operation_id = o.id AND i.status <> 'pending' AND i.reviewed_at >= i.created_at
       AND i.reviewed_at >= s.starts AND i.reviewed_at < s.ends
     GROUP BY s.now
), input AS (
    SELECT s.now, coalesce(m.produced, 0) AS produced, coalesce(m.good, 0) AS good,
           coalesce(o.critical, 0) AS critical, coalesce(o.high, 0) AS high, coalesce(o.medium, 0) AS medium,
           coalesce(o.low, 0) AS low, 10 * coalesce(o.critical, 0) + 5 * coalesce(o.high, 0) + 2 * coalesce(o.medium, 0)
           + coalesce(o.low, 0) AS points, coalesce(r.resolved, 0) AS resolved, r.median
      FROM side s
      LEFT JOIN made m ON m.now = s.now
      LEFT JOIN opened o ON o.now = s.now
      LEFT JOIN resolved r ON r.now = s.now
), component AS (
    -- least and greatest leave nulls out, so they stand behind the check for data.
    SELECT v.name, v.weight, v.formula, i.now, v.score, v.inputs
      FROM input i
     CROSS JOIN LATERAL (SELECT 1000.0 * i.points / nullif(i.produced, 0) AS rate) r
     CROSS JOIN LATERAL (VALUES
        ('first_pass_yield', 0.5, '100 x good_pieces / produced_pieces', 100.0 * i.good / nullif(i.produced, 0),
         json_build_object('good_pieces', i.good, 'produced_pieces', i.produced,
                           'first_pass_yield_percent', round(100.0 * i.good / nullif(i.produced, 0), 2))),
        ('issue_rate', 0.3,
         '100 - points_per_1000_pieces, at least 0; a critical issue has 10 points, high 5, medium 2, low 1',
         CASE WHEN r.rate IS NOT NULL THEN greatest(0, 100 - r.rate) END,
         json_build_object('low', i.low, 'medium', i.medium, 'high', i.high, 'critical', i.critical, 'points', i.points,
                           'produced_pieces', i.produced, 'points_per_1000_pieces', round(r.rate, 2))),
        ('resolution', 0.2, '100 for a median of 3 days or less, 0 for 10 days or more, linear in between',
         CASE WHEN i.median IS NOT NULL THEN least(100, greatest(0, 100 * (10 - i.median) / (10 - 3))) END,
         json_build_object('resolved_issues', i.resolved, 'median_resolution_days', round(i.median, 2)))
        ) AS v (name, weight, formula, score, inputs)
), compared AS (
    SELECT n.name, n.weight, n.formula, n.score, n.inputs, b.score AS previous_score, b.inputs AS previous_inputs,
           n.weight / sum(n.weight) FILTER (WHERE n.score IS NOT NULL) OVER () AS effective_weight,
           n.score IS NOT NULL AND b.score IS NOT NULL AS both
      FROM component n
      JOIN component b ON b.name = n.name AND NOT b.now
     WHERE n.now
), overall AS (
    -- Two scores made of the same components differ by what a reader sees; otherwise only the common ones are compared.
    SELECT o.*, CASE WHEN o.same THEN o.score - o.previous_score ELSE o.common_difference END AS difference
      FROM (SELECT round(sum(c.weight * c.score) / sum(c.weight) FILTER (WHERE c.score IS NOT NULL), 1) AS score,
                   round(sum(c.weight * c.previous_score) / sum(c.weight) FILTER (WHERE c.previous_score IS NOT NULL), 1)
                   AS previous_score,
                   bool_and((c.score IS NULL) = (c.previous_score IS NULL)) AS same,
                   round(sum(c.weight * (c.score - c.previous_score)) / sum(c.weight) FILTER (WHERE c.both), 1)
                   AS common_difference
              FROM compared c) o
)
SELECT json_build_object(
           'period', {{period_json}},
           'overall_score', w.score,
           'previous_overall_score', w.previous_score,
           'difference', w.difference,
           'trend', CASE WHEN w.difference >= 2 THEN 'improving' WHEN w.difference <= -2 THEN 'worsening'
                         WHEN w.difference IS NOT NULL THEN 'stable' END,
           'stable_within_points', 2,
           'compared_components', coalesce((SELECT json_agg(c.name ORDER BY c.weight DESC) FROM compared c WHERE c.both), '[]'),
           'components', (SELECT json_object_agg(
                                     c.name,
                                     json_build_object(
                                         'weight', c.weight,
                                         'effective_weight', CASE WHEN c.score IS NOT NULL THEN round(c.effective_weight, 4) END,
                                         'formula', c.formula, 'score', round(c.score, 1), 'previous_score', round(c.previous_score, 1),
                                         'inputs', c.inputs, 'previous_inputs', c.previous_inputs) ORDER BY c.weight DESC)
                            FROM compared c))::text
  FROM overall w
