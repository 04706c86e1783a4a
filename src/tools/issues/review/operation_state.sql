SELECT json_build_object(
           'status', coalesce(o.status, 'not_started'),
           'pending_standstills', (SELECT count(*) FROM {{mes}}.issues i
                                    WHERE i.tenant_id = $1 AND i.operation_id = o.id AND i.causes_standstill
                                      AND {{is_pending}}))::text
  FROM {{mes}}.operations o
 WHERE o.tenant_id = $1
   AND o.id = $2
