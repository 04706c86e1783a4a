//! The numbers of NCRs.

use uuid::Uuid;

use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::tools::shared::ncr_numbers::are_the_hosts;
use crate::{sql_args, statement};

statement! {
    static TAKE = include_str!("take_number.sql"); [Uuid] => rules(&[RULES]);

    static PASS = include_str!("pass_numbers.sql"); [Uuid, Int4] => rules(&[RULES]);

    static KEEP = include_str!("keep_number.sql"); [Uuid, Uuid, Text];
}

/// The next number of the year in the factory's time zone. To be called last before the insert: everybody else who needs a number waits
/// until the transaction ends.
pub(super) fn take_number(call: &Call) -> String {
    let (year, number, taken) = call.row(&TAKE, &[], |row| row.get_three::<i32, String, bool>());
    let number = if taken == Some(true) { call.value(&PASS, sql_args![year]) } else { number };
    number.expect("a counter has a number")
}

/// Keeps the number of a new NCR, if its own table cannot.
pub(super) fn keep_number(call: &Call, ncr: Uuid, number: &str) {
    if !are_the_hosts(call.schemas.shape) {
        call.execute(&KEEP, sql_args![ncr, number]);
    }
}
