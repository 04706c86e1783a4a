//! Customers whose name is close to a text.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::shared::with_rules;

/// How many customers are compared, those of the newest jobs.
const MAX_COMPARED: i64 = 1000;

/// How many are offered.
const MAX_OFFERED: usize = 5;

/// At least this similar (Jaro-Winkler, 0 to 1).
const SIMILAR: f64 = 0.8;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct SimilarCustomer {
    customer: String,
    /// Its jobs, completed ones included.
    jobs: i64,
    /// true: the name contains the text, but the customer has no such parts; false: it is only similar.
    contains: bool,
}

/// The customers to look for instead of `text`: those whose name contains it, whatever their parts, else those that are similar.
pub(in crate::tools) fn customers(call: &Call, text: &str, pattern: &str) -> Vec<SimilarCustomer> {
    static CUSTOMERS: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("customers.sql")));
    let known = query::read(&CUSTOMERS, sql_args![uuid(call.tenant), pattern, MAX_COMPARED], |rows| {
        rows.map(|row| {
            Ok(SimilarCustomer {
                customer: row.get(1)?.unwrap_or_default(),
                jobs: row.get(2)?.unwrap_or_default(),
                contains: row.get(3)?.unwrap_or_default(),
            })
        })
        .collect::<Result<Vec<_>, _>>()
    });
    let mut likely: Vec<_> = known
        .into_iter()
        .map(|customer| (if customer.contains { 1.0 } else { similarity(text, &customer.customer) }, customer))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .collect();
    likely.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    likely.into_iter().take(MAX_OFFERED).map(|(_, customer)| customer).collect()
}

/// How similar a text is to a name, or to as many words of it as the text has.
fn similarity(text: &str, name: &str) -> f64 {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let words: Vec<_> = name.split_whitespace().collect();
    let runs = words.windows(text.split_whitespace().count().max(1)).map(|run| run.join(" "));
    runs.chain([name.clone()]).map(|run| strsim::jaro_winkler(text.trim(), &run)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_similar_to_a_name_or_to_words_of_it() {
        for (text, name) in [
            ("Hidrotec", "Hydrotec Benelux"),
            ("van leuwen", "VAN LEEUWEN MACHINES"),
            ("de han", "Brouwerij De Haan"),
            ("OBrien and Son", "O'Brien & Søn"),
            ("acme industrys", "ACME Industries"),
        ] {
            assert!(similarity(text, name) >= SIMILAR, "{text}, {name}: {}", similarity(text, name));
        }
        for (text, name) in [("Hidrotec", "ACME Industries"), ("Zuidas", "MedTech Instruments"), ("x", "Kraan & Zonen")]
        {
            assert!(similarity(text, name) < SIMILAR, "{text}, {name}: {}", similarity(text, name));
        }
    }
}
