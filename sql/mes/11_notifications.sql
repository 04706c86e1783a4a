-- Notifications to a tenant's admins about new issues and completed parts, one row per admin.

CREATE FUNCTION mes_notify_issue() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO {{mes}}.notifications (tenant_id, user_id, type, severity, title, message, reference_type, reference_id,
                               created_at)
    SELECT i.tenant_id, p.id, 'issue', CASE i.severity WHEN 'critical' THEN 'high' ELSE i.severity::text END,
           coalesce(i.title, 'New issue'), left(i.description, 500), 'issue', i.id, i.created_at
      FROM changed i
      JOIN {{mes}}.profiles p ON p.tenant_id = i.tenant_id AND p.role = 'admin' AND p.active;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mes_notify_issue() IS
    'Trigger: notifies the tenant''s admins of new issues; a critical issue becomes high, the highest severity of a notification.';

CREATE TRIGGER issues_notify AFTER INSERT ON issues REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mes_notify_issue();

CREATE FUNCTION mes_notify_part() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO {{mes}}.notifications (tenant_id, user_id, type, title, message, reference_type, reference_id)
    SELECT NEW.tenant_id, p.id, 'part_completed', 'Part completed', 'Part ' || NEW.part_number || ' is completed',
           'part', NEW.id
      FROM {{mes}}.profiles p
     WHERE p.tenant_id = NEW.tenant_id AND p.role = 'admin' AND p.active;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mes_notify_part() IS 'Trigger: notifies the tenant''s admins that a part is completed.';

CREATE TRIGGER parts_notify AFTER UPDATE OF status ON parts FOR EACH ROW
    WHEN (NEW.status = 'completed' AND OLD.status <> 'completed') EXECUTE FUNCTION mes_notify_part();

REVOKE ALL ON FUNCTION mes_notify_issue(), mes_notify_part() FROM PUBLIC;
