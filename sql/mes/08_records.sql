-- The audit trail and the notifications.

CREATE TABLE activity_log (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- No foreign keys: every call writes a row, and a reference would lock the tenant's row each time. A trigger on
    -- tenants deletes the rows of a deleted tenant; a record may outlive the person it names.
    tenant_id uuid NOT NULL,
    user_id uuid,
    user_email text,
    user_name text,
    action text NOT NULL,
    entity_type text,
    entity_id uuid,
    entity_name text,
    description text,
    changes jsonb DEFAULT '{}',
    metadata jsonb DEFAULT '{}',
    ip_address inet,
    user_agent text,
    session_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
-- The only other index: every call writes a row.
CREATE INDEX activity_log_newest ON activity_log (tenant_id, created_at DESC);
COMMENT ON TABLE activity_log IS 'Audit trail; every MCP call leaves one row (entity_type mcp_tool).';

CREATE TABLE notifications (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id uuid,
    type text NOT NULL CHECK (type IN ('issue', 'job_due', 'new_part', 'new_user', 'assignment', 'part_completed',
        'operation_completed', 'system')),
    severity text NOT NULL DEFAULT 'low' CHECK (severity IN ('high', 'medium', 'low')),
    title text NOT NULL,
    message text NOT NULL,
    reference_type text CHECK (reference_type IN ('issue', 'job', 'part', 'user', 'assignment', 'operation')),
    reference_id uuid,
    read boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES profiles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX notifications_of_user ON notifications (tenant_id, user_id, created_at DESC);
COMMENT ON TABLE notifications IS 'Messages to people, written by triggers. The severity scale has no critical; high is used instead.';
