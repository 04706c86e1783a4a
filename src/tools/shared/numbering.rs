//! Numbers for the NCRs of an application that has none.

use super::RULES;
use super::ncr_numbers::are_the_hosts;
use crate::run::tool::{Before, Call};
use crate::statement;

statement! {
    static ANY = "SELECT EXISTS (SELECT FROM {{mes}}.issues i WHERE i.tenant_id = $1 AND {{is_unnumbered_ncr}})"; [Uuid]
        => rules(&[RULES]);

    static LOCK = include_str!("numbering/lock.sql"); [Uuid] => rules(&[RULES]);

    static GIVE = include_str!("numbering/give.sql"); [Uuid] => rules(&[RULES]);
}

/// Numbers the NCRs that have none, in the order in which they were made. A tool that shows or takes numbers declares it.
pub(in crate::tools) const NUMBERED: Before = Before {
    applies: |shape| !are_the_hosts(shape),
    is_due: |call| call.value::<bool>(&ANY, &[]) == Some(true),
    run: give,
};

/// The same for a tool that makes an NCR. It locks the counter in any case, and before any other row: a call that numbers NCRs of the application
/// may go on to lock what this one has locked.
pub(in crate::tools) const NUMBERED_FOR_A_NEW_ONE: Before = Before { is_due: |_| true, ..NUMBERED };

/// The counters' rows stay locked until the transaction ends, so that of two calls the later one sees what the former has numbered.
fn give(call: &Call) {
    call.execute(&LOCK, &[]);
    call.execute(&GIVE, &[]);
}
