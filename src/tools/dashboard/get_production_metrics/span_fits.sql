WITH {{span}}
SELECT t.starts < t.ends, t.local_ends <= t.local_starts + interval '{{max_days}} days',
       t.starts >= '1970-01-01 00:00+00' AND t.ends < '9999-01-01 00:00+00'
  FROM span t
