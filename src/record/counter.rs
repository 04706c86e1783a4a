//! How often a key was used, and when last.

use std::cell::RefCell;

use uuid::Uuid;

use super::pace;
use crate::pg::report::log_to_server;
use crate::pg::transaction::Once;
use crate::pg::{exit, query, transaction};
use crate::{sql_args, statement};

statement! {
    static USE = include_str!("use.sql"); [Uuid, Uuid, Int8];
}

/// Of how many keys uses are kept.
const MOST: usize = 64;

thread_local! {
    /// Uses of keys that are not yet written.
    static KEPT: RefCell<Vec<(Uuid, i64)>> = const { RefCell::new(Vec::new()) };
    static WRITTEN: Once = const { Once::new() };
}

/// Counts a use of a key. It never waits for another transaction: it takes one of the key's counters that nobody has locked, or adds one.
pub fn used(tenant: Uuid, key: Uuid) {
    write(tenant, key, 1);
}

/// Like [`used`], for uses that no limit bounds: one is written in each transaction, at the backend's pace, with those that were kept until
/// then.
pub fn validated(tenant: Uuid, key: Uuid) {
    let kept = KEPT.with_borrow_mut(|kept| {
        let of_key = kept.iter().position(|(of, _)| *of == key);
        of_key.map_or(0, |position| kept.swap_remove(position).1)
    });
    if WRITTEN.with(Once::again) || !pace::may_write() {
        return keep(key, kept + 1);
    }
    write(tenant, key, kept + 1);
    if kept > 0 {
        // The uses of earlier transactions, which were committed.
        transaction::if_rolled_back(move || keep(key, kept));
    }
}

fn keep(key: Uuid, uses: i64) {
    exit::at_exit(report_at_exit);
    KEPT.with_borrow_mut(|all| {
        if let Some((_, kept)) = all.iter_mut().find(|(of, _)| *of == key) {
            *kept += uses;
        } else if all.len() < MOST {
            all.push((key, uses));
        }
    });
}

fn write(tenant: Uuid, key: Uuid, uses: i64) {
    query::write(&USE, sql_args![key, tenant, uses], |_| Ok(()));
}

fn report_at_exit() {
    let uses: i64 = KEPT.take().into_iter().map(|(_, uses)| uses).sum();
    if uses > 0 {
        log_to_server(format!("eryxon_mcp: {uses} validations of keys by this session were not counted"));
    }
}
