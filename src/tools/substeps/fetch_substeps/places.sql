SELECT $2::uuid IS NULL OR EXISTS (SELECT FROM {{live_operations}} AND o.id = $2),
       $3::uuid IS NULL OR EXISTS (SELECT FROM {{live_parts}} AND p.id = $3),
       $4::uuid IS NULL OR EXISTS (SELECT FROM {{live_jobs}} AND j.id = $4)
