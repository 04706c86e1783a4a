//! I2: ways to read a call's answer and to undo its record. Each is refused before the key is looked at, or leaves its record.

use eryxon_mcp_tests::wire::{self, Wire};
use eryxon_mcp_tests::{Database, Key};

/// A login that may call and is neither an operator nor guarded: for the checks of the call itself.
struct Caller {
    db: Database,
    key: Key,
    login: String,
}

impl Caller {
    fn new() -> Self {
        let db = Database::fresh();
        let key = db.key("A");
        let login = format!("caller_{}", db.name());
        db.psql(&format!(
            "CREATE ROLE {login} LOGIN; GRANT USAGE, CREATE ON SCHEMA public TO {login};
             GRANT EXECUTE ON FUNCTION mcp_call_tool TO {login}; ALTER ROLE {login} SET session_preload_libraries = 'eryxon_mcp'"
        ));
        Self { db, key, login }
    }

    fn connect(&self) -> Wire {
        Wire::connect(&self.db, &self.login, &[]).0
    }

    /// The text of a call.
    fn call(&self) -> String {
        format!("mcp_call_tool('{}', 'fetch_jobs', '{{\"limit\": 1}}')", self.key.secret)
    }

    fn records(&self) -> i64 {
        self.db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE key_id = '{}' AND success", self.key.id))
    }
}

#[tokio::test]
async fn each_way_to_call_that_is_documented_works_and_leaves_its_record() {
    let caller = Caller::new();
    let call = caller.call();
    let mut wire = caller.connect();
    let named = format!("p_api_key := '{}', p_tool_name := 'fetch_jobs'", caller.key.secret);
    let mut records = 0;
    for sql in [
        format!("SELECT {call}"),
        format!("SELECT public.{call}"),
        format!("SELECT {call} AS answer;"),
        format!("SELECT {call}::text"),
        format!("SELECT {call}::json"),
        format!("SELECT mcp_call_tool({named})"),
        format!("SELECT * FROM {call}"),
        format!("SELECT answer::text FROM public.{call} AS answer"),
    ] {
        for messages in [vec![wire::query(&sql)], [wire::execute(&sql, 0), vec![wire::sync()]].concat()] {
            let answers = wire.send(&messages);
            assert_eq!((answers.sqlstate().as_str(), answers.count(b'D')), ("", 1), "{sql}");
            records += 1;
            assert_eq!(caller.records(), records, "{sql}");
        }
    }
    // A driver may limit the rows; more than one row is not asked for one at a time.
    let answers = wire.send(&[wire::execute(&format!("SELECT {call}"), 2), vec![wire::sync()]].concat());
    assert_eq!((answers.sqlstate().as_str(), answers.count(b'D')), ("", 1));
}

#[tokio::test]
async fn each_way_around_the_record_is_refused_before_the_key_is_looked_at() {
    let caller = Caller::new();
    let call = caller.call();
    let mut wire = caller.connect();
    let setup = format!(
        "CREATE FUNCTION in_sql() RETURNS text LANGUAGE sql VOLATILE SET work_mem = '4MB' AS $$ SELECT {call}::text $$;
         CREATE FUNCTION in_plpgsql() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN {call}; END $$;
         CREATE FUNCTION in_cursor() RETURNS text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN
             FOR r IN SELECT {call} AS a LOOP RAISE EXCEPTION '%', r.a; END LOOP; END $$;
         CREATE FUNCTION in_block() RETURNS text LANGUAGE plpgsql AS $$ BEGIN BEGIN RETURN {call};
             EXCEPTION WHEN division_by_zero THEN NULL; END; END $$;
         CREATE FUNCTION takes(jsonb) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / 0; END $$;
         CREATE TABLE a_table (a jsonb);
         PREPARE p AS SELECT {call}"
    );
    assert_eq!(wire.send(&[wire::query(&setup)]).sqlstate(), "");
    let mut wrong = Vec::new();
    for sql in [
        format!("BEGIN; SELECT {call}; ROLLBACK"),
        format!("SELECT 1; SELECT {call}"),
        format!("SELECT {call}; SELECT 1/0"),
        format!("BEGIN; SAVEPOINT s; SELECT {call}; ROLLBACK TO s; COMMIT"),
        format!("BEGIN; DECLARE c CURSOR FOR SELECT {call}; FETCH c; ROLLBACK"),
        format!("DECLARE c CURSOR WITH HOLD FOR SELECT {call}"),
        format!("BEGIN; SELECT {call}; PREPARE TRANSACTION 'x'"),
        "EXECUTE p".to_owned(),
        format!("DO $$ BEGIN PERFORM {call}; END $$"),
        format!("DO $$ BEGIN PERFORM {call}; RAISE EXCEPTION 'undone'; END $$"),
        "SELECT in_sql()".to_owned(),
        "SELECT in_plpgsql()".to_owned(),
        "SELECT in_cursor()".to_owned(),
        "SELECT in_block()".to_owned(),
        format!("SELECT ({call}::text)::int"),
        format!("SELECT ({call} ->> 'result')::int"),
        format!("SELECT takes({call})"),
        format!("SELECT {call}, 1 / (random() * 0)::int"),
        format!("SELECT 1 / length({call}::text)"),
        format!("SELECT a, 1 / length(a::text) FROM {call} AS a"),
        format!("SELECT * FROM {call} AS a WHERE a ->> 'x' = 'y'"),
        format!("SELECT * FROM {call} AS a ORDER BY 1"),
        format!("SELECT {call} FROM generate_series(1, 2)"),
        format!("SELECT {call} UNION ALL SELECT '1'"),
        format!("SELECT DISTINCT {call}"),
        format!("SELECT {call} LIMIT 1"),
        format!("WITH c AS MATERIALIZED (SELECT {call} AS a) SELECT a FROM c"),
        format!("SELECT (SELECT {call})"),
        format!("SELECT mcp_call_tool({call}::text, 'x')"),
        format!("SELECT * FROM {call} a, {call} b"),
        format!("VALUES ({call}), ('1')"),
        format!("SELECT query_to_xml($$SELECT {call}$$, true, true, '')"),
        format!("EXPLAIN ANALYZE SELECT {call}"),
        format!("COPY (SELECT {call}) TO STDOUT"),
        format!("CREATE TEMP TABLE t AS SELECT {call}"),
        format!("SELECT {call} INTO TEMP t"),
        format!("INSERT INTO a_table SELECT {call}"),
        format!("INSERT INTO a_table VALUES ('1') RETURNING {call}"),
    ] {
        let code = wire.send(&[wire::query(&sql)]).sqlstate();
        // Without libxml, there is no query_to_xml.
        let refused = |code: &str| code == "25001" || sql.contains("query_to_xml") && code == "0A000";
        if !refused(&code) {
            wrong.push((sql.clone(), code));
        }
        wire.send(&[wire::query("ROLLBACK")]);
        if !sql.contains("; ") {
            let code = wire.send(&[wire::execute(&sql, 0), vec![wire::sync()]].concat()).sqlstate();
            if !refused(&code) {
                wrong.push((format!("extended: {sql}"), code));
            }
        }
    }
    assert!(wrong.is_empty(), "not refused: {wrong:#?}");
    assert_eq!(caller.records(), 0);
}

#[tokio::test]
async fn a_call_in_a_serializable_transaction_is_refused() {
    let caller = Caller::new();
    let mut wire = caller.connect();
    for (isolation, expected) in [("serializable", "25001"), ("repeatable read", "")] {
        wire.send(&[wire::query(&format!("SET default_transaction_isolation = '{isolation}'"))]);
        assert_eq!(wire.send(&[wire::query(&format!("SELECT {}", caller.call()))]).sqlstate(), expected);
    }
    assert_eq!(caller.records(), 1);
}

#[tokio::test]
async fn a_fast_path_call_is_refused() {
    let caller = Caller::new();
    let oid = caller.db.count("SELECT 'mcp_call_tool'::regproc::oid::int").try_into().expect("an oid");
    let function = wire::function(oid, &[&caller.key.secret, "fetch_jobs", "{}", "{}"]);
    assert_eq!(caller.connect().send(&[function]).sqlstate(), "25001");
    assert_eq!(caller.records(), 0);
}

#[tokio::test]
async fn a_statement_pipelined_behind_a_call_cannot_undo_it() {
    let caller = Caller::new();
    let call = format!("SELECT {}", caller.call());
    let mut wire = caller.connect();
    let answers = wire.send(&[wire::execute(&call, 0), wire::execute("SELECT 1/0", 0), vec![wire::sync()]].concat());
    assert_eq!((answers.sqlstate().as_str(), answers.count(b'D')), ("22012", 1));
    assert_eq!(caller.records(), 1);
    // Two calls are two transactions.
    let answers = wire.send(&[wire::execute(&call, 0), wire::execute(&call, 0), vec![wire::sync()]].concat());
    assert_eq!((answers.sqlstate().as_str(), answers.count(b'D')), ("", 2));
    assert_eq!(caller.records(), 3);
}

#[tokio::test]
async fn a_call_behind_a_pipelined_statement_is_refused() {
    let caller = Caller::new();
    let call = format!("SELECT {}", caller.call());
    let mut wire = caller.connect();
    let answers = wire.send(&[wire::execute("SELECT 1", 0), wire::execute(&call, 0), vec![wire::sync()]].concat());
    assert_eq!(answers.sqlstate(), "25001");
    assert_eq!(caller.records(), 0);
}

#[tokio::test]
async fn a_call_whose_rows_are_sent_one_at_a_time_is_refused() {
    let caller = Caller::new();
    let call = format!("SELECT {}", caller.call());
    let mut wire = caller.connect();
    // Such a statement is not over when its only row has been sent.
    for sql in [&call, &format!("SELECT * FROM {}", caller.call())] {
        let answers = wire.send(&[wire::execute(sql, 1), wire::execute("SELECT 1/0", 0), vec![wire::sync()]].concat());
        assert_eq!((answers.sqlstate().as_str(), answers.count(b'D')), ("25001", 0), "{sql}");
    }
    assert_eq!(caller.records(), 0);
}

#[tokio::test]
async fn only_a_superuser_can_mark_a_role_that_may_call_inside_transactions() {
    let caller = Caller::new();
    let call = caller.call();
    let in_block = format!("BEGIN; SELECT {call}; COMMIT");
    let set = "SET eryxon_mcp.calls_in_transactions = on";
    assert_eq!(caller.connect().send(&[wire::query(set)]).sqlstate(), "42501");
    let marks_itself = format!("ALTER ROLE {} {set}", caller.login);
    assert_eq!(caller.connect().send(&[wire::query(&marks_itself)]).sqlstate(), "42501");
    // A name that is not known yet can be set by anybody. What was set so counts for nothing when the library defines it.
    caller.db.psql(&format!("ALTER ROLE {} RESET session_preload_libraries", caller.login));
    let mut late = caller.connect();
    assert_eq!(late.send(&[wire::query(set)]).sqlstate(), "", "the library is not loaded");
    assert_eq!(late.send(&[wire::query(&in_block)]).sqlstate(), "25001");
    late.send(&[wire::query("ROLLBACK")]);
    assert_eq!(late.send(&[wire::query(&in_block)]).sqlstate(), "25001");
    let options = [("options", "-c eryxon_mcp.calls_in_transactions=on")];
    let (mut late, _) = Wire::connect(&caller.db, &caller.login, &options);
    assert_eq!(late.send(&[wire::query(&in_block)]).sqlstate(), "25001");
    assert_eq!(caller.records(), 0);

    caller.db.psql(&format!("ALTER ROLE {} {set}", caller.login));
    assert_eq!(caller.connect().send(&[wire::query(&in_block)]).sqlstate(), "");
    assert_eq!(caller.records(), 1);
}

#[tokio::test]
async fn a_call_that_is_rolled_back_after_all_leaves_a_line_in_the_server_log() {
    let caller = Caller::new();
    let (db, call) = (&caller.db, caller.call());
    db.psql("CREATE TABLE once (a int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO once VALUES (1)");
    let (mut operator, _) = Wire::connect(db, "postgres", &[]);
    let lines = || {
        let log = db.cluster().log();
        let of_key = |line: &&str| line.contains("rolled back with its record") && line.contains(&caller.key.prefix);
        log.lines().filter(of_key).map(str::to_owned).collect::<Vec<_>>()
    };
    for (script, expected) in [
        (format!("SELECT {call}"), 0),
        (format!("BEGIN; SELECT {call}; COMMIT"), 0),
        (format!("BEGIN; SELECT {call}; ROLLBACK"), 1),
        (format!("BEGIN; SAVEPOINT a; SELECT {call}; SAVEPOINT b; SELECT {call}; ROLLBACK TO a; COMMIT"), 3),
        (format!("BEGIN; SAVEPOINT a; SELECT {call}; RELEASE a; ROLLBACK"), 4),
        (format!("BEGIN; INSERT INTO once VALUES (1); SELECT {call}; COMMIT"), 5),
        (format!("SELECT {call}, 1 / (random() * 0)::int"), 6),
        (format!("SELECT {call}"), 6),
    ] {
        operator.send(&[wire::query(&script)]);
        operator.send(&[wire::query("ROLLBACK")]);
        assert_eq!(lines().len(), expected, "{script}");
    }
    assert!(
        lines().iter().all(|line| line.contains("correlation id ") && line.contains("tool fetch_jobs")),
        "{:?}",
        lines()
    );
    assert_eq!(caller.records(), 3, "the three calls that were committed");
}
