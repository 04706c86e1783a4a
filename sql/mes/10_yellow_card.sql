-- Yellow Card: a pending issue that causes a standstill puts its operation on hold; when the last such issue is no longer
-- pending, the operation continues.

CREATE FUNCTION mes_yellow_card() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_parks boolean := TG_OP <> 'DELETE' AND NEW.causes_standstill AND NEW.status = 'pending';
    v_parked boolean := TG_OP <> 'INSERT' AND OLD.causes_standstill AND OLD.status = 'pending';
BEGIN
    IF v_parks AND v_parked AND NEW.operation_id = OLD.operation_id THEN
        RETURN NULL;
    END IF;

    IF v_parked THEN
        -- With the lock, two issues that leave pending at the same time see each other. NO KEY, because both already hold
        -- a key share lock on the operation for their foreign key and would otherwise deadlock.
        PERFORM 1 FROM {{mes}}.operations WHERE tenant_id = OLD.tenant_id AND id = OLD.operation_id FOR NO KEY UPDATE;
        UPDATE {{mes}}.operations o
           SET status = coalesce(o.status_before_hold, 'in_progress'), status_before_hold = NULL
         WHERE o.tenant_id = OLD.tenant_id AND o.id = OLD.operation_id AND o.status = 'on_hold'
           AND NOT EXISTS (SELECT 1 FROM {{mes}}.issues i
                            WHERE i.tenant_id = OLD.tenant_id AND i.operation_id = OLD.operation_id
                              AND i.causes_standstill AND i.status = 'pending');
    END IF;

    IF v_parks THEN
        UPDATE {{mes}}.operations o
           SET status = 'on_hold',
               status_before_hold = CASE WHEN o.status = 'on_hold' THEN coalesce(o.status_before_hold, o.status)
                                         ELSE o.status END
         WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.operation_id AND o.status <> 'completed';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mes_yellow_card() IS
    'Trigger: puts the operation of a pending standstill issue on hold (saving its status in status_before_hold) and restores the status when the last such issue is no longer pending.';

CREATE TRIGGER issues_yellow_card AFTER INSERT OR DELETE OR UPDATE OF status, causes_standstill, operation_id ON issues
    FOR EACH ROW EXECUTE FUNCTION mes_yellow_card();

REVOKE ALL ON FUNCTION mes_yellow_card() FROM PUBLIC;
