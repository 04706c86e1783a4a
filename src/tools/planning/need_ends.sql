CASE WHEN NOT o.running THEN greatest(o.planned_start, o.planned_end)
     WHEN o.planned_start IS NULL AND o.planned_end IS NULL THEN 'infinity'
     ELSE greatest(o.planned_start, o.planned_end, now()) END
