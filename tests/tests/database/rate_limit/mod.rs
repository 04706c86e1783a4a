//! The rate limit: at most `rate_limit` calls of a key in any 60 seconds, across all connections. One suite for its two forms.
//!
//! Each form has a cluster of its own, because the form depends on `shared_preload_libraries`, and because time passes by a restart: the
//! form in shared memory has a clock that nobody can set, but begins with what was recorded.

mod cost;
mod forms;
mod full;
mod rules;

use std::time::Duration;

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::{Cluster, Database, Key, Options, Session, call};
use serde_json::{Value, json};

/// Where the uses of the limit are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    SharedMemory,
}

/// The demo factory in a cluster with one of the forms.
struct Place {
    form: Form,
    db: Database,
}

impl Place {
    fn new(form: Form) -> Self {
        let preloaded = [("shared_preload_libraries", "eryxon_mcp")];
        let settings: &[_] = if form == Form::SharedMemory { &preloaded } else { &[] };
        let options = Options { settings, ..Options::default() };
        let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(&options)));
        Self { form, db: Database::alone_in(cluster) }
    }

    /// A new key of tenant A with this limit.
    fn key(&self, name: &str, limit: u32) -> Key {
        let key = self.db.key_with("A", name, "");
        self.limit(&key, limit);
        key
    }

    fn limit(&self, key: &Key, limit: u32) {
        self.db.psql(&format!("UPDATE mcp_authentication_keys SET rate_limit = {limit} WHERE id = '{}'", key.id));
    }

    /// How many rows the key has in the table.
    fn slots(&self, key: &Key) -> i64 {
        self.db.count(&format!("SELECT count(*) FROM mcp_rate_slots WHERE key_id = '{}'", key.id))
    }

    /// Makes all calls of the key older.
    fn pass(&self, key: &Key, seconds: u32) {
        for (table, column) in [("mcp_rate_slots", "used_at"), ("mcp_key_usage_logs", "created_at")] {
            self.db.psql(&format!(
                "UPDATE {table} SET {column} = {column} - interval '{seconds} seconds' WHERE key_id = '{}'",
                key.id
            ));
        }
        if self.form == Form::SharedMemory {
            self.db.cluster().restart();
        }
    }

    async fn sessions(&self, number: usize) -> Vec<Session> {
        let mut sessions = Vec::new();
        for _ in 0..number {
            sessions.push(self.db.gateway().await);
        }
        sessions
    }

    /// A superuser may open transactions. With this timeout, a call that waits for a lock fails.
    async fn impatient(&self) -> Session {
        let session = self.db.superuser().await;
        session.batch_execute("SET lock_timeout = '2s'").await.expect("a setting");
        session
    }

    /// How many of this many calls are admitted, one after the other over a new connection.
    async fn admitted(&self, key: &Key, calls: usize) -> usize {
        let session = self.db.gateway().await;
        let mut answers = Vec::new();
        for _ in 0..calls {
            answers.push(fetch(&session, key).await);
        }
        assert_eq!(count(&answers, "ok") + count(&answers, "rate_limit_error"), calls, "{answers:?}");
        count(&answers, "ok")
    }
}

async fn fetch(session: &Session, key: &Key) -> Value {
    call(session, &key.secret, "fetch_jobs", json!({"limit": 1})).await
}

/// The outcomes of this many calls from each of these sessions, all at once.
async fn all_at_once(sessions: Vec<Session>, key: &Key, calls: usize) -> Vec<Value> {
    let mut running = Vec::new();
    for session in sessions {
        let key = key.clone();
        running.push(tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..calls {
                answers.push(fetch(&session, &key).await);
            }
            answers
        }));
    }
    let mut answers = Vec::new();
    for task in running {
        answers.extend(task.await.expect("no call panics"));
    }
    answers
}

fn count(answers: &[Value], expected: &str) -> usize {
    answers.iter().filter(|answer| outcome(answer) == expected).count()
}

/// How long a refused call is told to wait.
fn retry_after(answer: &Value) -> Duration {
    assert_eq!(outcome(answer), "rate_limit_error", "{answer}");
    assert_eq!(answer["error"]["code"], -32000);
    assert_eq!(answer["error"]["message"], "Rate limit exceeded");
    Duration::from_millis(answer["error"]["data"]["retry_after_ms"].as_u64().expect("when to retry"))
}
