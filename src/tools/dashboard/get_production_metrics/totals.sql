json_build_object(
               'jobs', json_build_object(
                   'completed', coalesce(n.jobs, 0), 'on_time', coalesce(n.on_time, 0),
                   'late', coalesce(n.with_due - n.on_time, 0),
                   'without_due_date', coalesce(n.jobs - n.with_due, 0),
                   'on_time_percent', round(100.0 * n.on_time / nullif(n.with_due, 0), 2),
                   'lead_time_measured', coalesce(n.measured, 0),
                   'lead_time_median_days', round(n.lead_median::numeric, 2),
                   'lead_time_average_days', round(n.lead_average, 2)),
               'operations', {{operations_json}},
               'pieces', {{pieces}},
               'time', {{time_json}})
