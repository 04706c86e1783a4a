json_build_object('total', count(*), 'completed', count(*) FILTER (WHERE s.status = 'completed'),
                  'blocked', count(*) FILTER (WHERE s.status = 'blocked'))
