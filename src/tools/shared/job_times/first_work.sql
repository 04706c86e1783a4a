coalesce(
    (SELECT js.started_at FROM {{extension}}.mcp_job_times js WHERE js.tenant_id = $1 AND js.job_id = j.id),
    (SELECT min(je.start_time)
       FROM {{mes}}.parts jp
       JOIN {{mes}}.operations jo ON jo.tenant_id = $1 AND jo.part_id = jp.id AND jo.deleted_at IS NULL
       JOIN {{mes}}.time_entries je ON je.tenant_id = $1 AND je.operation_id = jo.id
      WHERE jp.tenant_id = $1 AND jp.job_id = j.id AND jp.deleted_at IS NULL),
    (SELECT min(jo.completed_at)
       FROM {{mes}}.parts jp
       JOIN {{mes}}.operations jo ON jo.tenant_id = $1 AND jo.part_id = jp.id AND jo.deleted_at IS NULL
      WHERE jp.tenant_id = $1 AND jp.job_id = j.id AND jp.deleted_at IS NULL))
