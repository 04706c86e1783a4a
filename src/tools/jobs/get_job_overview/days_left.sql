days_left AS MATERIALIZED (
    -- Days of its cell that each open operation still takes; null where the cell's hours are not known.
    SELECT o.cell_id, o.part_id,
           CASE o.remaining WHEN 0 THEN 0 ELSE o.remaining / (60 * nullif(o.hours_per_day, 0)) END AS days
      FROM operation o
     WHERE o.status <> 'completed'
)
