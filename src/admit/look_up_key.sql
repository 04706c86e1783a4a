SELECT n.nspname::text,
       k.id,
       k.tenant_id,
       k.name,
       k.allowed_tools,
       k.rate_limit,
       coalesce(c.features -> 'events' = 'true', false),
       k.key_hash,
       k.enabled
           AND coalesce(k.expires_at > clock_timestamp(), true)
           AND coalesce(c.enabled, true),
       k.created_by,
       k.key_sha256,
       s.unavailable,
       s.application_switch
  FROM {{extension}}.mcp_settings s
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.mes_schema
  LEFT JOIN {{keys}}
  LEFT JOIN {{extension}}.mcp_server_config c ON c.tenant_id = k.tenant_id
