SELECT greatest(1, ceil(extract(epoch FROM min(used_at) + interval '60 seconds' - clock_timestamp()) * 1000))::bigint
  FROM {{extension}}.mcp_rate_slots
 WHERE key_id = $1
   AND slot <= $2
   AND used_at > clock_timestamp() - interval '60 seconds'
