CASE WHEN coalesce(w.wip, 0) > c.wip_limit THEN 'over'
     WHEN coalesce(w.wip, 0) = c.wip_limit THEN 'at_capacity'
     WHEN c.wip_limit IS NOT NULL AND coalesce(w.wip, 0) >= least(c.wip_warning_threshold, 0.8 * c.wip_limit) THEN 'warning'
     ELSE 'available' END
