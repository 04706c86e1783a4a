-- The work itself: jobs are made of parts, parts of operations that run at cells, operations of substeps.
--
-- Lists are read newest first and paged by (created_at, id), compared as a row: PostgreSQL reads the indexes that end in
-- these two columns backwards.
--
-- Under row-level security, a condition can use an index only if its operator is leakproof. Enum comparison, @@, LIKE and
-- COALESCE are not, so an index on status, on the effective due date or on texts would be maintained but never used. A
-- status in the predicate of a partial index does work: it requires a constant in the query instead of a comparison at run
-- time. What a search looks for is compared with those rows of the tenant that the other conditions leave.

CREATE TABLE jobs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    job_number text NOT NULL CHECK (job_number <> ''),
    customer text,
    due_date timestamptz,
    due_date_override timestamptz,
    status job_status NOT NULL DEFAULT 'not_started',
    current_cell_id uuid,
    notes text,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    external_id text,
    external_source text,
    synced_at timestamptz,
    sync_hash text,
    deleted_at timestamptz,
    deleted_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, job_number),
    FOREIGN KEY (tenant_id, current_cell_id) REFERENCES cells (tenant_id, id),
    FOREIGN KEY (tenant_id, deleted_by) REFERENCES profiles (tenant_id, id)
);
CREATE UNIQUE INDEX jobs_external ON jobs (tenant_id, external_source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX jobs_newest ON jobs (tenant_id, created_at, id);
CREATE INDEX jobs_open ON jobs (tenant_id, created_at, id) WHERE status <> 'completed';
-- For counts by status, as an index-only scan.
CREATE INDEX jobs_live ON jobs (tenant_id, status) WHERE deleted_at IS NULL;
COMMENT ON TABLE jobs IS 'Customers'' orders.';
COMMENT ON COLUMN jobs.job_number IS 'Unique within the tenant; a soft-deleted job keeps its number.';
COMMENT ON COLUMN jobs.due_date_override IS 'Overrides due_date if set.';
COMMENT ON COLUMN jobs.started_at IS 'When the job first became in_progress; not a column of Eryxon Flow.';
COMMENT ON COLUMN jobs.completed_at IS 'When the job was completed; NULL again after it is reopened. Not a column of Eryxon Flow.';

CREATE TABLE parts (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    job_id uuid NOT NULL,
    parent_part_id uuid CHECK (parent_part_id <> id),
    part_number text NOT NULL CHECK (part_number <> ''),
    material text NOT NULL,
    -- NULL means not known yet; 0 means a part that is drawn but not made.
    quantity integer DEFAULT 1 CHECK (quantity >= 0),
    status job_status NOT NULL DEFAULT 'not_started',
    current_cell_id uuid,
    notes text,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    material_lot text,
    material_supplier text,
    material_cert_number text,
    drawing_no text,
    cnc_program_name text,
    is_bullet_card boolean NOT NULL DEFAULT false,
    external_id text,
    external_source text,
    synced_at timestamptz,
    sync_hash text,
    deleted_at timestamptz,
    deleted_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, part_number),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, parent_part_id) REFERENCES parts (tenant_id, id),
    FOREIGN KEY (tenant_id, current_cell_id) REFERENCES cells (tenant_id, id),
    FOREIGN KEY (tenant_id, deleted_by) REFERENCES profiles (tenant_id, id)
);
CREATE UNIQUE INDEX parts_external ON parts (tenant_id, external_source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX parts_newest ON parts (tenant_id, created_at, id);
CREATE INDEX parts_open ON parts (tenant_id, created_at, id) WHERE status <> 'completed';
CREATE INDEX parts_live ON parts (tenant_id, status) WHERE deleted_at IS NULL;
CREATE INDEX parts_of_job ON parts (tenant_id, job_id);
CREATE INDEX parts_of_parent ON parts (tenant_id, parent_part_id) WHERE parent_part_id IS NOT NULL;
COMMENT ON TABLE parts IS 'Items to make for a job; an assembly has parts below it.';
COMMENT ON COLUMN parts.part_number IS 'Unique within the tenant, not only within the job.';
COMMENT ON COLUMN parts.is_bullet_card IS 'Marks work that goes first, by house rule.';

CREATE TABLE operations (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    part_id uuid NOT NULL,
    cell_id uuid NOT NULL,
    assigned_operator_id uuid,
    operation_name text NOT NULL CHECK (operation_name <> ''),
    sequence integer NOT NULL,
    estimated_time integer NOT NULL CHECK (estimated_time >= 0),
    actual_time integer NOT NULL DEFAULT 0 CHECK (actual_time >= 0),
    status task_status NOT NULL DEFAULT 'not_started',
    completion_percentage integer NOT NULL DEFAULT 0 CHECK (completion_percentage BETWEEN 0 AND 100),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    metadata jsonb,
    setup_time numeric DEFAULT 0 CHECK (setup_time >= 0),
    run_time_per_unit numeric DEFAULT 0 CHECK (run_time_per_unit >= 0),
    wait_time numeric DEFAULT 0 CHECK (wait_time >= 0),
    changeover_time numeric DEFAULT 0 CHECK (changeover_time >= 0),
    planned_start timestamptz,
    planned_end timestamptz,
    external_id text,
    external_source text,
    synced_at timestamptz,
    deleted_at timestamptz,
    deleted_by uuid,
    status_before_hold task_status,
    PRIMARY KEY (tenant_id, id),
    CHECK (planned_end >= planned_start),
    FOREIGN KEY (tenant_id, part_id) REFERENCES parts (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, cell_id) REFERENCES cells (tenant_id, id),
    FOREIGN KEY (tenant_id, assigned_operator_id) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, deleted_by) REFERENCES profiles (tenant_id, id)
);
CREATE INDEX operations_newest ON operations (tenant_id, created_at, id);
CREATE INDEX operations_live ON operations (tenant_id, status) WHERE deleted_at IS NULL;
CREATE INDEX operations_of_part ON operations (tenant_id, part_id, sequence);
CREATE INDEX operations_open ON operations (tenant_id, cell_id, created_at, id) WHERE status <> 'completed';
CREATE INDEX operations_of_operator ON operations (tenant_id, assigned_operator_id)
    WHERE assigned_operator_id IS NOT NULL;
CREATE INDEX operations_completed ON operations (tenant_id, completed_at) WHERE completed_at IS NOT NULL;
COMMENT ON TABLE operations IS 'Steps of a part, each at one cell; the tools also call them tasks.';
COMMENT ON COLUMN operations.sequence IS 'Order within the part, usually 10, 20, 30; operations with equal numbers run in parallel.';
COMMENT ON COLUMN operations.estimated_time IS 'Minutes, like actual_time, setup_time, run_time_per_unit, wait_time and changeover_time.';
COMMENT ON COLUMN operations.status_before_hold IS 'The status before a Yellow Card (a pending standstill issue) put the operation on hold.';

CREATE TABLE substeps (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    operation_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    sequence integer NOT NULL,
    status text NOT NULL DEFAULT 'not_started'
        CHECK (status IN ('not_started', 'in_progress', 'completed', 'blocked')),
    notes text,
    completed_at timestamptz,
    completed_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, completed_by) REFERENCES profiles (tenant_id, id)
);
CREATE INDEX substeps_of_operation ON substeps (tenant_id, operation_id, sequence);
COMMENT ON TABLE substeps IS 'Checklist of an operation.';
