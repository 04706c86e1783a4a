-- What a schema lacks of what the tools use.

CREATE FUNCTION @extschema@.mcp_mes_missing(p_schema text)
RETURNS TABLE (missing text, statement text, needed_by text, kind text, table_name text, names text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
-- Not to_regclass and to_regtype: mcp_severe_findings runs this as a role that has no right in the MES schema.
WITH wanted AS (
    -- A view in a table's place has neither row-level security nor keys.
    SELECT t.*, CASE WHEN c.relkind IN ('r', 'p') THEN c.oid END AS relation, c.relkind NOT IN ('r', 'p') AS is_another
      FROM @extschema@.mcp_mes_tables(p_schema) t
      LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = p_schema) ON c.relname = t.table_name
), wanted_types AS (
    SELECT e.*, (SELECT y.oid FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace WHERE n.nspname = p_schema AND y.typname = e.type_name) AS type
      FROM @extschema@.mcp_mes_enums() e
), wanted_columns AS (
    SELECT w.table_name, w.relation, d.ordinality AS position, split_part(d.definition, ' ', 1) AS column_name,
           split_part(d.definition, ' ', 2) AS type_name, d.definition
      FROM wanted w
     CROSS JOIN LATERAL regexp_split_to_table(w.columns, ',\s*') WITH ORDINALITY AS d (definition, ordinality)
     -- Of a table that may be missing, the tools use what they know.
     WHERE NOT w.optional
), found AS (
    SELECT 1 AS step, 'type' AS kind, NULL AS table_name, NULL AS names, e.type_name, 'type ' || e.type_name AS missing,
           format('CREATE TYPE %I.%I AS ENUM (%s);', p_schema, e.type_name,
                  (SELECT string_agg(quote_literal(l), ', ' ORDER BY o) FROM unnest(e.labels) WITH ORDINALITY u (l, o)))
           AS statement
      FROM wanted_types e
     WHERE e.type IS NULL
    UNION ALL
    SELECT 2, 'label', NULL, NULL, e.type_name, format('label %s of type %s', l, e.type_name),
           format('ALTER TYPE %I.%I ADD VALUE %L;', p_schema, e.type_name, l)
      FROM wanted_types e CROSS JOIN LATERAL unnest(e.labels) l
     WHERE e.type IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM pg_enum WHERE enumtypid = e.type AND enumlabel = l)
    UNION ALL
    SELECT 3, 'table', w.table_name, NULL, NULL, 'table ' || w.table_name,
           format('CREATE TABLE %I.%I (%s%s);', p_schema, w.table_name, w.columns,
                  ', PRIMARY KEY (' || w.unique_key || ')')
      FROM wanted w
     WHERE w.relation IS NULL AND w.is_another IS NOT TRUE AND NOT w.optional
    UNION ALL
    SELECT 3, 'table', w.table_name, NULL, NULL, format('table %s (an object of that name exists but is not a table)', w.table_name), NULL
      FROM wanted w
     WHERE w.is_another
    UNION ALL
    SELECT 4, 'column', c.table_name, c.column_name, NULL, format('column %s.%s (%s)', c.table_name, c.column_name, c.type_name),
           format('ALTER TABLE %I.%I ADD COLUMN %s;', p_schema, c.table_name, c.definition)
      FROM wanted_columns c
     WHERE c.relation IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                        WHERE a.attrelid = c.relation AND a.attname = c.column_name AND NOT a.attisdropped)
    UNION ALL
    -- A type of the same name in another schema has its owner's operators and casts.
    SELECT 5, 'column type', c.table_name, c.column_name, NULL, format('column %s.%s of type %s (it is %s)', c.table_name, c.column_name, c.type_name,
                     CASE y.typname WHEN c.type_name THEN format('%I.%I', n.nspname, y.typname) ELSE y.typname END), NULL
      FROM wanted_columns c
      JOIN pg_attribute a ON a.attrelid = c.relation AND a.attname = c.column_name AND NOT a.attisdropped
      JOIN pg_type y ON y.oid = a.atttypid
      JOIN pg_namespace n ON n.oid = y.typnamespace
     WHERE y.typname <> c.type_name
        OR n.nspname <> CASE WHEN c.type_name IN (SELECT e.type_name FROM @extschema@.mcp_mes_enums() e) THEN p_schema
                             ELSE 'pg_catalog' END
    UNION ALL
    SELECT 6, 'unique key', w.table_name, w.unique_key, NULL, format('unique key (%s) of table %s', w.unique_key, w.table_name),
           format('ALTER TABLE %I.%I ADD UNIQUE (%s);', p_schema, w.table_name, w.unique_key)
      FROM wanted w
     WHERE w.relation IS NOT NULL AND w.unique_key IS NOT NULL
       AND NOT EXISTS (
            SELECT 1 FROM pg_index i
             WHERE i.indrelid = w.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
               AND i.indexprs IS NULL
               AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
                     WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
                   = (SELECT array_agg(k ORDER BY k) FROM regexp_split_to_table(w.unique_key, ',\s*') k))
)
SELECT f.missing, f.statement,
       -- Who a tenant is, who calls, and the record: without these there is no call.
       CASE WHEN f.table_name = ANY (c.tables)
                 OR EXISTS (SELECT FROM wanted_columns w WHERE w.type_name = f.type_name AND w.table_name = ANY (c.tables)) THEN 'all'
            ELSE 'some' END,
       f.kind, f.table_name, f.names
  FROM found f CROSS JOIN (SELECT '{tenants,profiles,user_roles,activity_log}'::text[] AS tables) c
 ORDER BY f.step, f.missing
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_missing(text) IS 'What the tools require and the given schema lacks: one row per table, column, type, label or unique key, with the statement that adds it (NULL where a person must decide) who needs it (all: no tool works without it; some), and what it is (kind: type, label, table, column, column type, unique key), of which table, with which columns. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';
