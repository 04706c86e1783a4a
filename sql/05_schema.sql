-- Before anything is made: the library reads and writes texts as UTF-8 and would store others wrong without a word.

DO $$
BEGIN
    IF pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.<>) 'UTF8'::pg_catalog.name THEN
        RAISE EXCEPTION 'the encoding of database "%" is %, and eryxon_mcp needs UTF8', pg_catalog.current_database(), pg_catalog.getdatabaseencoding()
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'Dump the database, and restore it into one that was created with ENCODING ''UTF8'' TEMPLATE template0.';
    END IF;
END
$$;

-- Names that are stored and compared are quoted only where they have to be. The setting applies until the transaction ends.
SET LOCAL quote_all_identifiers = off;

-- Before anything is made: in a schema in which others may create something, they could put a function or an operator in the way of the
-- statements of this script, which run as a superuser.

CREATE FUNCTION @extschema@.mcp_schema_writers(p_schema text)
RETURNS TABLE (role_name text, is_owner boolean, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH writers AS (
    SELECT n.nspowner AS role, true AS is_owner, n.nspowner AS owner, NULL AS statement
      FROM pg_namespace n
     WHERE n.nspname = p_schema
    UNION ALL
    SELECT a.grantee, false, n.nspowner,
           format('REVOKE CREATE ON SCHEMA %I FROM %s%s;', n.nspname,
                  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                  CASE WHEN bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END)
      FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
     WHERE n.nspname = p_schema AND a.privilege_type = 'CREATE'
     GROUP BY a.grantee, n.nspowner, n.nspname
), people AS (
    -- The role pg_database_owner has one member, whoever owns the database.
    SELECT w.is_owner, w.statement,
           CASE w.role WHEN 'pg_database_owner'::regrole THEN d.datdba ELSE w.role END AS person,
           CASE w.owner WHEN 'pg_database_owner'::regrole THEN d.datdba ELSE w.owner END AS owner
      FROM writers w CROSS JOIN pg_database d
     WHERE d.datname = current_database()
)
SELECT coalesce(r.rolname, 'PUBLIC'), p.is_owner, p.statement
  FROM people p LEFT JOIN pg_roles r ON r.oid = p.person
 WHERE NOT coalesce(r.rolsuper, false) AND (p.is_owner OR p.person <> p.owner)
 ORDER BY p.is_owner DESC, 1
$$;
COMMENT ON FUNCTION @extschema@.mcp_schema_writers(text) IS
'The roles, superusers aside, that may create objects in a schema: its owner (for pg_database_owner: the owner of the database) and everybody who was granted it, with the statement that takes it away. No row for NULL or an unknown schema. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_assert_closed_schema(p_schema text, p_owner_could text)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_roles text;
    v_statements text;
    v_owner text;
BEGIN
    SELECT string_agg(w.role_name, ', ') FILTER (WHERE NOT w.is_owner), string_agg(w.statement, E'\n'),
           min(w.role_name) FILTER (WHERE w.is_owner)
      INTO v_roles, v_statements, v_owner
      FROM @extschema@.mcp_schema_writers(p_schema) w;
    IF v_roles IS NOT NULL THEN
        RAISE EXCEPTION 'in schema "%", others than superusers and its owner may create objects: %', p_schema, v_roles
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'They could put functions and operators in the way of those that are meant.',
                  HINT = v_statements;
    END IF;
    IF v_owner IS NOT NULL AND p_owner_could IS NOT NULL THEN
        RAISE WARNING 'schema "%" belongs to %, who is no superuser and could %', p_schema, v_owner, p_owner_could
            USING HINT = 'To rule that out, use a schema that a superuser owns.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_assert_closed_schema(text, text) IS
'Raises 55000 if anyone but superusers and the schema''s owner may create objects in the schema; HINT holds the REVOKE statements. If the owner is no superuser, warns of what that role could do (p_owner_could; NULL: no warning). Called by CREATE EXTENSION, mes_create_schema, mes_seed_demo, mes_seed_load and mcp_attach_mes. For superusers and members of eryxon_mcp_owner.';

DO $$
BEGIN
    PERFORM @extschema@.mcp_assert_closed_schema(
        (SELECT n.nspname::pg_catalog.text
           FROM pg_catalog.pg_extension e
           JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
          WHERE e.extname OPERATOR(pg_catalog.=) 'eryxon_mcp'::pg_catalog.name),
        'replace the functions of this extension by others, to which the callers would give their keys'::pg_catalog.text);
END
$$;
