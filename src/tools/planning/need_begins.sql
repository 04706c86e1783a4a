CASE WHEN o.running THEN least(o.planned_start, o.planned_end, now())
     ELSE coalesce(o.planned_start, o.planned_end) END
