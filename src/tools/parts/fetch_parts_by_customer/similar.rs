//! Customers whose name is similar to a text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// How many customers are compared: those of the newest jobs.
const MAX_COMPARED: i64 = 1000;

/// How many are offered.
const MAX_OFFERED: usize = 5;

/// The lowest similarity that counts (Jaro-Winkler, 0 to 1).
const SIMILAR: f64 = 0.8;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SimilarCustomer {
    /// true: the name contains the text, but the customer has no matching parts; false: the name is only similar.
    contains: bool,
    customer: String,
    /// The customer's jobs, including completed ones.
    jobs: i64,
}

statement! {
    static CUSTOMERS = include_str!("customers.sql"); [Uuid, Text, Int8] => rules(&[RULES]);
}

/// The customers to look for instead of `text`: first those whose name contains it, then those whose name is similar.
pub(super) fn customers(call: &Call, text: &str, pattern: &str) -> Vec<SimilarCustomer> {
    let known = call.rows::<SimilarCustomer>(&CUSTOMERS, sql_args![pattern, MAX_COMPARED]);
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
