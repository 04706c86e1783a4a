-- Open NCRs on the operation ($2) with the category ($3), without the new one ($4).
SELECT json_agg(row_to_json(s) ORDER BY s.created_at DESC, s.id)::text
  FROM (SELECT i.id, {{ncr_number}} AS ncr_number, i.title, i.severity, coalesce(i.status, 'pending') AS status, i.created_at
          FROM {{mes}}.issues i
         WHERE i.tenant_id = $1
           AND i.operation_id = $2
           AND i.issue_type = 'ncr'
           AND i.ncr_category = $3::{{mes}}.ncr_category
           AND coalesce(i.status, 'pending') IN ('pending', 'approved')
           AND i.id <> $4
         ORDER BY i.created_at DESC, i.id
         LIMIT 10) s
