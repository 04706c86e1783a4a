(SELECT json_build_object(
                          'total', count(*),
                          'open', count(*) FILTER (WHERE i.status = 'pending'),
                          'open_by_severity', {{open_by_severity}},
                          'total_ncrs', count(*) FILTER (WHERE i.issue_type = 'ncr'),
                          'open_ncrs', count(*) FILTER (WHERE i.issue_type = 'ncr' AND i.status = 'pending'),
                          'ncrs', CASE WHEN $5 THEN (SELECT coalesce(json_agg(s.json ORDER BY s.n), '[]')
                                                       FROM shown_issue s WHERE s.ncr) END,
                          'others', CASE WHEN $5 THEN (SELECT coalesce(json_agg(s.json ORDER BY s.n), '[]')
                                                         FROM shown_issue s WHERE NOT s.ncr) END)
                        FROM issue i)
