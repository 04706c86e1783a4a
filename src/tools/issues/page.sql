WITH page AS (
    SELECT * FROM (
        SELECT {{issue_columns}}, {{key}} AS sort_key
          FROM {{listed}}{{where}}
         ORDER BY {{key}} {{order}}
         LIMIT {{most}}) found
     LIMIT $2
)
