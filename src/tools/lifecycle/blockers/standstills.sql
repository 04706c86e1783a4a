SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'standstill_issue', 'id', i.id, 'operation_id', i.operation_id,
                                 'severity', i.severity) AS blocker
          FROM {{mes}}.issues i
         WHERE i.tenant_id = $1
           AND i.operation_id = ANY ($2)
           AND i.causes_standstill
           AND {{is_pending}}
         ORDER BY i.created_at, i.id
         LIMIT 10) b
