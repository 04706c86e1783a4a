//! Customers whose name is similar to a text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::fold::fold;
use crate::pg::statement::Fill;
use crate::run::texts::Wording;
use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::{contains, sql_args, statement};

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
    static CUSTOMERS = include_str!("customers.sql"); [Uuid, Text, Int8]
        => rules(&[RULES]), fills(&[("contains", Fill::Text(contains!("j.customer", "$2")))]);
}

/// The customers to look for instead of `wanted`: first those whose name contains it, then those whose name is similar.
pub(super) fn customers(call: &Call, wanted: &Wording) -> Vec<SimilarCustomer> {
    let known = call.rows::<SimilarCustomer>(&CUSTOMERS, sql_args![wanted.pattern(), MAX_COMPARED]);
    let mut likely: Vec<_> = known
        .into_iter()
        .map(|customer| {
            (if customer.contains { 1.0 } else { similarity(wanted.folded(), &fold(&customer.customer)) }, customer)
        })
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .collect();
    likely.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    likely.into_iter().take(MAX_OFFERED).map(|(_, customer)| customer).collect()
}

/// How similar a text is to a name, or to as many words of it as the text has; both folded.
fn similarity(text: &str, name: &str) -> f64 {
    let words: Vec<_> = name.split(' ').collect();
    let runs = words.windows(text.split(' ').count()).map(|run| run.join(" "));
    runs.chain([name.to_owned()]).map(|run| strsim::jaro_winkler(text, &run)).fold(0.0, f64::max)
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
            let similarity = similarity(&fold(text), &fold(name));
            assert!(similarity >= SIMILAR, "{text}, {name}: {similarity}");
        }
        for (text, name) in [("Hidrotec", "ACME Industries"), ("Zuidas", "MedTech Instruments"), ("x", "Kraan & Zonen")]
        {
            let similarity = similarity(&fold(text), &fold(name));
            assert!(similarity < SIMILAR, "{text}, {name}: {similarity}");
        }
    }
}
