-- Tenants and their people.
--
-- Keys of all MES tables:
--   * The primary key is (tenant_id, id), not (id): a foreign key (tenant_id, x_id) then cannot point into another
--     tenant, every key starts with the column by which a database would be sharded, and a tenant that inserts a chosen
--     id cannot learn from a violation that another tenant has that id. Only tenants and profiles are also unique by id
--     alone, because they are looked up before the tenant is known.
--   * Foreign keys that Eryxon Flow declares ON DELETE SET NULL are NO ACTION: with a composite key, SET NULL would
--     clear tenant_id too (a column list requires PostgreSQL 15). People, cells and reasons are deactivated or
--     soft-deleted, never deleted, so nothing is lost.
--   * Foreign keys to people, and to the current cell of a part or job, have no index of their own: the parents are not
--     deleted in daily work, and each such index would slow down every write.

CREATE TABLE tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL CHECK (name <> ''),
    plan subscription_plan NOT NULL DEFAULT 'free',
    status subscription_status NOT NULL DEFAULT 'active',
    max_jobs integer DEFAULT 100 CHECK (max_jobs >= 0),
    max_parts_per_month integer DEFAULT 500 CHECK (max_parts_per_month >= 0),
    current_jobs integer NOT NULL DEFAULT 0 CHECK (current_jobs >= 0),
    current_parts_this_month integer DEFAULT 0,
    trial_ends_at timestamptz DEFAULT now() + interval '30 days',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    company_name text,
    -- The conversion makes PostgreSQL reject an unknown time zone.
    timezone text NOT NULL DEFAULT 'UTC' CHECK ((timestamptz 'epoch' AT TIME ZONE timezone) IS NOT NULL),
    demo_mode_enabled boolean NOT NULL DEFAULT false,
    demo_data_seeded_at timestamptz,
    factory_opening_time time NOT NULL DEFAULT '07:00',
    factory_closing_time time NOT NULL DEFAULT '17:00',
    auto_stop_tracking boolean NOT NULL DEFAULT false,
    working_days_mask integer NOT NULL DEFAULT 31 CHECK (working_days_mask BETWEEN 0 AND 127),
    abbreviation text,
    feature_flags jsonb DEFAULT '{"issues": true, "capacity": true, "analytics": true, "monitoring": true, "assignments": true, "integrations": true, "operatorViews": true}',
    location_tracking_enabled boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE tenants IS 'One row per customer organisation; its id is the tenant_id of every other table.';
COMMENT ON COLUMN tenants.max_jobs IS 'Plan limit; NULL means no limit.';
COMMENT ON COLUMN tenants.current_jobs IS 'Number of rows in jobs, including soft-deleted ones; maintained by a trigger.';
COMMENT ON COLUMN tenants.current_parts_this_month IS 'Maintained by the application, which also resets it every month.';
COMMENT ON COLUMN tenants.working_days_mask IS 'Bit mask of working days, Monday = 1; 31 = Monday to Friday.';

CREATE TABLE profiles (
    -- No default: this is the id of the login, the claim "sub" of its token.
    id uuid NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    username text NOT NULL,
    full_name text NOT NULL,
    email text NOT NULL,
    role app_role NOT NULL,
    active boolean NOT NULL DEFAULT true,
    is_machine boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    is_root_admin boolean NOT NULL DEFAULT false,
    has_email_login boolean NOT NULL DEFAULT true,
    employee_id text,
    active_tenant_id uuid REFERENCES tenants (id) ON DELETE SET NULL,
    PRIMARY KEY (tenant_id, id),
    -- A token names only the person; the tenant is looked up here.
    UNIQUE (id),
    UNIQUE (tenant_id, username),
    -- In Eryxon Flow it is unique across all tenants, which reveals one tenant's staff numbers to another.
    UNIQUE (tenant_id, employee_id)
);
COMMENT ON TABLE profiles IS 'Users of the application.';
COMMENT ON COLUMN profiles.active_tenant_id IS 'Root admins only: the tenant selected at the moment.';

CREATE TABLE user_roles (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL DEFAULT current_mcp_tenant() REFERENCES tenants (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    role app_role NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id, role),
    FOREIGN KEY (tenant_id, user_id) REFERENCES profiles (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE user_roles IS 'Roles of a user as the application reads them, in addition to profiles.role.';

CREATE TABLE operators (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    employee_id text NOT NULL,
    full_name text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, employee_id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES profiles (tenant_id, id)
);
COMMENT ON TABLE operators IS 'Shop-floor operators who log in with a PIN and have no profile.';
