WITH page AS (
    SELECT {{columns}}, j.created_at AS sort_key
      FROM {{live_jobs}}
       AND j.id = $2
)
