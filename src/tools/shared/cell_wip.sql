SELECT o.cell_id, count(DISTINCT p.job_id) AS wip
      FROM {{live_operations}}
       AND {{queued}}
     GROUP BY o.cell_id
