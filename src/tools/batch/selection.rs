//! The rows of a batch, locked.

use std::collections::HashSet;

use pgrx::datum::IntoDatum;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, Arg, from_uuid, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::batch::scope::Excluded;
use crate::tools::lifecycle::Locked;
use crate::tools::shared::{LIVE_OPERATIONS, LIVE_PARTS};

/// How many ids an error lists.
const MAX_LISTED: usize = 20;

/// A kind of row that a batch changes.
pub(in crate::tools) struct Kind {
    /// What it is called.
    what: &'static str,
    /// Its letter in the statements.
    letter: &'static str,
    /// The live ones, with the `WHERE`.
    live: &'static str,
    /// Locks rows, and first what stands above them.
    lock: fn(&Call, &[Uuid]) -> Locked,
}

/// Parts `p` of jobs `j`.
pub(in crate::tools) const PARTS: Kind = Kind { what: "part", letter: "p", live: LIVE_PARTS, lock: Locked::parts };

/// Operations `o` of parts `p` of jobs `j`.
pub(in crate::tools) const OPERATIONS: Kind =
    Kind { what: "operation", letter: "o", live: LIVE_OPERATIONS, lock: Locked::operations };

/// Rows that are to be selected: criteria that say which, and filters that leave some of them alone.
///
/// `$1` is the tenant. The texts are fixed; values are always parameters.
pub(in crate::tools) struct Selection<'a> {
    kind: &'static Kind,
    criteria: Vec<String>,
    filters: Vec<(&'static str, String)>,
    args: Vec<Arg<'a>>,
    /// The ids that were listed, and their parameter.
    listed: Option<(Vec<Uuid>, String)>,
}

/// Rows that are locked until the transaction ends.
pub(in crate::tools) struct Selected {
    /// Their ids, in order.
    pub(in crate::tools) ids: Vec<Uuid>,
    /// They and what stands above them.
    pub(in crate::tools) locked: Locked,
    /// The rows of the scope that are left alone.
    pub(in crate::tools) excluded: Excluded,
    /// The ids that were listed and are nobody's. There are none unless the call is partial.
    pub(in crate::tools) missing: Vec<Uuid>,
}

impl<'a> Selection<'a> {
    pub(in crate::tools) fn new(kind: &'static Kind, tenant: Uuid) -> Self {
        let args = vec![uuid(tenant).into()];
        Self { kind, criteria: Vec::new(), filters: Vec::new(), args, listed: None }
    }

    /// The placeholder of one more parameter.
    pub(in crate::tools) fn parameter<T: IntoDatum>(&mut self, value: T) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    /// Adds a criterion when there is a value for it; `{}` stands for the parameter.
    pub(in crate::tools) fn only<T: IntoDatum>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            let parameter = self.parameter(value);
            self.criteria.push(condition.replace("{}", &parameter));
        }
    }

    /// Ends the criteria with the listed ids. Nothing is selected when there is no criterion at all, or when the list is empty.
    pub(in crate::tools) fn of(mut self, ids: Option<&[Uuid]>) -> Option<Self> {
        if let Some(ids) = ids {
            if ids.is_empty() {
                return None;
            }
            let parameter = self.parameter(array(ids));
            self.criteria.push(format!("{}.id = ANY ({parameter})", self.kind.letter));
            self.listed = Some((ids.to_vec(), parameter));
        }
        (!self.criteria.is_empty()).then_some(self)
    }

    /// Leaves the rows alone for which `condition`, which is never null, is true; `name` is a field of [`Excluded`].
    pub(in crate::tools) fn leave_out(&mut self, name: &'static str, condition: String) {
        self.filters.push((name, condition));
    }

    /// Locks the rows.
    ///
    /// # Errors
    /// `limit_exceeded` when they are more than `max_rows`; `not_found` when a listed id is nobody's, unless `partial`.
    pub(in crate::tools) fn lock(mut self, call: &Call, max_rows: usize, partial: bool) -> Result<Selected, ToolError> {
        let Kind { what, letter, live, lock } = self.kind;
        let kept = self.kept();
        // Not locked yet, so that a scope that is far too wide does not stop the factory.
        let count = query::write(&format!("SELECT count(*) FROM {live}{kept}"), &self.args, |rows| {
            rows.first().get_one::<i64>()
        });
        let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
        if count > max_rows {
            let message = format!("the scope holds {count} {what}s, more than the {max_rows} of max_rows");
            return Err(ToolError::new(ToolErrorCode::LimitExceeded, message)
                .hint("give a narrower scope, a filter, or batches of ids")
                .with("selected", count)
                .with("limit", max_rows));
        }
        let most = self.parameter(i64::try_from(max_rows).unwrap_or(i64::MAX));
        let sql = format!("SELECT {letter}.id FROM {live}{kept} ORDER BY {letter}.id LIMIT {most}");
        let found = ids(&sql, &self.args);
        let locked = lock(call, &found);
        // Behind the lock they are what they stay; somebody may have completed one while it was waited for.
        let found = self.parameter(array(&found));
        let sql = format!("SELECT {letter}.id FROM {live}{kept} AND {letter}.id = ANY ({found}) ORDER BY {letter}.id");
        let ids = ids(&sql, &self.args);
        let missing = self.missing(call);
        if let Some(first) = missing.first().filter(|_| !partial) {
            let listed: Vec<_> = missing.iter().take(MAX_LISTED).map(Uuid::to_string).collect();
            return Err(ToolError::not_found(what, first).with("missing_count", missing.len()).with("missing", listed));
        }
        Ok(Selected { ids, locked, excluded: self.excluded(), missing })
    }

    /// The listed ids that are nobody's, each once.
    fn missing(&self, call: &Call) -> Vec<Uuid> {
        let Some((listed, _)) = &self.listed else { return Vec::new() };
        let Kind { letter, live, .. } = self.kind;
        // With parameters of its own: one text must always have the same ones.
        let args = sql_args![uuid(call.tenant), array(listed)];
        let present = ids(&format!("SELECT {letter}.id FROM {live} AND {letter}.id = ANY ($2)"), args);
        let mut known: HashSet<_> = present.into_iter().collect();
        listed.iter().copied().filter(|id| known.insert(*id)).collect()
    }

    fn excluded(&self) -> Excluded {
        let Kind { letter, live, .. } = self.kind;
        let reasons = self
            .filters
            .iter()
            .fold(String::new(), |sql, (name, condition)| format!("{sql} WHEN {condition} THEN '{name}'"));
        let reason = if reasons.is_empty() { "NULL::text".to_owned() } else { format!("CASE{reasons} END") };
        let outside = match &self.listed {
            Some((_, ids)) => format!("(SELECT count(*) FROM {live} AND {letter}.id = ANY ({ids})) - count(*)"),
            None => "0".to_owned(),
        };
        let counts = Excluded::BY_FILTER.map(|name| format!("'{name}', count(*) FILTER (WHERE s.reason = '{name}')"));
        let sql = format!(
            "SELECT json_build_object({}, 'outside_scope', {outside})::text
               FROM (SELECT {reason} AS reason FROM {live}{}) s",
            counts.join(", "),
            all_of(self.criteria.iter())
        );
        query::write(&sql, &self.args, |rows| rows.first().get_one::<String>())
            .and_then(|text| serde_json::from_str(&text).ok())
            .expect("an aggregate gives a row")
    }

    /// The conditions of the rows that are to be changed.
    fn kept(&self) -> String {
        let filters = self.filters.iter().map(|(_, condition)| format!("NOT ({condition})"));
        all_of(self.criteria.iter()) + &all_of(filters)
    }
}

fn all_of(conditions: impl Iterator<Item = impl std::fmt::Display>) -> String {
    conditions.fold(String::new(), |sql, condition| format!("{sql}\n   AND {condition}"))
}

/// The ids that a statement gives.
pub(in crate::tools) fn ids(sql: &str, args: &[Arg<'_>]) -> Vec<Uuid> {
    query::write(sql, args, |rows| {
        let ids = rows.map(|row| row.get::<pgrx::Uuid>(1)).collect::<Result<Vec<_>, _>>()?;
        Ok(ids.into_iter().flatten().map(from_uuid).collect())
    })
}

/// Ids as a parameter.
pub(in crate::tools) fn array(ids: &[Uuid]) -> Vec<pgrx::Uuid> {
    ids.iter().copied().map(uuid).collect()
}
