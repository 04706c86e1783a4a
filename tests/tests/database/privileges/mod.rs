//! Who may do what with the extension's objects, tried out: each object and action as each kind of caller. What is expected stands in
//! `expected.txt`.

mod installation;
mod probes;
mod refusals;

use installation::{Installation, installations};

const EXPECTED: &str = include_str!("expected.txt");

/// The lines of a table without comments, and with single spaces.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// What differs: lines that are not expected, and lines that were not found.
fn differences(found: &[String], expected: &[String]) -> String {
    let only = |mark: char, these: &[String], others: &[String]| {
        let these = these.iter().filter(|line| !others.contains(line));
        these.map(|line| format!("{mark} {line}")).collect::<Vec<_>>().join("\n")
    };
    format!("{}\n{}", only('+', found, expected), only('-', expected, found)).trim().to_owned()
}

/// The whole matrix is generated from the catalog, so an object without a line in `expected.txt` fails here. It is the same in each
/// installation.
#[tokio::test]
async fn every_object_can_be_used_by_those_and_only_those_who_are_meant_to() {
    let expected = lines(EXPECTED);
    let mut wrong = Vec::new();
    for installation in installations() {
        let found = probes::matrix(&installation).await;
        assert!(found.len() > 60, "{} lines", found.len());
        let differences = differences(&lines(&found.join("\n")), &expected);
        if !differences.is_empty() {
            wrong.push(format!("{}:\n{differences}", installation.name));
        }
    }
    assert!(wrong.is_empty(), "+ was found, - was expected\n{}", wrong.join("\n\n"));
}

/// `ALTER DEFAULT PRIVILEGES` also reaches the tables that `mes_create_schema` creates, and row-level security does not stop TRUNCATE.
#[tokio::test]
async fn default_privileges_leave_nothing_on_a_new_mes_schema() {
    let supabase = Installation::supabase();
    let session = supabase.db.superuser().await;
    let tables = supabase
        .db
        .psql("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'mes'::regnamespace");
    assert!(tables.lines().count() > 20, "{tables}");
    for table in tables.lines() {
        for (role, action, allowed) in [
            ("anon", format!("SELECT FROM mes.{table}"), false),
            ("anon", format!("TRUNCATE mes.{table}"), false),
            ("service_role", format!("SELECT FROM mes.{table}"), false),
            ("service_role", format!("DELETE FROM mes.{table}"), false),
            ("authenticated", format!("SELECT FROM mes.{table}"), true),
            ("authenticated", format!("DELETE FROM mes.{table}"), false),
            ("authenticated", format!("TRUNCATE mes.{table} CASCADE"), false),
        ] {
            session
                .batch_execute(&format!("BEGIN; SET LOCAL SESSION AUTHORIZATION {role}"))
                .await
                .expect("the role exists");
            let outcome = session.batch_execute(&action).await;
            session.batch_execute("ROLLBACK").await.expect("it ends");
            let code = outcome.err().and_then(|error| error.code().map(|code| code.code().to_owned()));
            assert_eq!(code.as_deref(), if allowed { None } else { Some("42501") }, "{action} as {role}");
        }
    }
}
