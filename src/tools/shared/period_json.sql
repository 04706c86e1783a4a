(SELECT json_build_object('days', $2, 'first_day', t.first_day, 'last_day', t.today, 'time_zone', t.zone,
                          'previous_first_day', t.first_day - $2, 'previous_last_day', t.first_day - 1) FROM period t)
