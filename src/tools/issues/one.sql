WITH page AS (
    SELECT {{columns}}, i.created_at AS sort_key
      FROM {{live_issues}}
       AND i.id = $2
)
