json_build_object('booked_minutes', coalesce(n.minutes, 0), 'setup_minutes', coalesce(n.setup, 0),
                  'run_minutes', coalesce(n.run, 0), 'rework_minutes', coalesce(n.redo, 0),
                  'wait_minutes', coalesce(n.wait, 0), 'breakdown_minutes', coalesce(n.breakdown, 0),
                  'availability_percent', round(100.0 * (coalesce(n.setup, 0) + coalesce(n.run, 0) + coalesce(n.redo, 0))
                                                / nullif(n.minutes, 0), 2))
