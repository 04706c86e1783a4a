cause AS MATERIALIZED (
    -- The issues of both periods that have a root cause; text is the root cause without case, spacing and punctuation.
    SELECT w.*, w.created_at >= w.starts AS counts
      FROM (SELECT i.id, i.created_at, i.severity, o.cell_id, c.name AS cell_name, t.starts,
                   btrim(i.root_cause, E' \t\r\n') AS root_cause,
                   btrim(regexp_replace(lower(i.root_cause), '[[:punct:][:space:][:cntrl:]]+', ' ', 'g')) AS text,
                   a.corrective_action,
                   CASE WHEN i.status IN ('approved', 'closed') AND a.corrective_action IS NOT NULL
                        THEN i.reviewed_at END AS corrected_at
              FROM period t, {{mes}}.issues i, LATERAL (SELECT nullif(btrim(i.corrective_action, E' \t\r\n'), '')) a (corrective_action),
                   {{live_operations}}
               AND i.tenant_id = $1 AND i.operation_id = o.id AND i.root_cause IS NOT NULL
               AND i.created_at >= t.previous_starts AND i.created_at < t.ends) w
     WHERE w.text <> ''
), wording AS MATERIALIZED (
    SELECT text, count(*) FILTER (WHERE counts) AS n,
           row_number() OVER (ORDER BY count(*) FILTER (WHERE counts) DESC, count(*) DESC, text COLLATE "C") AS place
      FROM cause
     GROUP BY text
), words AS MATERIALIZED (
    -- These bounds keep the comparison of all pairs below two million steps, also when every text has the same words.
    SELECT w.*
      FROM (SELECT place, tokens, sum(cardinality(tokens)) OVER (ORDER BY place) AS total
              FROM (SELECT place, tsvector_to_array(to_tsvector('pg_catalog.english', left(text, 300))) AS tokens
                      FROM wording WHERE place <= 600) x) w
     WHERE w.total <= 6000
), token AS MATERIALIZED (
    SELECT w.place, k.token, cardinality(w.tokens) AS size FROM words w CROSS JOIN LATERAL unnest(w.tokens) AS k (token)
), alike AS MATERIALIZED (
    SELECT a.place AS one, b.place AS other, 100.0 * count(*) / (a.size + b.size - count(*)) AS percent
      FROM token a
      JOIN token b ON b.token = a.token AND b.place > a.place
     GROUP BY a.place, b.place, a.size, b.size
    HAVING 100 * count(*) >= {{least_similarity}} * (a.size + b.size - count(*))
), choice AS MATERIALIZED (
    SELECT other AS place, array_agg(one ORDER BY percent DESC, one) AS leaders, row_number() OVER (ORDER BY other) AS step
      FROM alike
     GROUP BY other
), led AS (
    -- From the most frequent text to the rarest: each joins the most similar text that leads a group, or leads one itself.
    -- So every text of a group is similar to the one that names it, however long the chain between two others.
    SELECT 0::bigint AS step, NULL::bigint AS place, NULL::bigint AS leader, '{}'::bigint[] AS followers
    UNION ALL
    SELECT s.step, s.place, x.leader, CASE WHEN x.leader IS NULL THEN l.followers ELSE l.followers || s.place END
      FROM led l
      JOIN choice s ON s.step = l.step + 1
     CROSS JOIN LATERAL (SELECT (SELECT u.leader FROM unnest(s.leaders) WITH ORDINALITY AS u (leader, rank)
                                  WHERE u.leader <> ALL (l.followers) ORDER BY u.rank LIMIT 1) AS leader) x
), variant AS MATERIALIZED (
    SELECT w.*, coalesce(l.leader, w.place) AS leader FROM wording w LEFT JOIN led l ON l.place = w.place
), occurrence AS MATERIALIZED (
    SELECT c.*, v.leader, v.place, min(c.corrected_at) OVER (PARTITION BY v.leader) AS first_corrected_at
      FROM cause c
      JOIN variant v ON v.text = c.text
), root_cause AS MATERIALIZED (
    SELECT leader, count(*) FILTER (WHERE counts) AS now, count(*) FILTER (WHERE NOT counts) AS before,
           left(mode() WITHIN GROUP (ORDER BY root_cause) FILTER (WHERE place = leader), 300) AS name,
           min(first_corrected_at) AS corrected_at,
           count(*) FILTER (WHERE counts AND created_at > first_corrected_at) AS returned,
           array_agg(id ORDER BY created_at DESC, id) FILTER (WHERE counts) AS ids,
           array_agg(id ORDER BY created_at DESC, id) FILTER (WHERE counts AND created_at > first_corrected_at) AS returned_ids
      FROM occurrence
     GROUP BY leader
)
