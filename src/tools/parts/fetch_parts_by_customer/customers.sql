-- The customers of the newest jobs, each once regardless of case; $2 is the pattern of the text that was looked for, $3 the most customers.
SELECT json_agg(c)::text
  FROM (SELECT min(btrim(j.customer) COLLATE "C") AS customer, count(*) AS jobs, bool_or({{contains}}) AS contains
          FROM {{live_jobs}}
           AND btrim(j.customer) <> ''
         GROUP BY lower(btrim(j.customer))
         ORDER BY bool_or({{contains}}) DESC, max(j.created_at) DESC, 1
         LIMIT $3) c
