//! The numbers of NCRs.

use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// The number that a row `n` of the counters stands at. After 9999 it grows to five digits.
const NUMBER: Fill =
    Fill::Text("'NCR-' || n.year || '-' || lpad(n.last_number::text, greatest(4, length(n.last_number::text)), '0')");

statement! {
    static TAKE = include_str!("take_number.sql"); [Uuid] => rules(&[RULES]), fills(&[("number", NUMBER)]);

    static PASS = include_str!("pass_numbers.sql"); [Uuid, Int4] => fills(&[("number", NUMBER)]);
}

/// The next number of the year in the factory's time zone. To be called last before the insert: everybody else who needs a number waits
/// until the transaction ends.
pub(super) fn take_number(call: &Call) -> String {
    let (year, number, taken) = call.row(&TAKE, &[], |row| row.get_three::<i32, String, bool>());
    let number = if taken == Some(true) { call.value(&PASS, sql_args![year]) } else { number };
    number.expect("a counter has a number")
}
