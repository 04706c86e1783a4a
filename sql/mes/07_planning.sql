-- Promised dates and quantities, and deviations from them.

CREATE TABLE expectations (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    entity_type text NOT NULL CHECK (entity_type IN ('job', 'operation', 'part')),
    -- Refers to one of three tables, so there is no foreign key.
    entity_id uuid NOT NULL,
    expectation_type expectation_type NOT NULL,
    belief_statement text NOT NULL,
    expected_value jsonb NOT NULL,
    expected_at timestamptz,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    superseded_by uuid,
    superseded_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    source text NOT NULL CHECK (source IN ('erp_sync', 'manual', 'scheduler', 'auto_replan', 'system', 'backfill',
        'job_creation', 'job_update', 'operation_creation', 'operation_update', 'due_date_change')),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, superseded_by) REFERENCES expectations (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES profiles (tenant_id, id)
);
CREATE INDEX expectations_of_entity ON expectations (tenant_id, entity_id);
COMMENT ON TABLE expectations IS 'Versioned promises of when something will be done; superseded_by NULL means in force.';

CREATE TABLE exceptions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    expectation_id uuid NOT NULL,
    exception_type exception_type NOT NULL,
    status exception_status NOT NULL DEFAULT 'open',
    actual_value jsonb,
    occurred_at timestamptz,
    deviation_amount numeric,
    deviation_unit text,
    detected_at timestamptz NOT NULL DEFAULT now(),
    detected_by_event uuid,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    resolved_at timestamptz,
    resolved_by uuid,
    resolution jsonb,
    root_cause text,
    corrective_action text,
    preventive_action text,
    metadata jsonb DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, expectation_id) REFERENCES expectations (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, acknowledged_by) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, resolved_by) REFERENCES profiles (tenant_id, id)
);
CREATE INDEX exceptions_of_expectation ON exceptions (tenant_id, expectation_id);
CREATE INDEX exceptions_open ON exceptions (tenant_id, detected_at) WHERE status = 'open';
COMMENT ON TABLE exceptions IS 'Promises that were broken or are about to be.';
