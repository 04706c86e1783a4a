-- Enum types of the MES tables. Names, values and their order are those of Eryxon Flow, because clients compare and sort
-- by them.

DO $check$
BEGIN
    IF to_regclass(format('%I.tenants', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" already has MES tables', current_schema()
            USING ERRCODE = '42P07',
                  HINT = format('To use the existing tables: SELECT {{extension}}.mcp_attach_mes(%L);', current_schema());
    END IF;
END
$check$;

CREATE TYPE app_role AS ENUM ('operator', 'admin');
CREATE TYPE subscription_plan AS ENUM ('free', 'pro', 'premium', 'enterprise');
CREATE TYPE subscription_status AS ENUM ('active', 'cancelled', 'suspended', 'trial');
CREATE TYPE job_status AS ENUM ('not_started', 'in_progress', 'completed', 'on_hold');
CREATE TYPE task_status AS ENUM ('not_started', 'in_progress', 'completed', 'on_hold');
CREATE TYPE assignment_status AS ENUM ('assigned', 'accepted', 'in_progress', 'completed');
CREATE TYPE issue_status AS ENUM ('pending', 'approved', 'rejected', 'closed');
CREATE TYPE issue_severity AS ENUM ('low', 'medium', 'high', 'critical');
CREATE TYPE issue_type AS ENUM ('general', 'ncr');
CREATE TYPE ncr_category AS ENUM ('material_defect', 'dimensional', 'surface_finish', 'process_error', 'other');
CREATE TYPE ncr_disposition AS ENUM ('scrap', 'rework', 'use_as_is', 'return_to_supplier');
CREATE TYPE expectation_type AS ENUM ('completion_time', 'duration', 'quantity', 'delivery');
CREATE TYPE exception_type AS ENUM ('late', 'early', 'non_occurrence', 'exceeded', 'under');
CREATE TYPE exception_status AS ENUM ('open', 'acknowledged', 'resolved', 'dismissed');
