-- Statistics for the planner, and cleaning up what only loading needs.

DROP TABLE load_issue, load_part, load_job, load_tenant, load_size;
DROP FUNCTION pg_temp.load_share(bigint, bigint), pg_temp.load_id(text, text, bigint), pg_temp.load_id(text, text, bigint, bigint);

-- The tables that others refer to have been analysed already.
ANALYZE user_roles, operation_quantities, issues, ncr_counters, notifications, activity_log, mcp_key_usage_logs, mcp_keys, mcp_key_counters,
        mcp_rate_slots;
