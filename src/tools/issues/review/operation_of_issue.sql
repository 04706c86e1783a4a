SELECT i.operation_id
  FROM {{live_issues}}
   AND i.id = $2
