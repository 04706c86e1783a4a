-- The work in progress of a cell once the job is there.
SELECT coalesce((SELECT w.wip FROM ({{cell_wip}}) w WHERE w.cell_id = $2), 0)
       + CASE WHEN EXISTS (SELECT 1 FROM {{live_operations}}
                              AND o.cell_id = $2 AND p.job_id = $3 AND {{queued}}) THEN 0 ELSE 1 END
