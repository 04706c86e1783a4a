WITH page AS (
    SELECT {{columns}}, o.created_at AS sort_key
      FROM {{live_operations}}
       AND o.id = $2
)
