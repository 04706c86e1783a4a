WITH {{clock}}, {{opening_hours}}, full_cells AS MATERIALIZED (
    {{full_cells}}
), page AS (
    SELECT * FROM (
        SELECT p.id, p.part_number, p.job_id, j.job_number, j.customer, j.status AS job_status, p.material, p.quantity,
               p.status, p.is_bullet_card, {{due}} AS effective_due_date, {{overdue}} AS overdue, {{key}} AS sort_key
          FROM {{live_parts}}
           AND {{open_and_due}}{{where}}
         ORDER BY {{key}} {{order}}
         LIMIT {{most}}) found
     LIMIT $2
)
