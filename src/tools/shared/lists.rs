//! How the lists of all domains look: their arguments, orders, output, and the columns that they show on request.

use crate::error::ToolErrorCode;
use crate::run::tool::ErrorCase;

/// The error of a list that is given the cursor of another list, or of another order.
pub(in crate::tools) const FOREIGN_CURSOR: ErrorCase = ErrorCase::new(
    ToolErrorCode::InvalidArguments,
    "the cursor is not from this list in this order",
    r#"{"cursor": "x"}"#,
);

/// The error of a list that is to search for nothing.
pub(in crate::tools) const NO_WORD: ErrorCase =
    ErrorCase::new(ToolErrorCode::InvalidArguments, "search has no word", r#"{"search": " - "}"#);

/// The arguments of a list: those that the tool names, all optional, and those that every list has. `=> fields:` names
/// the enum of [`more_fields`], where the list has one.
macro_rules! list_arguments {
    ($($(#[$attribute:meta])* $field:ident: $type:ty,)* $(=> fields: $more:ty)?) => {
        #[derive(Default, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub(in crate::tools) struct Arguments {
            $($(#[$attribute])* $field: $type,)*
            /// How many rows to return, at most 500 (default 50).
            limit: crate::run::values::Limit,
            $(
                /// Columns to show in addition to those that are always shown.
                fields: std::collections::BTreeSet<$more>,
            )?
            /// next_cursor from the previous page; keep all other arguments unchanged.
            cursor: Option<String>,
            /// true: also count all matching rows, which takes longer.
            include_total: bool,
        }

        impl Arguments {
            /// The requested page of the list in this order.
            fn wanted(&self, order: &'static str) -> crate::run::page::Wanted<'_> {
                crate::run::page::Wanted { order, cursor: self.cursor.as_deref(), limit: self.limit }
            }
        }
    };
}
pub(in crate::tools) use list_arguments;

/// The orders of a list: an enum for the argument that chooses one, each with its name, its direction (the function of
/// [`page`](crate::run::page)), its sort key and the key's type.
macro_rules! orders {
    ($visibility:vis $name:ident { $($(#[$attribute:meta])* $value:ident = $text:literal: $direction:ident $key:literal as $type:literal,)+ }) => {
        #[derive(Clone, Copy, Default, serde::Deserialize, schemars::JsonSchema)]
        $visibility enum $name {
            $($(#[$attribute])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            const ORDERS: &[[crate::pg::statement::Part; 4]] = &[$(crate::run::page::$direction($text, $key, $type)),+];
            /// The orders as parts of the list's statement.
            $visibility const PARTS: &[crate::pg::statement::Part] = Self::ORDERS.as_flattened();

            $visibility const fn name(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }
        }
    };
}
pub(in crate::tools) use orders;

/// The output type of a list: `{<field>: [<row>, …], count, total, next_cursor, truncated}`, and what the tool adds to it. `Output::of`
/// makes it of a page.
macro_rules! page_output {
    ($field:ident: $row:ty $(, $(#[$doc:meta])* $more:ident: $type:ty)*) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::tools) struct Output {
            $field: crate::core::json::Json<Vec<$row>>,
            /// How many rows this answer has.
            count: usize,
            /// How many rows match in total, regardless of the page; null if they were not counted.
            total: Option<i64>,
            /// Where the next page begins; null on the last page.
            next_cursor: Option<String>,
            /// true: the page ended before limit because its rows reached 262144 bytes; call again with next_cursor for the rest.
            truncated: bool,
            $($(#[$doc])* $more: $type,)*
        }

        impl Output {
            fn of(page: crate::run::page::Page<$row>, total: Option<i64> $(, $more: $type)*) -> Self {
                let crate::run::page::Page { rows: $field, count, next_cursor, truncated } = page;
                Self { $field, count, total, next_cursor, truncated $(, $more)* }
            }
        }
    };
}
pub(in crate::tools) use page_output;

/// The columns that a list shows on request only: an enum for the argument `fields`, each with its name in the answer and its SQL
/// expression over the table's row `x`. In the row's type they are `Option<Option<…>>` with `#[serde(default, deserialize_with =
/// "present", skip_serializing_if = "Option::is_none")]`.
macro_rules! more_fields {
    ($name:ident of $table:literal { $($value:ident = $text:literal: $expression:literal,)+ }) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema)]
        pub(in crate::tools) enum $name {
            $(#[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// The columns as parts of the list's statement, by their names.
            pub(in crate::tools) const PARTS: &[crate::pg::statement::Part] = &[
                $(crate::pg::statement::Part::optional(
                    $text,
                    "more",
                    concat!(
                        ",\n           (SELECT ", $expression, " FROM {{mes}}.", $table,
                        " x WHERE x.tenant_id = $1 AND x.id = {{id}}) AS ", $text
                    ),
                ),)+
            ];

            /// Chooses the columns that were asked for.
            pub(in crate::tools) fn choose(fields: &std::collections::BTreeSet<Self>, choice: &mut crate::pg::statement::Choice<'_>) {
                for field in fields {
                    choice.part(match field { $(Self::$value => $text,)+ });
                }
            }
        }
    };
}
pub(in crate::tools) use more_fields;

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{demo, refused};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn every_search_needs_a_word() {
        demo();
        let searching = crate::tools::all().filter(|tool| !(tool.accepts.schema)()["properties"]["search"].is_null());
        let mut tools = 0;
        for tool in searching {
            for nothing in ["   ", "-", "% _", "\u{301}"] {
                let error = refused("A", tool.name, &json!({"search": nothing}));
                assert_eq!(
                    (&error["code"], &error["field"]),
                    (&json!("invalid_arguments"), &json!("search")),
                    "{}: {nothing}",
                    tool.name
                );
            }
            tools += 1;
        }
        assert_eq!(tools, 6);
    }
}
