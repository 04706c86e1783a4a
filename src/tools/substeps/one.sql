WITH page AS (
    SELECT {{columns}}, s.sequence AS sort_key
      FROM {{live_substeps}}
       AND s.id = $2
)
