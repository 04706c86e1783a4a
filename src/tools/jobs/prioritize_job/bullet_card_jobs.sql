WITH carded AS (
    SELECT p.job_id AS id, j.job_number, count(*) AS bullet_cards
      FROM {{live_parts}}
       AND p.is_bullet_card
       AND p.status IS DISTINCT FROM 'completed'
       AND j.status IS DISTINCT FROM 'completed'
     GROUP BY p.job_id, j.job_number
)
SELECT json_build_object(
           'job_number', (SELECT j.job_number FROM {{mes}}.jobs j WHERE j.tenant_id = $1 AND j.id = $2),
           'count', (SELECT count(*) FROM carded),
           'jobs', coalesce((SELECT json_agg(row_to_json(c) ORDER BY c.job_number, c.id)
                               FROM (SELECT * FROM carded ORDER BY job_number, id LIMIT {{most_listed}}) c), '[]'))::text
