page AS (
    SELECT * FROM (
        SELECT {{columns}}, {{key}} AS sort_key
          FROM {{listed}}{{where}}
         ORDER BY {{key}} {{order}}
         LIMIT {{most}}) found
     LIMIT $2
)
