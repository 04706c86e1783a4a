coalesce((SELECT lpad(floor(1000000.0 * count(*) FILTER (WHERE o.status = 'completed') / nullif(count(*), 0))::text, 7, '0')
                    FROM {{mes}}.operations o
                   WHERE o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL), '~')
