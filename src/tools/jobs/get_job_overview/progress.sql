(SELECT json_build_object(
                            'parts', (SELECT json_build_object('total', count(*),
                                                               'completed', count(*) FILTER (WHERE p.status = 'completed'))
                                        FROM part p),
                            'operations', json_build_object('total', count(*),
                                                            'completed', count(*) FILTER (WHERE o.status = 'completed')),
                            'operations_in_progress', count(*) FILTER (WHERE o.status = 'in_progress'),
                            'operations_on_hold', count(*) FILTER (WHERE o.status = 'on_hold'),
                            'percent_by_count', round(100.0 * count(*) FILTER (WHERE o.status = 'completed')
                                                      / nullif(count(*), 0), 1),
                            'percent_by_minutes', round(100.0 * coalesce(sum(o.planned) FILTER (WHERE o.status = 'completed'), 0)
                                                        / nullif(sum(o.planned), 0), 1))
                          FROM operation o)
