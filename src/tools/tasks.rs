//! Tasks: operations in the words that people use on the shop floor's task list.

mod fetch_tasks;

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[Tool::of::<fetch_tasks::FetchTasks>()];
