'count', b.now, 'previous_count', b.before, 'change', b.now - b.before,
                   'change_percent', round(100.0 * (b.now - b.before) / nullif(b.before, 0), 2),
                   'share_percent', round(100.0 * b.now / nullif(b.total, 0), 2),
                   'by_severity', b.by_severity, 'pending', b.now - b.resolved, 'resolved', b.resolved,
                   'resolution', CASE WHEN b.measured > 0 THEN json_build_object(
                       'measured', b.measured, 'average_days', round(b.average_days, 2),
                       'median_days', round(b.percentiles[1]::numeric, 2),
                       'p90_days', round(b.percentiles[2]::numeric, 2)) END
