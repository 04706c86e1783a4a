//! No summary sentence contains a text of the factory: names and notes are data, and a client shows the sentence as the server's words.
//!
//! Every text in every table is prefixed with a mark, every tool runs its examples and error cases, and no sentence may contain the mark.
//! A text of the factory in the arguments (such as a job number) gets the mark, too, so that the calls still find their rows.

use std::collections::HashSet;

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::catalog::Example;
use eryxon_mcp_tests::{Database, Tool, call};
use serde_json::{Map, Value};

const MARK: &str = "ZZFACTORYTEXT ";

/// Marks the texts in the tables, except those restricted to certain values by a check (a status, a time zone); returns the original texts.
const MARK_ALL: &str = "
CREATE TABLE texts_before (value text);
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT a.attrelid::regclass AS relation, quote_ident(a.attname) AS name
               FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
              WHERE t.relnamespace = 'mes'::regnamespace AND t.relkind = 'r' AND t.relname <> 'activity_log'
                AND a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND NOT a.attisdropped AND a.attgenerated = ''
    LOOP
        BEGIN
            EXECUTE format('INSERT INTO texts_before SELECT DISTINCT %s FROM %s WHERE %1$s <> ''''', c.name, c.relation);
            EXECUTE format('UPDATE %s SET %s = ''ZZFACTORYTEXT '' || %2$s', c.relation, c.name);
        EXCEPTION WHEN check_violation OR invalid_parameter_value THEN
            NULL;
        END;
    END LOOP;
END $$;
SELECT coalesce(json_agg(DISTINCT value), '[]') FROM texts_before";

/// The arguments with the mark in front of each text of the factory.
fn marked(value: &Value, texts: &HashSet<String>) -> Value {
    match value {
        Value::String(text) if texts.contains(text) => Value::from(format!("{MARK}{text}")),
        Value::Array(items) => items.iter().map(|item| marked(item, texts)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), marked(value, texts))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// The texts in the arguments, which a refusal may repeat because they are the caller's.
fn own_texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(own_texts).collect(),
        Value::Object(fields) => fields.values().flat_map(own_texts).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn no_summary_sentence_contains_a_text_of_the_factory() {
    let db = Database::fresh();
    let keys = ["A", "B", "C"].map(|tenant| (tenant, db.key_with(tenant, "texts", "").secret));
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'texts'");
    let texts: HashSet<String> = serde_json::from_str(&db.psql(MARK_ALL)).expect("a list of texts");
    for known in ["JOB-1001", "P-1012-01", "Welding", "Fixture 7", "NCR-2026-0001", "ACME Industries", "S235"] {
        assert!(texts.contains(known) || known.starts_with("NCR"), "{known} is not marked");
    }
    let gateway = db.gateway_in_transactions().await;
    for tool in Tool::all(&db) {
        let cases = tool.errors.iter().map(|case| (&case.example, case.code.as_str()));
        for (example, expected) in tool.examples.iter().map(|example| (example, "ok")).chain(cases) {
            let Example { tenant, named, arguments } = example;
            let (_, key) = keys.iter().find(|(name, _)| name == tenant).expect("a tenant with keys");
            let arguments = marked(arguments, &texts);
            gateway.batch_execute("BEGIN").await.unwrap();
            let answer = call(&gateway, key, &tool.name, arguments.clone()).await;
            gateway.batch_execute("ROLLBACK").await.unwrap();
            let what = format!("{} {named}", tool.name);
            assert_eq!(outcome(&answer), expected, "{what}: {answer}");
            let sentence = answer["result"]["content"][0]["text"].as_str().expect("a sentence");
            let mut ours = sentence.to_owned();
            if !succeeded(&answer) {
                own_texts(&arguments).into_iter().for_each(|text| ours = ours.replace(text, ""));
            }
            assert!(!ours.contains(MARK.trim_end()), "{what}: {sentence}");
            assert!(ours.is_ascii(), "{what}: {sentence}");
        }
    }
}
