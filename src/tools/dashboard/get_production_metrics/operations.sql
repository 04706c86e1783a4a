json_build_object('completed', coalesce(n.operations, 0), 'estimated_time_minutes', coalesce(n.estimated, 0),
                  'actual_time_minutes', coalesce(n.actual, 0),
                  'actual_of_estimated_percent', round(100.0 * n.actual / nullif(n.estimated, 0), 1))
