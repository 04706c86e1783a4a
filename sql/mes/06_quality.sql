-- Quality: the quantity ledger, issues and non-conformance reports (NCRs).

CREATE TABLE operation_quantities (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    operation_id uuid NOT NULL,
    recorded_by uuid,
    quantity_produced integer NOT NULL DEFAULT 0 CHECK (quantity_produced >= 0),
    quantity_good integer NOT NULL DEFAULT 0 CHECK (quantity_good >= 0),
    quantity_scrap integer NOT NULL DEFAULT 0 CHECK (quantity_scrap >= 0),
    quantity_rework integer NOT NULL DEFAULT 0 CHECK (quantity_rework >= 0),
    scrap_reason_id uuid,
    material_lot text,
    material_supplier text,
    material_cert_number text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    notes text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CHECK (quantity_produced = quantity_good + quantity_scrap + quantity_rework),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, recorded_by) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, scrap_reason_id) REFERENCES scrap_reasons (tenant_id, id)
);
CREATE INDEX operation_quantities_recorded ON operation_quantities (tenant_id, recorded_at);
CREATE INDEX operation_quantities_of_operation ON operation_quantities (tenant_id, operation_id);
CREATE INDEX operation_quantities_of_reason ON operation_quantities (tenant_id, scrap_reason_id)
    WHERE scrap_reason_id IS NOT NULL;
COMMENT ON TABLE operation_quantities IS 'The quantity ledger: one row per reported lot.';

CREATE TABLE operation_quantity_scrap_reasons (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL DEFAULT current_mcp_tenant() REFERENCES tenants (id) ON DELETE CASCADE,
    operation_quantity_id uuid NOT NULL,
    scrap_reason_id uuid NOT NULL,
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, operation_quantity_id, scrap_reason_id),
    FOREIGN KEY (tenant_id, operation_quantity_id) REFERENCES operation_quantities (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, scrap_reason_id) REFERENCES scrap_reasons (tenant_id, id)
);
COMMENT ON TABLE operation_quantity_scrap_reasons IS 'The scrap of one lot, split over several reasons.';

CREATE TABLE issues (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    operation_id uuid NOT NULL,
    created_by uuid NOT NULL,
    description text NOT NULL,
    severity issue_severity NOT NULL,
    status issue_status NOT NULL DEFAULT 'pending',
    reviewed_by uuid,
    reviewed_at timestamptz,
    resolution_notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    title text,
    issue_type issue_type NOT NULL DEFAULT 'general',
    reported_by_id uuid,
    ncr_number text,
    ncr_category ncr_category,
    disposition ncr_disposition,
    root_cause text,
    corrective_action text,
    preventive_action text,
    affected_quantity integer CHECK (affected_quantity >= 0),
    verification_required boolean NOT NULL DEFAULT false,
    current_cell_id uuid,
    intended_next_cell_id uuid,
    causes_standstill boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, ncr_number),
    CONSTRAINT issues_ncr_fields CHECK (issue_type = 'ncr' OR num_nonnulls(ncr_number, ncr_category, disposition) = 0),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, reviewed_by) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, reported_by_id) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, current_cell_id) REFERENCES cells (tenant_id, id),
    FOREIGN KEY (tenant_id, intended_next_cell_id) REFERENCES cells (tenant_id, id)
);
CREATE INDEX issues_newest ON issues (tenant_id, created_at, id);
-- Why statuses are in predicates and texts have no index: see 04_work.sql.
CREATE INDEX issues_pending ON issues (tenant_id, created_at, id) WHERE status = 'pending';
CREATE INDEX issues_of_operation ON issues (tenant_id, operation_id);
CREATE INDEX issues_standstill ON issues (tenant_id, operation_id) WHERE causes_standstill AND status = 'pending';
COMMENT ON TABLE issues IS 'Quality issues; an NCR is a row with issue_type = ncr.';
COMMENT ON COLUMN issues.ncr_number IS 'NCR-<year>-<4 digits>, taken from ncr_counters; not a column of Eryxon Flow.';
COMMENT ON COLUMN issues.causes_standstill IS 'While the issue is pending, its operation is on hold (Yellow Card).';

CREATE TABLE ncr_counters (
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    year integer NOT NULL,
    last_number integer NOT NULL DEFAULT 0 CHECK (last_number >= 0),
    PRIMARY KEY (tenant_id, year)
);
COMMENT ON TABLE ncr_counters IS
    'Last NCR number per tenant and year. The row is locked by its update, so each number is issued once and, unlike with a sequence, a failed call leaves no gap.';
