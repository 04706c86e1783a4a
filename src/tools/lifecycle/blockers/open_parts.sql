SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'open_part', 'id', p.id, 'part_number', p.part_number,
                                 'status', coalesce(p.status, 'not_started')) AS blocker
          FROM {{mes}}.parts p
         WHERE p.tenant_id = $1
           AND p.id = ANY ($2)
         ORDER BY p.part_number, p.id
         LIMIT 10) b
