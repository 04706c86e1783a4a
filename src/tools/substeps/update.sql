-- $3 holds the fields that are to be set; a field that is not in it stays. Gives the values before and after, and no row when they are
-- the same: then the row stays as it is, and so does updated_at. The caller has locked the row.
WITH present AS (
    SELECT *
      FROM {{mes}}.substeps
     WHERE tenant_id = $1
       AND id = $2
), wanted AS (
    SELECT coalesce($3 ->> 'name', p.name) AS name,
           coalesce(($3 ->> 'sequence')::integer, p.sequence) AS sequence,
           coalesce($3 ->> 'status', p.status, 'not_started') AS status,
           CASE WHEN $3 ? 'notes' THEN $3 ->> 'notes' ELSE p.notes END AS notes
      FROM present p
)
UPDATE {{mes}}.substeps s
   SET name = w.name,
       sequence = w.sequence,
       status = w.status,
       notes = w.notes,
       completed_at = CASE WHEN w.status = 'completed' AND p.status = 'completed' THEN p.completed_at
                           WHEN w.status = 'completed' THEN now() END,
       completed_by = CASE WHEN w.status = 'completed' AND p.status = 'completed' THEN p.completed_by
                           WHEN w.status = 'completed' THEN ($3 ->> 'completed_by')::uuid END,
       updated_at = now()
  FROM wanted w, present p
 WHERE s.tenant_id = $1
   AND s.id = $2
   AND (w.name, w.sequence, w.status, w.notes) IS DISTINCT FROM (p.name, p.sequence, p.status, p.notes)
RETURNING json_build_object('name', p.name, 'sequence', p.sequence, 'status', coalesce(p.status, 'not_started'),
                            'notes', p.notes)::text,
          json_build_object('name', s.name, 'sequence', s.sequence, 'status', s.status, 'notes', s.notes)::text
