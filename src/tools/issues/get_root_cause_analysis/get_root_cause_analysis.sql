WITH RECURSIVE {{period}}, {{root_cause_groups}}, common AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY now DESC, before DESC, leader) AS rank FROM root_cause WHERE now >= $4
), opened AS (
    SELECT count(*) AS issues, count(*) FILTER (WHERE i.issue_type = 'ncr') AS ncrs,
           count(*) FILTER (WHERE i.issue_type = 'ncr' AND NOT EXISTS (SELECT FROM cause c WHERE c.id = i.id)) AS unexplained
      FROM period t, {{mes}}.issues i, {{live_operations}}
       AND i.tenant_id = $1 AND i.operation_id = o.id AND i.created_at >= t.starts AND i.created_at < t.ends
)
SELECT json_build_object(
           'period', {{period_json}},
           'min_occurrences', $4,
           'min_similarity_percent', $3,
           'issues', (SELECT json_build_object('total', w.issues,
                                               'with_root_cause', (SELECT count(*) FROM cause WHERE counts)) FROM opened w),
           'ncrs', (SELECT json_build_object('total', w.ncrs, 'without_root_cause', w.unexplained,
                                             'without_root_cause_percent', round(100.0 * w.unexplained / nullif(w.ncrs, 0), 2))
                      FROM opened w),
           'different_texts', (SELECT count(*) FROM wording),
           'compared_texts', (SELECT count(*) FROM words),
           'group_count', (SELECT count(*) FROM common),
           'groups', coalesce(
               (SELECT json_agg(json_build_object(
                           'root_cause', g.name,
                           'occurrence_count', g.now, 'previous_occurrence_count', g.before, 'change', g.now - g.before,
                           'variant_count', (SELECT count(*) FROM variant v WHERE v.leader = g.leader AND v.n > 0),
                           'variants', (SELECT json_agg(json_build_object(
                                                   'text', left(v.text, 300), 'occurrence_count', v.n,
                                                   'similarity_percent', round(v.percent, 0)) ORDER BY v.place)
                                          FROM (SELECT v.*, CASE WHEN v.place = v.leader THEN 100 ELSE a.percent END AS percent
                                                  FROM variant v LEFT JOIN alike a ON a.one = v.leader AND a.other = v.place
                                                 WHERE v.leader = g.leader AND v.n > 0
                                                 ORDER BY v.place LIMIT 10) v),
                           'by_severity', (SELECT {{count_by_severity}}
                                             FROM occurrence i WHERE i.leader = g.leader AND i.counts),
                           'affected_cell_count', (SELECT count(DISTINCT i.cell_id)
                                                     FROM occurrence i WHERE i.leader = g.leader AND i.counts),
                           'affected_cells', (SELECT json_agg(json_build_object(
                                                         'cell_id', n.cell_id, 'cell_name', n.cell_name, 'occurrence_count', n.n)
                                                         ORDER BY n.n DESC, n.cell_id)
                                                FROM (SELECT i.cell_id, i.cell_name, count(*) AS n
                                                        FROM occurrence i WHERE i.leader = g.leader AND i.counts
                                                       GROUP BY i.cell_id, i.cell_name
                                                       ORDER BY n DESC, i.cell_id LIMIT 10) n),
                           'sample_corrective_actions', coalesce(
                               (SELECT json_agg(left(a.corrective_action, 300) ORDER BY a.n DESC, a.corrective_action)
                                  FROM (SELECT i.corrective_action, count(*) AS n
                                          FROM occurrence i WHERE i.leader = g.leader AND i.corrective_action IS NOT NULL
                                         GROUP BY i.corrective_action
                                         ORDER BY n DESC, i.corrective_action LIMIT 3) a), '[]'),
                           'corrected_at', g.corrected_at,
                           'occurrences_after_correction', g.returned,
                           'first_occurrence_at', o.first_at, 'last_occurrence_at', o.last_at,
                           'issue_ids', to_json(g.ids[1:20])) ORDER BY g.rank)
                  FROM common g
                 CROSS JOIN LATERAL (SELECT min(i.created_at) AS first_at, max(i.created_at) AS last_at
                                       FROM occurrence i WHERE i.leader = g.leader AND i.counts) o
                 WHERE g.rank <= $5), '[]'),
           'truncated', (SELECT count(*) > $5 FROM common))::text
