(SELECT f.tenant_id, f.id, n.name
           FROM {{mes}}.profiles f CROSS JOIN LATERAL (VALUES (f.full_name), (f.username)) n (name)
         UNION
         SELECT r.tenant_id, r.id, n.name
           FROM {{mes}}.operators r CROSS JOIN LATERAL (VALUES (r.full_name), (r.employee_id)) n (name)) t WHERE t.tenant_id = $1
