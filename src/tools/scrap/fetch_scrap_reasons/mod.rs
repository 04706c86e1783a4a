//! `fetch_scrap_reasons`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part, Rules};
use crate::run::page::{self, Wanted, ascending, found};
use crate::run::texts::Words;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Limit, TIME_ZONE};
use crate::tools::shared::period::{self, Days, Period};
use crate::tools::shared::pieces::{LIVE_LOTS, SCRAP_BY_REASON};
use crate::tools::shared::scrap_reason::Category;
use crate::tools::shared::{NO_WORD, RULES, page_output};
use crate::{has_words, sql_args, statement};

/// `fetch_scrap_reasons`
pub(in crate::tools) struct FetchScrapReasons;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// true (default): only active reasons; false: only inactive ones; null: both.
    active: Option<bool>,
    /// Only reasons in this category.
    category: Option<Category>,
    /// Only reasons with all of these words, or parts of words, in their code or description, regardless of case and accents.
    search: Option<Words>,
    /// Count the use of each reason over this many local days, including today (default 30).
    days: Days<30>,
    /// How many reasons to return, at most 500 (default 50).
    limit: Limit,
    /// next_cursor from the previous page; keep all other arguments unchanged.
    cursor: Option<String>,
    /// true: also count all matching reasons.
    include_total: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            active: Some(true),
            category: None,
            search: None,
            days: Days::default(),
            limit: Limit::default(),
            cursor: None,
            include_total: false,
        }
    }
}

/// A code for why pieces were scrapped.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScrapReason {
    id: Uuid,
    /// Unique within the factory.
    code: String,
    description: String,
    category: Category,
    /// false: no longer available for new scrap.
    active: bool,
    /// Lots with scrap for this reason in the period.
    lots: i64,
    /// Pieces scrapped for this reason in the period. When a lot is split over reasons, each reason counts its own pieces.
    scrap_pieces: i64,
}

page_output!(scrap_reasons: ScrapReason,
    /// The period in which lots and scrap_pieces were counted.
    period: Json<Period>);

const FILTERS: &[Part] = &[
    Part::filter("active", "s.active = {{value}}", Type::Bool),
    Part::filter("category", "s.category = {{value}}", Type::Text),
    Part::filter("search", has_words!("s.code, s.description"), Type::TextArray),
];

const BY_CODE: &[Part] = &ascending("code", "s.code", "text");

/// What the page needs of the shared rules. `$2` to `$4` are the page's own, so the number of days is `$5`.
const USE_OF_REASONS: &Rules = &[
    ("period", Fill::Text(period::PERIOD)),
    ("days", Fill::Text("$5")),
    ("time_zone", Fill::Text(TIME_ZONE)),
    ("live_lots", Fill::Text(LIVE_LOTS)),
    ("scrap_by_reason", Fill::Text(SCRAP_BY_REASON)),
];

statement! {
    static PAGE = include_str!("page.sql"); [Uuid, Int8, Text, Uuid, Int4]
        => rules(&[page::RULES, USE_OF_REASONS]),
           fills(&[("id", Fill::Text("s.id"))]),
           parts(&[FILTERS, page::CURSOR, BY_CODE]);

    static TOTAL = "SELECT count(*) FROM {{mes}}.scrap_reasons s WHERE s.tenant_id = $1{{where}}"; [Uuid]
        => parts(&[FILTERS]);

    static PERIOD = "WITH {{period}} SELECT {{period_json}}::text"; [Uuid, Int4] => rules(&[RULES]);
}

impl Declaration for FetchScrapReasons {
    const NAME: &'static str = "fetch_scrap_reasons";
    const TITLE: &'static str = "List scrap reasons";
    const DESCRIPTION: &'static str = "Lists the factory's scrap reason codes, ordered by code, with their category and how many lots and pieces were scrapped for each in \
        recent days. The codes are those that report_scrap accepts. To see which reasons cause the most scrap, use get_scrap_pareto.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let days = arguments.days.count();
        let mut choice = Choice::none();
        choice.value("active", arguments.active);
        choice.value("category", arguments.category.map(Category::name));
        choice.value("search", arguments.search.as_ref().map(Words::patterns));
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        let wanted = Wanted { order: "code", cursor: arguments.cursor.as_deref(), limit: arguments.limit };
        let page = page::page(call, &PAGE, choice, wanted, sql_args![days])?;
        let period = call.json(&PERIOD, sql_args![days]);
        Ok(Answer::new(found(&page, "scrap reason", None, total), &Output::of(page, total, period)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"category": "process", "days": 90, "limit": 3, "include_total": true}"#),
        Example::new(r#"{"active": null, "search": "code of"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::InvalidArguments, "the cursor is not from this list", r#"{"cursor": "x"}"#),
        NO_WORD,
    ];
}
