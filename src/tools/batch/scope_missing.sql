SELECT $2 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {{mes}}.jobs t
                                       WHERE t.tenant_id = $1 AND t.id = $2 AND t.deleted_at IS NULL),
       $3 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {{mes}}.parts t
                                        JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = t.job_id AND j.deleted_at IS NULL
                                       WHERE t.tenant_id = $1 AND t.id = $3 AND t.deleted_at IS NULL),
       $4 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {{mes}}.cells t
                                       WHERE t.tenant_id = $1 AND t.id = $4 AND t.deleted_at IS NULL)
