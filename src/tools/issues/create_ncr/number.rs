//! The numbers of NCRs.

use std::sync::LazyLock;

use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::issues::with_issues;

/// The next number of the year in the factory's time zone. Comes last before the insert: until the transaction ends everybody else who
/// needs a number waits.
pub(in crate::tools) fn take_number(call: &Call) -> String {
    /// A fifth digit follows after 9999.
    const NUMBER: &str =
        "'NCR-' || n.year || '-' || lpad(n.last_number::text, greatest(4, length(n.last_number::text)), '0')";
    static TAKE: LazyLock<String> =
        LazyLock::new(|| with_issues(&include_str!("take_number.sql").replace("{{ncr_number}}", NUMBER)));
    static PASS: LazyLock<String> =
        LazyLock::new(|| include_str!("pass_numbers.sql").replace("{{ncr_number}}", NUMBER));
    let (year, number, taken) =
        query::write(&TAKE, sql_args![uuid(call.tenant)], |rows| rows.first().get_three::<i32, String, bool>());
    let number = if taken == Some(true) {
        let args = sql_args![uuid(call.tenant), year];
        query::write(&PASS, args, |rows| rows.first().get_one::<String>())
    } else {
        number
    };
    number.expect("a counter has a number")
}
