-- What stands in the way of operations, and what is left when they end.
SELECT json_agg(row_to_json(f))::text
  FROM (SELECT o.id,
               (SELECT count(*) FROM {{mes}}.issues i
                 WHERE i.tenant_id = $1 AND i.operation_id = o.id AND i.causes_standstill
                   AND {{is_pending}}) AS standstills,
               (SELECT count(*) FROM {{mes}}.operations e
                 WHERE e.tenant_id = $1 AND e.part_id = o.part_id AND e.deleted_at IS NULL
                   AND e.sequence < o.sequence AND e.status IS DISTINCT FROM 'completed') AS earlier,
               (SELECT count(*) FROM {{mes}}.time_entries t
                 WHERE t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NULL) AS running,
               (SELECT count(*) FROM {{mes}}.substeps s
                 WHERE s.tenant_id = $1 AND s.operation_id = o.id
                   AND s.status IS DISTINCT FROM 'completed') AS unfinished
          FROM {{mes}}.operations o
         WHERE o.tenant_id = $1
           AND o.id = ANY ($2)) f
