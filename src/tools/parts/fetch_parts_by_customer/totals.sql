json_build_object('parts', count(*), 'jobs', count(DISTINCT p.job_id),
                  'customers', count(DISTINCT lower(btrim(j.customer))))
