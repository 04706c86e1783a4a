//! Rust values as the parameters of a statement.

use pgrx::JsonB;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;

/// A parameter of a statement, with its type.
pub type Arg<'a> = DatumWithOid<'a>;

/// The parameters of a statement, in order.
#[macro_export]
macro_rules! sql_args {
    ($($value:expr),* $(,)?) => { &[$($crate::pg::args::IntoArg::into_arg($value)),*] };
}

/// The parameter types of our statements. All are built-in, so a prepared statement survives `DROP EXTENSION` and `CREATE EXTENSION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `boolean`
    Bool,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `double precision`
    Float8,
    /// `text`
    Text,
    /// `text[]`
    TextArray,
    /// `integer[]`
    Int4Array,
    /// `bigint[]`
    Int8Array,
    /// `uuid`
    Uuid,
    /// `uuid[]`
    UuidArray,
    /// `jsonb`
    Jsonb,
    /// `bytea`
    Bytea,
    /// `timestamptz`
    Timestamptz,
}

impl Type {
    /// Its OID.
    #[must_use]
    pub const fn oid(self) -> pg_sys::Oid {
        match self {
            Self::Bool => pg_sys::BOOLOID,
            Self::Int4 => pg_sys::INT4OID,
            Self::Int8 => pg_sys::INT8OID,
            Self::Float8 => pg_sys::FLOAT8OID,
            Self::Text => pg_sys::TEXTOID,
            Self::TextArray => pg_sys::TEXTARRAYOID,
            Self::Int4Array => pg_sys::INT4ARRAYOID,
            Self::Int8Array => pg_sys::INT8ARRAYOID,
            Self::Uuid => pg_sys::UUIDOID,
            Self::UuidArray => pg_sys::UUIDARRAYOID,
            Self::Jsonb => pg_sys::JSONBOID,
            Self::Bytea => pg_sys::BYTEAOID,
            Self::Timestamptz => pg_sys::TIMESTAMPTZOID,
        }
    }
}

/// Values that can be parameters. `Option` is for those that may be NULL.
pub trait IntoArg<'a> {
    /// Converts the value to a parameter.
    fn into_arg(self) -> Arg<'a>;
}

macro_rules! into_arg {
    ($($type:ty),*) => {$(
        impl<'a> IntoArg<'a> for $type {
            fn into_arg(self) -> Arg<'a> {
                self.into()
            }
        }

        impl<'a> IntoArg<'a> for Option<$type> {
            fn into_arg(self) -> Arg<'a> {
                self.into()
            }
        }
    )*};
}

into_arg!(
    bool,
    i32,
    i64,
    f64,
    String,
    JsonB,
    pgrx::Uuid,
    pgrx::datum::TimestampWithTimeZone,
    Vec<pgrx::Uuid>,
    Vec<String>,
    Vec<i32>,
    Vec<i64>
);

impl<'a> IntoArg<'a> for &'a [u8] {
    fn into_arg(self) -> Arg<'a> {
        self.into()
    }
}

impl<'a> IntoArg<'a> for &'a str {
    fn into_arg(self) -> Arg<'a> {
        self.into()
    }
}

impl<'a> IntoArg<'a> for Option<&'a str> {
    fn into_arg(self) -> Arg<'a> {
        self.into()
    }
}

impl<'a> IntoArg<'a> for Vec<&'a str> {
    fn into_arg(self) -> Arg<'a> {
        self.into()
    }
}

impl<'a> IntoArg<'a> for uuid::Uuid {
    fn into_arg(self) -> Arg<'a> {
        uuid(self).into()
    }
}

impl<'a> IntoArg<'a> for Option<uuid::Uuid> {
    fn into_arg(self) -> Arg<'a> {
        self.map(uuid).into()
    }
}

impl<'a> IntoArg<'a> for &[uuid::Uuid] {
    fn into_arg(self) -> Arg<'a> {
        uuids(self).into()
    }
}

impl<'a> IntoArg<'a> for &Vec<uuid::Uuid> {
    fn into_arg(self) -> Arg<'a> {
        uuids(self).into()
    }
}

impl<'a> IntoArg<'a> for Option<&[uuid::Uuid]> {
    fn into_arg(self) -> Arg<'a> {
        self.map(uuids).into()
    }
}

/// A copy of a parameter, for another statement.
#[must_use]
pub fn again<'a>(arg: &Arg<'a>) -> Arg<'a> {
    // SAFETY: datum and type come from an existing parameter, and the copy has the same lifetime.
    unsafe { Arg::new_from_datum(arg.datum(), arg.oid()) }
}

/// Converts a uuid to PostgreSQL's type.
#[must_use]
pub fn uuid(value: uuid::Uuid) -> pgrx::Uuid {
    pgrx::Uuid::from_bytes(*value.as_bytes())
}

/// Converts a uuid from PostgreSQL's type.
#[must_use]
pub fn from_uuid(value: pgrx::Uuid) -> uuid::Uuid {
    uuid::Uuid::from_bytes(*value.as_bytes())
}

fn uuids(values: &[uuid::Uuid]) -> Vec<pgrx::Uuid> {
    values.iter().copied().map(uuid).collect()
}
