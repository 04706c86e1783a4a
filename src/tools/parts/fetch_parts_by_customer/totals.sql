SELECT json_build_object('parts', count(*), 'jobs', count(DISTINCT p.job_id),
                         'customers', count(DISTINCT lower(btrim(j.customer))))::text
  FROM {{live_parts}}{{where}}
