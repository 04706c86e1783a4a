-- remaining: how many parts of the job there are from this row on, whatever the page.
WITH page AS (
    SELECT * FROM (
        SELECT p.id, p.part_number, p.job_id, j.job_number, j.customer, j.status AS job_status, p.material, p.quantity,
               p.status, p.is_bullet_card, p.current_cell_id, {{due}} AS effective_due_date, {{overdue}} AS overdue,
               count(*) OVER (PARTITION BY p.job_id) AS remaining, {{key}} AS sort_key
          FROM {{live_parts}}{{where}}
         ORDER BY {{key}} {{order}}
         LIMIT {{most}}) found
     LIMIT $2
)
