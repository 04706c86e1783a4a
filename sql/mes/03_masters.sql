-- Master data of a factory: cells, materials, resources, codes and the calendar.

CREATE TABLE cells (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    color text,
    sequence integer NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    wip_limit integer CHECK (wip_limit >= 0),
    wip_warning_threshold integer CHECK (wip_warning_threshold >= 0),
    enforce_wip_limit boolean NOT NULL DEFAULT false,
    show_capacity_warning boolean NOT NULL DEFAULT true,
    capacity_hours_per_day numeric DEFAULT 8 CHECK (capacity_hours_per_day BETWEEN 0 AND 24),
    external_id text,
    external_source text,
    synced_at timestamptz,
    deleted_at timestamptz,
    deleted_by uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, deleted_by) REFERENCES profiles (tenant_id, id)
);
COMMENT ON TABLE cells IS 'Work centres, in the order of the shop floor (sequence).';
COMMENT ON COLUMN cells.wip_limit IS 'Maximum work in progress; NULL means no limit, 0 means closed for new work.';
COMMENT ON COLUMN cells.wip_warning_threshold IS 'A count like wip_limit, not a percentage.';

CREATE TABLE materials (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    color text,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
COMMENT ON TABLE materials IS 'Pick list; parts.material is plain text and does not refer to it.';

CREATE TABLE resources (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name text NOT NULL,
    type text NOT NULL,
    description text,
    identifier text,
    location text,
    status text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'in_use', 'maintenance', 'retired')),
    metadata jsonb,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    external_id text,
    external_source text,
    synced_at timestamptz,
    deleted_at timestamptz,
    deleted_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, deleted_by) REFERENCES profiles (tenant_id, id)
);
COMMENT ON TABLE resources IS 'Machines, tools, fixtures and stock that operations require.';

CREATE TABLE resource_cell_memberships (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    resource_id uuid NOT NULL,
    cell_id uuid NOT NULL,
    is_primary boolean NOT NULL DEFAULT true,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz CHECK (revoked_at >= assigned_at),
    assigned_by uuid,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resources (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, cell_id) REFERENCES cells (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, assigned_by) REFERENCES profiles (tenant_id, id)
);
CREATE UNIQUE INDEX resource_cell_memberships_current ON resource_cell_memberships (tenant_id, resource_id)
    WHERE revoked_at IS NULL;
CREATE INDEX resource_cell_memberships_cell ON resource_cell_memberships (tenant_id, cell_id);
COMMENT ON TABLE resource_cell_memberships IS 'Which cell a resource belongs to, over time; at most one at any time.';

CREATE TABLE scrap_reasons (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    code text NOT NULL,
    description text NOT NULL,
    category text NOT NULL CHECK (category IN ('material', 'process', 'equipment', 'operator', 'design', 'other')),
    active boolean NOT NULL DEFAULT true,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);
COMMENT ON TABLE scrap_reasons IS 'Scrap codes; deactivated (active), never deleted.';

CREATE TABLE issue_categories (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    code varchar(20) NOT NULL,
    description text NOT NULL,
    severity_default varchar(20) DEFAULT 'medium' CHECK (severity_default IN ('low', 'medium', 'high', 'critical')),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);
COMMENT ON TABLE issue_categories IS 'Codes that operators pick; an issue carries the code as the prefix [code] of its description.';

CREATE TABLE factory_calendar (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    date date NOT NULL,
    day_type text NOT NULL DEFAULT 'working' CHECK (day_type IN ('working', 'holiday', 'closure', 'half_day')),
    name text,
    opening_time time,
    closing_time time,
    capacity_multiplier numeric DEFAULT 1.0 CHECK (capacity_multiplier BETWEEN 0 AND 1),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, date)
);
COMMENT ON TABLE factory_calendar IS 'Days that differ from the tenant''s working_days_mask, in the tenant''s time zone.';
