-- The customers of the newest jobs, each once whatever its case; $2 is the pattern of the text that was looked for.
SELECT min(btrim(j.customer) COLLATE "C"), count(*), bool_or(j.customer ILIKE $2)
  FROM {{live_jobs}}
   AND btrim(j.customer) <> ''
 GROUP BY lower(btrim(j.customer))
 ORDER BY bool_or(j.customer ILIKE $2) DESC, max(j.created_at) DESC, 1
 LIMIT $3
