-- Traps: objects that PostgreSQL would take instead of its own, or of ours, if their schema were on the path. Each reports by a notice as whom it
-- was run. Run by a superuser; mallory owns everything. Only a superuser can create an operator class, so there is none.

-- So that the script does not walk into its own traps.
SET search_path = pg_catalog, pg_temp;

CREATE SCHEMA traps;
CREATE SCHEMA hostile;
CREATE SCHEMA mallory;
GRANT USAGE ON SCHEMA traps, hostile, mallory TO PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public, mes, hostile, mallory TO mallory;

CREATE FUNCTION traps.sprung(p_trap text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE NOTICE 'trap % ran as %', p_trap, current_user;
    RETURN true;
END $$;

CREATE FUNCTION traps.lay(p_schema text, p_name text, p_args text, p_returns text, p_result text DEFAULT 'NULL') RETURNS void LANGUAGE plpgsql AS $lay$
BEGIN
    EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', p_schema, p_name, p_args, p_returns,
        format('BEGIN PERFORM traps.sprung(%L); RETURN %s; END', format('%s.%s(%s)', p_schema, p_name, p_args),
               CASE WHEN p_returns LIKE 'SETOF %' THEN '' ELSE p_result END));
    EXECUTE format('ALTER FUNCTION %I.%I(%s) OWNER TO mallory', p_schema, p_name, p_args);
END $lay$;

DO $do$
DECLARE
    v_schema text;
    v_enum text;
    v record;
BEGIN
    FOREACH v_schema IN ARRAY ARRAY['public', 'mes', 'hostile', 'mallory'] LOOP
        FOR v IN
            SELECT * FROM (VALUES
                -- Better than VARIADIC "any", a polymorphic parameter, or one that needs a conversion.
                ('jsonb_build_object', 'text, integer, text, text, text, text, text, inet', 'jsonb'),
                ('jsonb_build_object', 'text, bigint, text, text, text, text, text, inet', 'jsonb'),
                ('jsonb_build_object', 'text, text', 'jsonb'), ('jsonb_build_object', 'text, text, text, text', 'jsonb'),
                ('jsonb_build_object', 'text, uuid, text, text', 'jsonb'), ('jsonb_build_object', 'text, text, text, bigint', 'jsonb'),
                ('format', 'text, text', 'text'), ('format', 'text, uuid', 'text'), ('format', 'text, integer', 'text'),
                ('concat', 'text, text', 'text'), ('concat_ws', 'text, text, text', 'text'), ('to_jsonb', 'text', 'jsonb'),
                ('to_jsonb', 'uuid', 'jsonb'), ('to_jsonb', 'jsonb', 'jsonb'), ('unnest', 'uuid[]', 'SETOF uuid'),
                ('unnest', 'text[]', 'SETOF text'), ('cardinality', 'uuid[]', 'integer'), ('lower', 'varchar', 'text'),
                ('upper', 'varchar', 'text'), ('to_char', 'date, text', 'text'), ('date_trunc', 'text, date', 'timestamptz'),
                ('generate_series', 'date, date, interval', 'SETOF timestamptz'), ('ceil', 'integer', 'numeric'),
                ('round', 'integer, integer', 'numeric'), ('array_to_string', 'uuid[], text', 'text'),
                -- As good as PostgreSQL's own, so it counts which comes first.
                ('lower', 'text', 'text'), ('now', '', 'timestamptz'), ('clock_timestamp', '', 'timestamptz'),
                ('set_config', 'text, text, boolean', 'text'), ('current_setting', 'text', 'text'),
                ('gen_random_uuid', '', 'uuid'), ('jsonb_typeof', 'jsonb', 'text'), ('inet_client_addr', '', 'inet')
            ) f (name, args, returns)
        LOOP
            PERFORM traps.lay(v_schema, v.name, v.args, v.returns);
        END LOOP;
        FOR v IN SELECT * FROM (VALUES ('uuid'), ('text'), ('integer'), ('jsonb'), ('boolean')) a (type) LOOP
            PERFORM traps.lay(v_schema, 'sum_up', 'bigint, ' || v.type, 'bigint');
            EXECUTE format('CREATE AGGREGATE %I.count(%s) (sfunc = %1$I.sum_up, stype = bigint)', v_schema, v.type);
            EXECUTE format('CREATE AGGREGATE %I.array_agg(%s) (sfunc = %1$I.sum_up, stype = bigint)', v_schema, v.type);
            EXECUTE format('CREATE AGGREGATE %I.jsonb_agg(%s) (sfunc = %1$I.sum_up, stype = bigint)', v_schema, v.type);
        END LOOP;
        FOR v IN
            SELECT n AS operator, format('%I.%I', t.typnamespace::regnamespace, t.typname) AS one,
                   format('%I.%I', t.typnamespace::regnamespace, t.typname) AS other, 'boolean' AS returns
              FROM pg_type t CROSS JOIN (VALUES ('='), ('<>')) n (n)
             WHERE t.typtype = 'e' AND t.typnamespace = 'mes'::regnamespace
            UNION ALL
            SELECT * FROM (VALUES
                ('||', 'text', 'integer', 'text'), ('||', 'text', 'bigint', 'text'), ('||', 'text', 'uuid', 'text'),
                ('||', 'text', 'numeric', 'text'), ('||', 'integer', 'text', 'text'), ('||', 'text', 'text', 'text'),
                ('=', 'varchar', 'varchar', 'boolean'), ('=', 'varchar', 'text', 'boolean'), ('=', 'uuid', 'uuid', 'boolean'),
                ('=', 'name', 'text', 'boolean'), ('->>', 'jsonb', 'text', 'text'), ('->', 'jsonb', 'text', 'jsonb'),
                ('->>', 'jsonb', 'varchar', 'text'), ('*', 'interval', 'integer', 'interval'), ('*', 'interval', 'bigint', 'interval'),
                ('*', 'interval', 'numeric', 'interval'), ('*', 'integer', 'numeric', 'numeric'), ('*', 'numeric', 'integer', 'numeric'),
                ('*', 'bigint', 'numeric', 'numeric'), ('/', 'numeric', 'integer', 'numeric'), ('/', 'numeric', 'bigint', 'numeric'),
                ('/', 'bigint', 'numeric', 'numeric'), ('-', 'numeric', 'integer', 'numeric'), ('-', 'integer', 'numeric', 'numeric'),
                ('>', 'numeric', 'integer', 'boolean'), ('<', 'numeric', 'integer', 'boolean'), ('=', 'numeric', 'integer', 'boolean'),
                ('-', 'timestamptz', 'timestamptz', 'interval'), ('>', 'timestamptz', 'timestamptz', 'boolean')
            ) o (operator, one, other, returns)
        LOOP
            PERFORM traps.lay(v_schema, 'operator ' || v.operator, v.one || ', ' || v.other, v.returns);
            EXECUTE format('CREATE OPERATOR %1$I.%2$s (function = %1$I.%3$I, leftarg = %4$s, rightarg = %5$s)', v_schema, v.operator,
                           'operator ' || v.operator, v.one, v.other);
        END LOOP;
        EXECUTE format('CREATE DOMAIN %I.text AS pg_catalog.text CHECK (traps.sprung(%L))', v_schema, v_schema || '.text');
        EXECUTE format('CREATE DOMAIN %I.jsonb AS pg_catalog.jsonb CHECK (traps.sprung(%L))', v_schema, v_schema || '.jsonb');
        EXECUTE format('CREATE DOMAIN %I.uuid AS pg_catalog.uuid CHECK (traps.sprung(%L))', v_schema, v_schema || '.uuid');
    END LOOP;
    -- A type's owner decides how its values become others.
    FOR v_enum IN SELECT typname FROM pg_type WHERE typtype = 'e' AND typnamespace = 'mes'::regnamespace LOOP
        FOR v IN SELECT * FROM (VALUES ('text'), ('varchar')) c (type) LOOP
            PERFORM traps.lay('hostile', 'cast to ' || v.type, 'mes.' || v_enum, 'pg_catalog.' || v.type, 'pg_catalog.format(''%s'', $1)');
            EXECUTE format('CREATE CAST (mes.%I AS pg_catalog.%I) WITH FUNCTION hostile.%I(mes.%I) AS ASSIGNMENT', v_enum, v.type,
                           'cast to ' || v.type, v_enum);
        END LOOP;
        EXECUTE format('ALTER TYPE mes.%I OWNER TO mallory', v_enum);
    END LOOP;
    -- What stands in for our tables and the host's.
    FOR v IN SELECT DISTINCT c.relname FROM pg_class c
              WHERE c.relkind IN ('r', 'v') AND c.relnamespace IN ('public'::regnamespace, 'mes'::regnamespace)
    LOOP
        FOREACH v_schema IN ARRAY ARRAY['hostile', 'mallory'] LOOP
            EXECUTE format('CREATE VIEW %I.%I AS SELECT traps.sprung(%L) AS id', v_schema, v.relname, v_schema || '.' || v.relname);
        END LOOP;
    END LOOP;
END
$do$;
