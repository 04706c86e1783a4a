(SELECT least(sum(t.duration), 2147483647)::integer
                FROM {{mes}}.time_entries t
               WHERE t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NOT NULL)
