//! The matrix: what happens when each caller does each thing. Every probe is rolled back.

use std::collections::BTreeMap;

use eryxon_mcp_tests::{Session, demo_id};
use tokio_postgres::SimpleQueryMessage;

use super::installation::Installation;

/// The callers, in the order of the columns.
const CALLERS: [&str; 10] =
    ["public", "anon", "gateway", "tenant", "recorder", "operator", "superuser", "admin-a", "admin-b", "member-a"];

/// What became of a probe: the number of rows and the first value, or SQLSTATE and message.
type Outcome = Result<(u64, Option<String>), (String, String)>;

struct Probes<'a> {
    installation: &'a Installation,
    session: Session,
}

/// A table or view.
struct Table {
    name: String,
    columns: Vec<String>,
    has_tenant: bool,
    /// All rows, A's and B's.
    rows: [u64; 3],
}

/// The matrix of an installation, in the form of `expected.txt`.
pub async fn matrix(installation: &Installation) -> Vec<String> {
    let probes = Probes { installation, session: installation.db.superuser().await };
    let mut lines = probes.tables().await;
    lines.extend(probes.functions().await);
    lines
}

impl Probes<'_> {
    /// Runs `statement` as the caller and takes it back.
    async fn run(&self, statement: &str) -> Outcome {
        let told = self.session.simple_query(&format!("SAVEPOINT probe; {statement}; ROLLBACK TO probe")).await;
        match told {
            Ok(messages) => {
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
                    _ => None,
                });
                let value = messages.iter().find_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                    _ => None,
                });
                Ok((rows.max().unwrap_or_default(), value.flatten()))
            }
            Err(error) => {
                let error = error.as_db_error().unwrap_or_else(|| panic!("{statement}: {error:?}"));
                let outcome = (error.code().code().to_owned(), error.message().to_owned());
                self.session.batch_execute("ROLLBACK TO probe").await.expect("the savepoint is there");
                Err(outcome)
            }
        }
    }

    /// Whether PostgreSQL refused it for want of a privilege, whatever else is wrong with it; or cannot do it at all for such an object.
    async fn is_denied(&self, statement: &str) -> bool {
        match self.run(statement).await {
            Err((code, message)) => {
                let is_no_such_action = match code.as_str() {
                    "55000" | "0A000" => message.contains("view"),
                    "42809" => true,
                    _ => false,
                };
                is_no_such_action || (code == "42501" && message.starts_with("permission denied"))
            }
            Ok(_) => false,
        }
    }

    async fn become_caller(&self, caller: &str) {
        let role = match caller {
            "public" => "nobody",
            "gateway" => self.installation.db.gateway_name(),
            "tenant" => "eryxon_mcp_tenant",
            "recorder" => "eryxon_mcp_recorder",
            "superuser" => "postgres",
            "admin-a" | "admin-b" | "member-a" => self.installation.member,
            itself => itself,
        };
        let person = match caller {
            "admin-a" => demo_id("A/profile/anna.devries").to_string(),
            "admin-b" => demo_id("B/profile/grace.nordhaus").to_string(),
            "member-a" => demo_id("A/profile/jan.smit").to_string(),
            _ => String::new(),
        };
        let claims = if person.is_empty() { String::new() } else { format!("{{\"sub\": \"{person}\"}}") };
        let sql = format!(
            "ROLLBACK; BEGIN; SELECT set_config('request.jwt.claims', '{claims}', true); SET LOCAL ROLE \"{role}\""
        );
        self.session.batch_execute(&sql).await.expect("the role exists");
    }

    async fn tables(&self) -> Vec<String> {
        let mut lines = vec![format!("table action {}", CALLERS.join(" "))];
        let mut columns = Vec::new();
        for table in self.all_tables().await {
            let mut verdicts: BTreeMap<usize, Vec<String>> = BTreeMap::new();
            for caller in CALLERS {
                self.become_caller(caller).await;
                for (index, action) in ["select", "insert", "update", "delete", "truncate"].into_iter().enumerate() {
                    let (verdict, some) = self.table(&table, action, caller).await;
                    verdicts.entry(index).or_insert_with(|| vec![table.name.clone(), action.to_owned()]).push(verdict);
                    if let Some(some) = some {
                        columns.push(format!("columns {} {action} {}", table.name, some.join(" ")));
                    }
                }
            }
            lines.extend(verdicts.into_values().map(|line| line.join(" ")));
        }
        self.session.batch_execute("ROLLBACK").await.expect("it ends");
        columns.sort();
        columns.dedup();
        lines.extend(columns);
        lines
    }

    /// The verdict, and the columns if there are only some. `-` no privilege; `all` rows of every tenant, `own` of the caller's, `none`
    /// without a row; a `*` for some columns only.
    async fn table(&self, table: &Table, action: &str, caller: &str) -> (String, Option<Vec<String>>) {
        let name = format!("{}.{}", self.installation.schema, table.name);
        if action == "delete" || action == "truncate" {
            let verb = if action == "delete" { "DELETE FROM" } else { "TRUNCATE" };
            let denied = self.is_denied(&format!("{verb} {name}")).await;
            let verdict = match (denied, action) {
                (true, _) => "-".to_owned(),
                (false, "truncate") => "all".to_owned(),
                _ => self.rows(table, &format!("DELETE FROM {name}"), caller).await,
            };
            return (verdict, None);
        }
        let mut some = Vec::new();
        for column in &table.columns {
            let statement = match action {
                "select" => format!("SELECT {column} FROM {name} WHERE false"),
                "insert" => format!("INSERT INTO {name} ({column}) SELECT NULL WHERE false"),
                _ => format!("UPDATE {name} SET {column} = DEFAULT WHERE false"),
            };
            if !self.is_denied(&statement).await {
                some.push(column.clone());
            }
        }
        let Some(first) = some.first() else { return ("-".to_owned(), None) };
        let verdict = match action {
            "select" => self.rows(table, &format!("SELECT {first} FROM {name}"), caller).await,
            "update" => self.rows(table, &format!("UPDATE {name} SET {first} = {first}"), caller).await,
            _ if table.has_tenant => self.insert(&name, caller).await,
            _ => "all".to_owned(),
        };
        if some.len() == table.columns.len() { (verdict, None) } else { (format!("{verdict}*"), Some(some)) }
    }

    /// Whose rows a statement reached. A's and B's differ in number.
    async fn rows(&self, table: &Table, statement: &str, caller: &str) -> String {
        let [total, of_a, of_b] = table.rows;
        match self.run(statement).await {
            Ok((0, _)) if total > 0 => "none".to_owned(),
            Ok((count, _)) if count == total => "all".to_owned(),
            Ok((count, _)) if count == if caller == "admin-b" { of_b } else { of_a } => "own".to_owned(),
            Ok((count, _)) => format!("{count}-of-{total}"),
            Err((code, message)) => format!("{code}:{}", message.replace(' ', "_")),
        }
    }

    /// For which tenants a row may be inserted: row-level security is checked before any constraint.
    async fn insert(&self, name: &str, caller: &str) -> String {
        let mut allowed = Vec::new();
        for tenant in ["A", "B"] {
            let outcome = self.run(&format!("INSERT INTO {name} (tenant_id) VALUES ('{}')", demo_id(tenant))).await;
            if !outcome.is_err_and(|(code, _)| code == "42501") {
                allowed.push(tenant);
            }
        }
        let own = if caller == "admin-b" { "B" } else { "A" };
        match allowed[..] {
            [] => "none",
            [one] if one == own => "own",
            [_] => "foreign",
            _ => "all",
        }
        .to_owned()
    }

    async fn all_tables(&self) -> Vec<Table> {
        let sql = "SELECT c.relname, string_agg(quote_ident(a.attname), ' ' ORDER BY a.attnum), bool_or(a.attname = 'tenant_id')
              FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_extension e ON e.oid = d.refobjid
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND e.extname = 'eryxon_mcp' AND c.relkind <> 'S'
             GROUP BY c.relname ORDER BY c.relname";
        let mut tables = Vec::new();
        for row in self.session.query(sql, &[]).await.expect("the catalog") {
            let (name, columns, has_tenant): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
            let mut rows = [0; 3];
            let of_tenant = |tenant| format!("tenant_id = '{}'", demo_id(tenant));
            let conditions = if has_tenant {
                vec!["true".to_owned(), of_tenant("A"), of_tenant("B")]
            } else {
                vec!["true".to_owned()]
            };
            for (count, condition) in rows.iter_mut().zip(conditions) {
                let sql = format!("SELECT count(*)::text FROM {}.{name} WHERE {condition}", self.installation.schema);
                *count = self.session.text(&sql).await.parse().expect("a number");
            }
            if has_tenant {
                let [total, of_a, of_b] = rows;
                assert!(of_a.min(of_b) > 0 && total > of_a.max(of_b), "{name} lacks rows of A or B: {rows:?}");
            }
            tables.push(Table { name, columns: columns.split(' ').map(str::to_owned).collect(), has_tenant, rows });
        }
        tables
    }

    async fn functions(&self) -> Vec<String> {
        let tools = format!("SELECT name FROM {}.mcp_tool_catalog()", self.installation.schema);
        let rows = self.session.query(&tools, &[]).await.expect("the tools");
        let tools: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let mut verdicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let functions = self.all_functions().await;
        for caller in CALLERS {
            self.become_caller(caller).await;
            let mut of_tools = Vec::new();
            for (name, call) in &functions {
                let verdict = self.function(call).await;
                if tools.contains(name) {
                    of_tools.push(verdict);
                } else {
                    verdicts.entry(name.clone()).or_default().push(verdict);
                }
            }
            assert!(of_tools.len() >= 40, "{} tools", of_tools.len());
            of_tools.sort();
            of_tools.dedup();
            verdicts.entry("(tools)".to_owned()).or_default().push(of_tools.join("+"));
        }
        self.session.batch_execute("ROLLBACK").await.expect("it ends");
        let mut lines = vec![format!("function {}", CALLERS.join(" "))];
        lines.extend(verdicts.into_iter().map(|(name, verdicts)| format!("{name} {}", verdicts.join(" "))));
        lines
    }

    /// `-` no privilege, `refuses` if the function itself refuses the caller, else `yes`, or the value if it is a truth value.
    async fn function(&self, call: &str) -> String {
        match self.run(call).await {
            Err((code, message)) if code == "42501" && message.starts_with("permission denied for") => "-",
            Err((code, _)) if code == "42501" => "refuses",
            Ok((_, Some(value))) if value == "t" => "true",
            Ok((_, Some(value))) if value == "f" => "false",
            _ => "yes",
        }
        .to_owned()
    }

    /// The names of the functions, each with a call. Arguments that choose the tenant are A's; those that no probe needs are NULL.
    async fn all_functions(&self) -> Vec<(String, String)> {
        let key = format!(
            "SELECT id::text FROM {}.mcp_authentication_keys WHERE tenant_id = '{}' AND name LIKE 'probe %' LIMIT 1",
            self.installation.schema,
            demo_id("A")
        );
        let key = self.session.text(&key).await;
        let tenant = demo_id("A").to_string();
        let sql = "SELECT p.proname, p.oid::regproc::text || '(' || coalesce((
                   SELECT string_agg(coalesce(quote_literal(CASE p.proargnames[n] WHEN 'p_tenant_id' THEN $1 WHEN 'p_key_id' THEN $2
                              WHEN 'p_tool_name' THEN 'fetch_jobs' WHEN 'p_name' THEN 'probe' WHEN 'p_status' THEN 'online' END), 'NULL')
                          || '::' || format_type(t, NULL), ', ' ORDER BY n)
                     FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u (t, n)), '') || ')', p.proisstrict AND p.pronargs > 0
              FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_extension e ON e.oid = d.refobjid
             WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND e.extname = 'eryxon_mcp' ORDER BY p.proname";
        self.session.batch_execute("SET search_path = pg_catalog").await.expect("a setting");
        let rows = self.session.query(sql, &[&tenant, &key]).await.expect("the catalog");
        rows.iter()
            .map(|row| {
                let (name, call): (String, String) = (row.get(0), row.get(1));
                assert!(
                    !row.get::<_, bool>(2),
                    "{name} is STRICT: with a NULL it would not be called, and its check would not run"
                );
                (name, format!("SELECT {call}"))
            })
            .collect()
    }
}
