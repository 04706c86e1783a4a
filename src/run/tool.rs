//! The declaration of a tool: one type with constants, an arguments type, an output type and one function.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::arguments::{self, Accepted};
pub use super::call::Call;
use super::schema;
use crate::error::{ToolError, ToolErrorCode};
use crate::names::MAX_ANSWER_BYTES;
use crate::pg::shape::Shape;

/// What a tool may do to the tenant's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only reads. PostgreSQL refuses every write while it runs.
    Read,
    /// Adds or changes rows that the arguments name.
    Write,
    /// Deletes rows, or changes many at once.
    Destructive,
}

/// A call on the demo factory. The documentation shows it, and the tests run it.
#[derive(Debug, Serialize)]
pub struct Example {
    /// The letter of the demo tenant that makes the call.
    pub tenant: &'static str,
    /// The arguments as JSON. A text such as `@A/job/JOB-1001` stands for the id of that row of the demo factory, and `@nothing` for an
    /// id that no row has.
    pub arguments: &'static str,
}

impl Example {
    /// A call of tenant A, the most complete factory.
    #[must_use]
    pub const fn new(arguments: &'static str) -> Self {
        Self { tenant: "A", arguments }
    }

    /// A call of another tenant.
    #[must_use]
    pub const fn of(tenant: &'static str, arguments: &'static str) -> Self {
        Self { tenant, arguments }
    }
}

/// An error that a tool returns, and a call on the demo factory that causes it.
#[derive(Debug, Serialize)]
pub struct ErrorCase {
    /// The `code` of the error.
    pub code: ToolErrorCode,
    /// The condition, in words.
    pub when: &'static str,
    /// A call that causes it.
    pub example: Example,
}

impl ErrorCase {
    /// An error that a call of tenant A causes.
    #[must_use]
    pub const fn new(code: ToolErrorCode, when: &'static str, arguments: &'static str) -> Self {
        Self { code, when, example: Example::new(arguments) }
    }

    /// An error that a call of another tenant causes.
    #[must_use]
    pub const fn of(tenant: &'static str, code: ToolErrorCode, when: &'static str, arguments: &'static str) -> Self {
        Self { code, when, example: Example::of(tenant, arguments) }
    }
}

/// A tool's answer: a sentence for a person, and JSON of the output type `T`.
#[derive(Debug)]
pub struct Answer<T> {
    summary: String,
    body: String,
    output: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Answer<T> {
    /// An answer. Parts of the output that SQL built are [`Json`](crate::core::json::Json); their text is passed on unchanged.
    ///
    /// # Panics
    /// If `output` cannot be serialised, because its type is wrong.
    #[must_use]
    pub fn new(summary: impl Into<String>, output: &T) -> Self {
        let body = serde_json::to_string(output).expect("an output type serialises");
        Self { summary: summary.into(), body, output: PhantomData }
    }
}

/// A step that writes before the tool runs, in a sandbox of its own, because that of a read tool is rolled back. It is left out where nothing
/// can be written, and if it fails; the tool must do without.
#[derive(Debug)]
pub struct Before {
    /// Whether it may be due in a schema of this shape.
    pub applies: fn(Shape) -> bool,
    /// Whether there is something to do. It only reads.
    pub is_due: fn(&Call<'_>) -> bool,
    /// Does it.
    pub run: fn(&Call<'_>),
}

/// The declaration of a tool.
pub trait Declaration {
    /// Its name, `snake_case`; also the name of its SQL function.
    const NAME: &'static str;
    /// A short title for people.
    const TITLE: &'static str;
    /// For the model that has to choose a tool: what this one is for, what it is not for, units.
    const DESCRIPTION: &'static str;
    /// What it may do.
    const ACCESS: Access;
    /// Whether a repeated call with the same arguments changes nothing further. Read tools are idempotent.
    const IDEMPOTENT: bool = matches!(Self::ACCESS, Access::Read);
    /// Older field names that are still accepted: `(old, new)`.
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[];
    /// Older field values that are still accepted: `(field, old, new)`.
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[];
    /// What has to be done before, if anything.
    const BEFORE: Option<Before> = None;
    /// Successful calls on the demo factory, the most instructive first.
    const EXAMPLES: &'static [Example];
    /// The errors of this tool, except those that every tool can return (arguments that do not match the schema, `timeout`, `cancelled`,
    /// `internal`).
    const ERRORS: &'static [ErrorCase];
    /// The arguments. Its JSON Schema is published as `inputSchema` and enforced.
    type Arguments: DeserializeOwned + JsonSchema;
    /// The output. Its JSON Schema is published as `outputSchema`.
    type Output: Serialize + DeserializeOwned + JsonSchema;

    /// Runs the tool inside the sandbox.
    ///
    /// # Errors
    /// Any error that the caller can correct. The changes are then rolled back.
    fn run(call: &Call<'_>, arguments: Self::Arguments) -> Result<Answer<Self::Output>, ToolError>;
}

/// A tool as the dispatcher sees it.
#[derive(Debug)]
pub struct Tool {
    /// See [`Declaration::NAME`].
    pub name: &'static str,
    /// The path of the type that declares it.
    pub path: fn() -> &'static str,
    /// See [`Declaration::TITLE`].
    pub title: &'static str,
    /// See [`Declaration::DESCRIPTION`].
    pub description: &'static str,
    /// See [`Declaration::ACCESS`].
    pub access: Access,
    /// See [`Declaration::IDEMPOTENT`].
    pub idempotent: bool,
    /// The arguments that it accepts.
    pub accepts: Accepted,
    /// See [`Declaration::BEFORE`].
    pub before: Option<Before>,
    /// See [`Declaration::EXAMPLES`].
    pub examples: &'static [Example],
    /// See [`Declaration::ERRORS`].
    pub errors: &'static [ErrorCase],
    /// The JSON Schema of its output.
    pub output_schema: fn() -> Value,
    run: fn(&Call<'_>, Value) -> Result<Rendered, ToolError>,
}

/// An answer after its type is erased.
#[derive(Debug)]
pub struct Rendered {
    /// The summary sentence for people.
    pub summary: String,
    /// The JSON text of the output.
    pub body: String,
}

impl Tool {
    /// The tool that `D` declares.
    #[must_use]
    pub const fn of<D: Declaration>() -> Self {
        Self {
            name: D::NAME,
            path: std::any::type_name::<D>,
            title: D::TITLE,
            description: D::DESCRIPTION,
            access: D::ACCESS,
            idempotent: D::IDEMPOTENT,
            accepts: Accepted {
                tool: D::NAME,
                field_aliases: D::FIELD_ALIASES,
                value_aliases: D::VALUE_ALIASES,
                schema: schema::of::<D::Arguments>,
            },
            before: D::BEFORE,
            examples: D::EXAMPLES,
            errors: D::ERRORS,
            output_schema: schema::of::<D::Output>,
            run: |call, arguments| {
                let answer = D::run(call, arguments::read(arguments)?)?;
                if answer.body.len() > MAX_ANSWER_BYTES {
                    return Err(ToolError::new(ToolErrorCode::LimitExceeded, "the answer would exceed the size limit")
                        .hint("request less: add a filter, lower the limit or select fewer fields")
                        .with("bytes", answer.body.len())
                        .with("limit", MAX_ANSWER_BYTES));
                }
                Ok(Rendered { summary: answer.summary, body: answer.body })
            },
        }
    }

    /// Checks the arguments and runs the tool.
    ///
    /// # Errors
    /// Those of [`Declaration::run`], and `invalid_arguments`.
    pub fn run(&'static self, call: &Call<'_>, arguments: Value) -> Result<Rendered, ToolError> {
        (self.run)(call, self.accepts.check(arguments)?)
    }

    /// The tool as `tools/list` shows it.
    #[must_use]
    pub fn listing(&self) -> Value {
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": (self.accepts.schema)(),
            "outputSchema": schema::or_error((self.output_schema)()),
            "annotations": {
                "title": self.title,
                "readOnlyHint": self.access == Access::Read,
                "destructiveHint": self.access == Access::Destructive,
                "idempotentHint": self.idempotent,
                "openWorldHint": false,
            },
        })
    }
}
