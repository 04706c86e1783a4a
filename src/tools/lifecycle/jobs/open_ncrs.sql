-- The pending NCRs of a job: how many, and the first ten.
SELECT json_build_object('count', count(*), 'first', coalesce(json_agg(b.blocker) FILTER (WHERE b.position <= 10), '[]'))::text
  FROM (SELECT row_number() OVER (ORDER BY i.created_at, i.id) AS position,
               json_build_object('reason', 'open_ncr', 'id', i.id, 'ncr_number', {{ncr_number}}, 'severity', i.severity,
                                 'status', coalesce(i.status, 'pending')) AS blocker
          FROM {{mes}}.parts p
          JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
          JOIN {{mes}}.issues i ON i.tenant_id = $1 AND i.operation_id = o.id AND i.issue_type = 'ncr'
                       AND coalesce(i.status, 'pending') = 'pending'
         WHERE p.tenant_id = $1
           AND p.job_id = $2
           AND p.deleted_at IS NULL
         ORDER BY 1) b
