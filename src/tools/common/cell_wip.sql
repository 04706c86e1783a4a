SELECT o.cell_id, count(DISTINCT p.job_id) AS wip
      FROM /*live_operations*/
       AND coalesce(o.status, 'not_started') IN ('not_started', 'in_progress')
     GROUP BY o.cell_id
