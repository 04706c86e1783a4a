SELECT count(*) FILTER (WHERE s.status = 'blocked') AS blocked,
       count(*) FILTER (WHERE s.status = 'completed') AS completed,
       count(*) AS total
  FROM {{live_substeps}}
