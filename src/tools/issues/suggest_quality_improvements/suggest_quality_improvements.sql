WITH RECURSIVE {{period}}, {{root_cause_groups}}, need AS (
    SELECT * FROM json_to_record($4::json) AS x (
        min_root_cause_occurrences numeric, min_returns_after_correction numeric, min_category_issues numeric,
        max_open_high_severity numeric, max_open_standstills numeric, min_increase_percent numeric,
        max_open_days numeric, max_open_too_long numeric, max_median_resolution_days numeric, min_cell_issues numeric,
        min_rate_ratio numeric)
), issue AS MATERIALIZED (
    SELECT i.id, i.created_at, i.severity, i.ncr_category, i.causes_standstill, o.id AS operation_id, o.operation_name,
           o.cell_id, c.name AS cell_name, i.created_at >= t.starts AS now,
           i.created_at >= t.previous_starts AND i.created_at < t.starts AS before,
           coalesce(i.status, 'pending') = 'pending' AS open,
           i.created_at < t.starts AND (coalesce(i.status, 'pending') = 'pending' OR i.reviewed_at >= t.starts) AS was_open,
           CASE WHEN i.status <> 'pending' AND i.reviewed_at >= i.created_at THEN i.reviewed_at END AS resolved_at
      FROM period t, {{mes}}.issues i, {{live_operations}}
       AND i.tenant_id = $1 AND i.operation_id = o.id AND i.created_at < t.ends
), produced AS MATERIALIZED (
    SELECT o.cell_id, sum(q.quantity_produced) FILTER (WHERE q.recorded_at >= t.starts) AS now,
           sum(q.quantity_produced) FILTER (WHERE q.recorded_at < t.starts) AS before
      FROM period t, {{mes}}.operation_quantities q, {{live_operations}}
       AND q.tenant_id = $1 AND q.operation_id = o.id AND q.recorded_at >= t.previous_starts AND q.recorded_at < t.ends
     GROUP BY o.cell_id
), total AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE i.now) AS now, count(*) FILTER (WHERE i.before) AS before,
           (SELECT sum(p.now) FROM produced p) AS pieces, (SELECT sum(p.before) FROM produced p) AS pieces_before
      FROM issue i
), cell AS MATERIALIZED (
    SELECT i.*, p.now AS pieces, p.before AS pieces_before, w.now - i.now AS others, w.before - i.before AS others_before,
           w.pieces - p.now AS other_pieces, w.pieces_before - p.before AS other_pieces_before
      FROM total w,
           (SELECT i.cell_id, i.cell_name, {{columns_of_opened}} FROM issue i WHERE i.now OR i.before GROUP BY i.cell_id, i.cell_name) i
      LEFT JOIN produced p ON p.cell_id = i.cell_id
), counted AS (
    SELECT 'root_cause_repeats' AS rule, 'recurring_issues' AS area, 'root_cause' AS kind, NULL::uuid AS id, g.name,
           g.now, g.before, g.ids, w.pieces, w.pieces_before, n.min_root_cause_occurrences AS threshold,
           g.now >= n.min_root_cause_occurrences AS fires, false AS only_significant
      FROM need n, total w, root_cause g
     WHERE $3 IN ('all', 'recurring_issues')
    UNION ALL
    SELECT 'ncr_category_repeats', 'recurring_issues', 'ncr_category', NULL, i.ncr_category::text,
           i.now, i.before, i.ids, w.pieces, w.pieces_before, n.min_category_issues, i.now >= n.min_category_issues, false
      FROM need n, total w,
           (SELECT i.ncr_category, {{columns_of_opened}} FROM issue i WHERE i.ncr_category IS NOT NULL GROUP BY i.ncr_category) i
    UNION ALL
    SELECT 'high_severity_increases', 'high_severity', 'factory', NULL, NULL,
           i.now, i.before, i.ids, w.pieces, w.pieces_before, i.before * (1 + n.min_increase_percent / 100),
           i.now > i.before * (1 + n.min_increase_percent / 100), true
      FROM need n, total w, (SELECT {{columns_of_opened}} FROM issue i WHERE i.severity IN ('high', 'critical')) i
    UNION ALL
    SELECT 'cell_repeats', 'cell_problems', 'cell', i.cell_id, i.cell_name,
           i.now, i.before, i.ids, i.pieces, i.pieces_before, n.min_cell_issues, i.now >= n.min_cell_issues, false
      FROM need n, cell i
), waiting AS (
    -- What is open now, against what was open when the period began; an issue may stand in both, so there is no test.
    SELECT 'high_severity_open' AS rule, 'high_severity' AS area, 'severity' AS kind, NULL::uuid AS id,
           i.severity::text AS name, {{columns_of_waiting}}, n.max_open_high_severity AS threshold,
           CASE i.severity WHEN 'critical' THEN 'critical' ELSE 'high' END AS priority
      FROM need n, issue i
     WHERE i.severity IN ('high', 'critical')
     GROUP BY i.severity, n.max_open_high_severity
    UNION ALL
    SELECT 'standstill_open', 'high_severity', 'operation', i.operation_id, i.operation_name, {{columns_of_waiting}},
           n.max_open_standstills, 'high'
      FROM need n, issue i
     WHERE i.causes_standstill
     GROUP BY i.operation_id, i.operation_name, n.max_open_standstills
    UNION ALL
    SELECT 'open_too_long', 'slow_resolution', 'factory', NULL, NULL, {{columns_of_waiting}}, i.threshold, NULL
      FROM (SELECT i.id, i.created_at, n.max_open_too_long AS threshold,
                   i.open AND i.created_at < now() - n.max_open_days * interval '1 day' AS open,
                   i.was_open AND i.created_at < t.starts - n.max_open_days * interval '1 day' AS was_open
              FROM need n, period t, issue i) i
     GROUP BY i.threshold
), resolution AS (
    SELECT count(*) FILTER (WHERE r.now) AS now, count(*) FILTER (WHERE NOT r.now) AS before,
           count(*) FILTER (WHERE r.now AND r.days > r.target) AS slow,
           count(*) FILTER (WHERE NOT r.now AND r.days > r.target) AS slow_before,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY r.days) FILTER (WHERE r.now) AS median,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY r.days) FILTER (WHERE NOT r.now) AS median_before,
           array_agg(r.id ORDER BY r.days DESC, r.id) FILTER (WHERE r.now AND r.days > r.target) AS ids
      FROM (SELECT i.id, i.resolved_at >= t.starts AS now, n.max_median_resolution_days AS target,
                   extract(epoch FROM i.resolved_at - i.created_at) / 86400 AS days
              FROM need n, period t, issue i
             WHERE i.resolved_at >= t.previous_starts AND i.resolved_at < t.ends) r
), signal AS (
    SELECT rule, area, kind, id, name, 'issues' AS unit, now::numeric AS value, before::numeric AS previous, threshold, fires,
           only_significant, NULL::text AS priority, 'poisson' AS test,
           now::numeric AS x1, pieces::numeric AS e1, before::numeric AS x0, pieces_before::numeric AS e0,
           1000.0 * now / nullif(pieces, 0) AS rate, 1000.0 * before / nullif(pieces_before, 0) AS previous_rate,
           now AS issues, ids
      FROM counted
    UNION ALL
    SELECT rule, area, kind, id, name, 'issues', now, before, threshold, now > threshold,
           false, priority, 'none', NULL, NULL, NULL, NULL, NULL, NULL, now, ids
      FROM waiting
    UNION ALL
    SELECT 'root_cause_returns', 'recurring_issues', 'root_cause', NULL, g.name, 'issues', g.returned, NULL,
           n.min_returns_after_correction, g.returned >= n.min_returns_after_correction,
           false, NULL, 'none', NULL, NULL, NULL, NULL, 1000.0 * g.returned / nullif(w.pieces, 0), NULL, g.returned, g.returned_ids
      FROM need n, total w, root_cause g
     WHERE $3 IN ('all', 'recurring_issues')
    UNION ALL
    SELECT 'resolution_slow', 'slow_resolution', 'factory', NULL, NULL, 'days', r.median::numeric, r.median_before::numeric,
           n.max_median_resolution_days, r.median > n.max_median_resolution_days,
           false, NULL, 'two_proportions', r.slow, r.now, r.slow_before, r.before, NULL, NULL, r.now, r.ids
      FROM need n, resolution r
    UNION ALL
    SELECT 'cell_rate_above_others', 'cell_problems', 'cell', i.cell_id, i.cell_name, 'ratio',
           1.0 * i.now * i.other_pieces / nullif(i.pieces * i.others, 0),
           1.0 * i.before * i.other_pieces_before / nullif(i.pieces_before * i.others_before, 0), n.min_rate_ratio,
           1.0 * i.now * i.other_pieces >= n.min_rate_ratio * i.pieces * i.others,
           true, NULL, 'poisson_against_other_cells', i.now, i.pieces, i.others, i.other_pieces,
           1000.0 * i.now / nullif(i.pieces, 0), 1000.0 * i.before / nullif(i.pieces_before, 0), i.now, i.ids
      FROM need n, cell i
), tested AS (
    -- Under the null hypothesis x1 of all x1 + x0 events fall to the first side by its share of the exposure. Both tests
    -- correct for continuity: without it four issues against none would count as significant.
    SELECT s.*, e.per_piece, sign(g.gap) * greatest(abs(g.gap) - g.correction, 0) / nullif(g.deviation, 0) AS z
      FROM signal s
     CROSS JOIN LATERAL (SELECT coalesce(s.e1 > 0 AND s.e0 > 0, false) AS per_piece) e
     CROSS JOIN LATERAL (
        SELECT s.x1 - (s.x1 + s.x0) * p.share AS gap, 0.5 AS correction,
               sqrt((s.x1 + s.x0) * p.share * (1 - p.share)) AS deviation
          FROM (SELECT CASE WHEN e.per_piece THEN s.e1 / (s.e1 + s.e0) ELSE 0.5 END AS share) p
         WHERE s.test = 'poisson' OR s.test = 'poisson_against_other_cells' AND e.per_piece
        UNION ALL
        SELECT s.x1 / s.e1 - s.x0 / s.e0, p.each / 2, sqrt(p.pooled * (1 - p.pooled) * p.each)
          FROM (SELECT (s.x1 + s.x0) / (s.e1 + s.e0) AS pooled, 1 / s.e1 + 1 / s.e0 AS each WHERE e.per_piece) p
         WHERE s.test = 'two_proportions'
        UNION ALL
        SELECT NULL, NULL, NULL
         WHERE s.test = 'none' OR s.test <> 'poisson' AND NOT e.per_piece) g
     WHERE s.fires AND $3 IN ('all', s.area)
), finding AS MATERIALIZED (
    SELECT f.*, row_number() OVER (ORDER BY array_position('{critical,high,medium,low}', f.urgency), f.significant DESC,
                                   f.value / greatest(f.threshold, 1) DESC NULLS FIRST, f.rule, f.id, f.name) AS rank
      FROM (SELECT t.*, abs(t.z) > 1.96 IS TRUE AS significant,
                   coalesce(t.priority,
                            CASE WHEN t.z > 1.96 OR t.value >= 2 * greatest(t.threshold, 1) THEN 'high'
                                 WHEN t.z < -1.96 THEN 'low' ELSE 'medium' END) AS urgency
              FROM tested t) f
     WHERE NOT f.only_significant OR f.z > 1.96
)
SELECT json_build_object(
           'period', {{period_json}},
           'focus_area', $3,
           'thresholds', $4::json,
           'rules_checked', $5::json,
           'totals', (SELECT json_build_object(
                               'issues', w.now, 'previous_issues', w.before,
                               'pieces', coalesce(w.pieces, 0), 'previous_pieces', coalesce(w.pieces_before, 0),
                               'issues_per_1000_pieces', round(1000.0 * w.now / nullif(w.pieces, 0), 2),
                               'previous_issues_per_1000_pieces', round(1000.0 * w.before / nullif(w.pieces_before, 0), 2))
                      FROM total w),
           'finding_count', (SELECT count(*) FROM finding),
           'findings', coalesce(
               (SELECT json_agg(json_build_object(
                           'rule', f.rule, 'focus_area', f.area, 'priority', f.urgency,
                           'scope', json_build_object('kind', f.kind, 'id', f.id, 'name', f.name),
                           'value', round(f.value, 2), 'unit', f.unit, 'threshold', round(f.threshold, 2),
                           'previous_value', round(f.previous, 2), 'change', round(f.value - f.previous, 2),
                           'issues_per_1000_pieces', round(f.rate, 2),
                           'previous_issues_per_1000_pieces', round(f.previous_rate, 2),
                           'significant', f.significant,
                           'test', CASE WHEN f.test <> 'poisson' THEN f.test
                                        WHEN f.per_piece THEN 'poisson_per_piece' ELSE 'poisson_per_day' END,
                           'z', round(f.z, 2),
                           'issue_count', f.issues, 'issue_ids', coalesce(to_json(f.ids[1:10]), '[]')) ORDER BY f.rank)
                  FROM finding f
                 WHERE f.rank <= $6), '[]'),
           'truncated', (SELECT count(*) > $6 FROM finding))::text
