SELECT k.code
              FROM {{mes}}.issue_categories k,
                   LATERAL (SELECT btrim(substring(i.description FROM '^\s*\[([^]]{1,30})\]'))) AS prefix (code)
             WHERE k.tenant_id = $1 AND upper(k.code) = upper(prefix.code)
             ORDER BY k.code = prefix.code DESC, k.code
             LIMIT 1
