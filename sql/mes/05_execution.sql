-- What happens to operations: resources, people, booked time and planned days.
--
-- Unlike Eryxon Flow's, the link tables have a tenant_id here. Tools never name it, so that the same statement works on
-- both; the default fills it in.

CREATE TABLE operation_resources (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL DEFAULT current_mcp_tenant() REFERENCES tenants (id) ON DELETE CASCADE,
    operation_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    quantity numeric(10,2) NOT NULL DEFAULT 1 CHECK (quantity > 0),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, operation_id, resource_id),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resources (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operation_resources_of_resource ON operation_resources (tenant_id, resource_id);
COMMENT ON TABLE operation_resources IS 'Resources that an operation requires.';

CREATE TABLE time_entries (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    operator_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    start_time timestamptz NOT NULL DEFAULT now(),
    end_time timestamptz CHECK (end_time >= start_time),
    duration integer CHECK (duration >= 0),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    is_paused boolean NOT NULL DEFAULT false,
    time_type text NOT NULL DEFAULT 'run' CHECK (time_type IN ('setup', 'run', 'rework', 'wait', 'breakdown')),
    PRIMARY KEY (tenant_id, id),
    CHECK (end_time IS NOT NULL OR duration IS NULL),
    FOREIGN KEY (tenant_id, operator_id) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id)
);
CREATE INDEX time_entries_of_operation ON time_entries (tenant_id, operation_id);
CREATE INDEX time_entries_of_operator ON time_entries (tenant_id, operator_id, start_time);
CREATE INDEX time_entries_started ON time_entries (tenant_id, start_time);
CREATE INDEX time_entries_open ON time_entries (tenant_id, operation_id) WHERE end_time IS NULL;
COMMENT ON TABLE time_entries IS 'Booked labour; end_time NULL means that the entry is still running.';
COMMENT ON COLUMN time_entries.duration IS 'Minutes without pauses; NULL while running.';

CREATE TABLE time_entry_pauses (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL DEFAULT current_mcp_tenant() REFERENCES tenants (id) ON DELETE CASCADE,
    time_entry_id uuid NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT now(),
    resumed_at timestamptz CHECK (resumed_at >= paused_at),
    duration integer CHECK (duration >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, time_entry_id) REFERENCES time_entries (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX time_entry_pauses_of_entry ON time_entry_pauses (tenant_id, time_entry_id);
COMMENT ON TABLE time_entry_pauses IS 'Pauses of a time entry.';
COMMENT ON COLUMN time_entry_pauses.duration IS 'Seconds, not minutes.';

CREATE TABLE operation_day_allocations (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    operation_id uuid NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    cell_id uuid NOT NULL,
    date date NOT NULL,
    hours_allocated numeric NOT NULL CHECK (hours_allocated > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, operation_id, date),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, cell_id) REFERENCES cells (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operation_day_allocations_at_cell ON operation_day_allocations (tenant_id, cell_id, date);
COMMENT ON TABLE operation_day_allocations IS 'The scheduler''s plan: hours of one operation on one day at one cell.';

CREATE TABLE assignments (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    operator_id uuid,
    part_id uuid,
    job_id uuid,
    assigned_by uuid NOT NULL,
    status assignment_status NOT NULL DEFAULT 'assigned',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    shop_floor_operator_id uuid,
    PRIMARY KEY (tenant_id, id),
    CHECK (operator_id IS NOT NULL OR shop_floor_operator_id IS NOT NULL),
    FOREIGN KEY (tenant_id, operator_id) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, part_id) REFERENCES parts (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, assigned_by) REFERENCES profiles (tenant_id, id),
    FOREIGN KEY (tenant_id, shop_floor_operator_id) REFERENCES operators (tenant_id, id)
);
CREATE INDEX assignments_of_operator ON assignments (tenant_id, operator_id);
CREATE INDEX assignments_of_part ON assignments (tenant_id, part_id);
CREATE INDEX assignments_of_job ON assignments (tenant_id, job_id);
COMMENT ON TABLE assignments IS 'Who is assigned to which part or job.';
