-- What a live MES schema has no place for. Where the host's own tables have it, these stay empty.

CREATE TABLE @extschema@.mcp_job_times (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    started_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (tenant_id, job_id)
);
COMMENT ON TABLE @extschema@.mcp_job_times IS 'When tools started and completed a job, if the host''s table jobs has no started_at or completed_at. A job that the application started or completed has no row: its times are derived when they are read.';
COMMENT ON COLUMN @extschema@.mcp_job_times.completed_at IS 'Of the last completion by a tool. A later completion of one of the job''s operations counts instead.';

CREATE TABLE @extschema@.mcp_ncr_numbers (
    tenant_id uuid NOT NULL,
    issue_id uuid NOT NULL,
    ncr_number text NOT NULL,
    PRIMARY KEY (tenant_id, issue_id),
    UNIQUE (tenant_id, ncr_number)
);
COMMENT ON TABLE @extschema@.mcp_ncr_numbers IS 'The numbers of NCRs, if the host has no column issues.ncr_number or no table ncr_counters. An NCR of a tool gets its number when it is made, one of the application when a tool first sees it. The number of a deleted NCR is not given again.';

CREATE TABLE @extschema@.mcp_ncr_counters (
    tenant_id uuid NOT NULL,
    year integer NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (tenant_id, year)
);
COMMENT ON TABLE @extschema@.mcp_ncr_counters IS 'The last number in mcp_ncr_numbers of each tenant and year. Whoever gives a number locks the row.';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_job_times', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_ncr_numbers', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_ncr_counters', '');
