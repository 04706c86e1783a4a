SELECT json_build_object(
           'total', count(*),
           'overdue', count(*) FILTER (WHERE {{due}} < now()),
           'due_within_3_days', count(*) FILTER (
               WHERE {{due}} >= now()
                 AND {{due}} < (SELECT ((now() AT TIME ZONE z.zone)::date + 4)::timestamp AT TIME ZONE z.zone
                                  FROM (SELECT {{time_zone}} AS zone) z)),
           'bullet_cards', count(*) FILTER (WHERE p.is_bullet_card),
           'blocked', count(*) FILTER (
               WHERE p.status = 'on_hold' OR j.status = 'on_hold' OR n.status = 'on_hold'
                  OR (n.status = 'not_started' AND n.cell_id = ANY (full_cells.ids))
                  OR EXISTS (SELECT FROM {{mes}}.issues i
                              WHERE i.tenant_id = $1 AND i.operation_id = n.id AND {{is_pending}}
                                AND i.causes_standstill)))::text
  FROM (SELECT array_agg(f.cell_id) AS ids FROM ({{full_cells}}) f) full_cells
 CROSS JOIN {{mes}}.parts p
  JOIN {{mes}}.jobs j ON j.tenant_id = p.tenant_id AND j.id = p.job_id AND j.deleted_at IS NULL
  {{next_operation}}
 WHERE p.tenant_id = $1
   AND p.deleted_at IS NULL
   AND {{open_and_due}}{{where}}
