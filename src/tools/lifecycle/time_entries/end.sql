-- The clock and not now(): this transaction may have waited for the one that began the entry. An entry that begins in the future ends
-- where it begins.
WITH ended AS MATERIALIZED (
    SELECT t.id, greatest(clock_timestamp(), t.start_time) AS at
      FROM {{mes}}.time_entries t
     WHERE t.tenant_id = $1
       AND t.operation_id = ANY ($2)
       AND t.end_time IS NULL
       FOR NO KEY UPDATE
), resumed AS (
    UPDATE {{mes}}.time_entry_pauses z
       SET resumed_at = greatest(e.at, z.paused_at),
           duration = round(extract(epoch FROM greatest(e.at, z.paused_at) - z.paused_at))
      FROM ended e
     WHERE z.time_entry_id = e.id
       AND z.resumed_at IS NULL
)
UPDATE {{mes}}.time_entries t
   SET end_time = e.at,
       is_paused = false,
       duration = greatest(0, round((extract(epoch FROM e.at - t.start_time) - p.seconds) / 60))
  FROM ended e
 CROSS JOIN LATERAL (
    -- As they were before this statement: a pause that it ends counts up to the entry's end.
    SELECT coalesce(sum(coalesce(z.duration, extract(epoch FROM coalesce(z.resumed_at, greatest(e.at, z.paused_at))
                                                                - z.paused_at))), 0) AS seconds
      FROM {{mes}}.time_entry_pauses z
     WHERE z.time_entry_id = e.id) p
 WHERE t.tenant_id = $1
   AND t.id = e.id
RETURNING t.operation_id
