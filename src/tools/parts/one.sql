WITH page AS (
    SELECT {{columns}}, p.created_at AS sort_key
      FROM {{live_parts}}
       AND p.id = $2
)
