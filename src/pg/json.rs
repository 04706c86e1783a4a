//! JSON text as a `jsonb` value, and a caller's `jsonb` as a tree of limited size. pgrx's `JsonB` is a tree in both directions. Our answers
//! are already text, and a caller's `jsonb` may contain what PostgreSQL can store but a tree cannot (200 levels of nesting, `1e400`), where
//! `JsonB` panics.

use std::ffi::CString;

use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, IntoDatum, direct_function_call_as_datum, pg_sys};
use serde_json::Value;

mod tree;

/// Valid JSON text that is passed to SQL as `jsonb`.
#[derive(Debug, Clone)]
pub struct JsonbText(pub String);

impl IntoDatum for JsonbText {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        let text = CString::new(self.0).expect("JSON text has no NUL");
        // SAFETY: jsonb_in takes a C string and returns a palloc'd copy.
        unsafe { direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(text.as_ptr().into())]) }
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::JSONBOID
    }
}

// SAFETY: a non-null datum of the declared type.
unsafe impl BoxRet for JsonbText {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: the datum was just made in the caller's memory context.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

// SAFETY: IntoDatum above makes jsonb.
unsafe impl SqlTranslatable for JsonbText {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(JsonbText);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("jsonb"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("jsonb")));
}

/// A caller's `jsonb` of at most `LIMIT` bytes. Of a larger one, only the size is known: it is not copied, let alone read.
#[derive(Debug)]
pub struct GivenJson<const LIMIT: usize>(pub Result<Value, TooLarge>);

/// The size of a value that is larger than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// As PostgreSQL stores it, uncompressed.
    pub bytes: usize,
}

impl<const LIMIT: usize> FromDatum for GivenJson<LIMIT> {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _type: pg_sys::Oid) -> Option<Self> {
        if is_null {
            return None;
        }
        // SAFETY: the datum is a jsonb. Its size stands in its header, or in that of its toast pointer or compressed form.
        let bytes = unsafe { pg_sys::toast_raw_datum_size(datum) } - pg_sys::VARHDRSZ;
        if bytes > LIMIT {
            return Some(Self(Err(TooLarge { bytes })));
        }
        // SAFETY: as above. pg_detoast_datum returns an aligned value, which lives as long as the caller's memory context.
        let tree = unsafe { tree::read(pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast()) };
        // A JSON string is not valid for any tool.
        Some(Self(Ok(tree.unwrap_or_else(|| format!("JSON of {bytes} bytes that cannot be read").into()))))
    }
}

// SAFETY: FromDatum above reads jsonb, which is what SqlTranslatable below declares.
unsafe impl<'fcx, const LIMIT: usize> ArgAbi<'fcx> for GivenJson<LIMIT> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: pgrx calls this only for arguments that are not null.
        unsafe { arg.unbox_arg_using_from_datum() }.expect("an argument that is not null")
    }
}

// SAFETY: FromDatum above reads jsonb.
unsafe impl<const LIMIT: usize> SqlTranslatable for GivenJson<LIMIT> {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(GivenJson);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("jsonb"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("jsonb")));
}
