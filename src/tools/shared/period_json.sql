(SELECT json_build_object('days', {{days}}, 'first_day', t.first_day, 'last_day', t.today, 'time_zone', t.zone,
                          'previous_first_day', t.first_day - {{days}}, 'previous_last_day', t.first_day - 1) FROM period t)
