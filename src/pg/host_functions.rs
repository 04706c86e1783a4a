//! The search path inside the sandbox: the host's schema is on it only while functions of the host run.
//!
//! PostgreSQL takes the best match of all schemas on the path. A tool's statement that looks up its functions and operators in the MES schema
//! as well would run what the schema's owner, or whoever may create objects there, has put in its way. So the path of the sandbox is
//! [`OWN_PATH`]. The host's triggers, and the functions in its policies, defaults and checks, were written for a path with the host's
//! schema: such a function gets it from its start to its end, unless it sets a path itself. PostgreSQL tells us of both by the hook that
//! `sepgsql` uses. Functions for which a hook is needed are not inlined either.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};
use std::sync::OnceLock;

use pgrx::pg_sys::FmgrHookEventType::{FHET_START, Type as Event};
use pgrx::{FromDatum, pg_guard, pg_sys};

use super::settings::Settings;

/// Where the statements of tools look up their names.
pub(super) const OWN_PATH: &CStr = c"pg_catalog, pg_temp";

/// The library of this extension's own functions written in C.
const OWN_LIBRARY: &str = "$libdir/eryxon_mcp";

/// The hooks that were there before.
static FORMER: OnceLock<(pg_sys::needs_fmgr_hook_type, pg_sys::fmgr_hook_type)> = OnceLock::new();

thread_local! {
    /// The path for functions of the host; `None` outside a sandbox.
    static HOST_PATH: RefCell<Option<CString>> = const { RefCell::new(None) };
    /// The functions that are running and for which the hook was called, each with the settings that were made for it.
    static RUNNING: RefCell<Vec<(pg_sys::Oid, Option<Settings>)>> = const { RefCell::new(Vec::new()) };
    /// How many of them were running when the sandbox was entered.
    static OUTSIDE: Cell<usize> = const { Cell::new(0) };
}

/// Installs the hooks.
pub(super) fn init() {
    // SAFETY: called once, while the library is loaded and nothing else runs; the former hooks are called by ours.
    unsafe {
        FORMER.get_or_init(|| (pg_sys::needs_fmgr_hook, pg_sys::fmgr_hook));
        pg_sys::needs_fmgr_hook = Some(needs_hook);
        pg_sys::fmgr_hook = Some(hook);
    }
}

/// As long as it lives, functions of the host find their names in this schema.
pub(super) struct OnPath {
    former: Option<CString>,
    outside: usize,
}

impl OnPath {
    pub(super) fn enter(host_schema: &str) -> Self {
        let path = format!("{}, pg_temp", pgrx::spi::quote_identifier(host_schema));
        let path = CString::new(path).expect("an identifier has no NUL");
        let running = RUNNING.with_borrow(Vec::len);
        Self { former: HOST_PATH.replace(Some(path)), outside: OUTSIDE.replace(running) }
    }
}

impl Drop for OnPath {
    fn drop(&mut self) {
        HOST_PATH.set(self.former.take());
        OUTSIDE.set(self.outside);
    }
}

/// Sets the path of the sandbox again. Called before each statement of a tool: a policy of the host may call `set_config` itself, and a
/// trigger may leave another path behind.
pub(super) fn restore_path() {
    if HOST_PATH.with_borrow(Option::is_none) || inside_a_function() {
        return;
    }
    // SAFETY: the server's own copy of the setting, which is never null once a statement runs.
    let changed = unsafe { CStr::from_ptr(pg_sys::namespace_search_path) } != OWN_PATH;
    if changed {
        Settings::set_local(c"search_path", OWN_PATH);
    }
}

/// Whether a function for which the hook was called runs inside the sandbox.
fn inside_a_function() -> bool {
    RUNNING.with_borrow(Vec::len) > OUTSIDE.get()
}

/// The functions of the sandbox that are running, the innermost last.
pub(super) fn running() -> Vec<pg_sys::Oid> {
    RUNNING.with_borrow(|running| running.iter().skip(OUTSIDE.get()).map(|(function, _)| *function).collect())
}

/// The name of a function of the host; `None` for one of ours or of PostgreSQL, and for one that does not exist any more.
pub(super) fn name_of(function: pg_sys::Oid) -> Option<String> {
    Function::find(function).filter(|it| !it.is_ours)?;
    // SAFETY: a look-up in the catalog's caches; it gives a copy of the name, or null.
    unsafe {
        let name = pg_sys::get_func_name(function);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn needs_hook(function: pg_sys::Oid) -> bool {
    let former = FORMER.get().and_then(|(needs, _)| *needs);
    // SAFETY: the former hook, with its own argument.
    let former = former.is_some_and(|needs| unsafe { needs(function) });
    former || (HOST_PATH.with_borrow(Option::is_some) && Function::find(function).is_some_and(|it| it.needs_path()))
}

#[pg_guard]
unsafe extern "C-unwind" fn hook(event: Event, function: *mut pg_sys::FmgrInfo, private: *mut pg_sys::Datum) {
    if event != FHET_START {
        // A setting of the host that the function has made for the rest of the transaction stays; after an ERROR, PostgreSQL undoes all.
        if let Some((_, Some(settings))) = RUNNING.with_borrow_mut(Vec::pop)
            && event == pg_sys::FmgrHookEventType::FHET_END
        {
            settings.end_of_function();
        }
    }
    if let Some((_, Some(former))) = FORMER.get() {
        // SAFETY: the former hook, with the arguments of this call; `private` is left to it.
        unsafe { former(event, function, private) }
    }
    if event == FHET_START {
        // SAFETY: PostgreSQL calls the hook with the function that it is about to run.
        let function = unsafe { (*function).fn_oid };
        // Last, because after an error in here PostgreSQL does not announce the function's end.
        let settings = start(function);
        RUNNING.with_borrow_mut(|running| running.push((function, settings)));
    }
}

/// Gives the function its path if a statement of ours calls it; what it calls itself inherits its path, as everywhere. Returns the settings
/// that its end has to undo.
fn start(function: pg_sys::Oid) -> Option<Settings> {
    let path = HOST_PATH.with_borrow(Option::clone).filter(|_| !inside_a_function())?;
    let function = Function::find(function).filter(Function::needs_path)?;
    if function.has_settings {
        // PostgreSQL has opened a level for the function's own settings, and undoes it before it calls the hook again.
        Settings::set(c"search_path", &path);
        return None;
    }
    Some(Settings::enter(&[(c"search_path", &path)]))
}

/// What decides whether a function needs the host's path.
struct Function {
    is_ours: bool,
    has_settings: bool,
    has_path: bool,
}

impl Function {
    const fn needs_path(&self) -> bool {
        !self.is_ours && !self.has_path
    }

    /// `None` for a function of PostgreSQL itself. Those of this extension that are not written in C have a path of their own.
    fn find(function: pg_sys::Oid) -> Option<Self> {
        const CACHE: i32 = pg_sys::SysCacheIdentifier::PROCOID as i32;
        // SAFETY: reads a row of pg_proc from the catalog's cache, and copies what it takes before it releases the row.
        unsafe {
            let row = pg_sys::SearchSysCache1(CACHE, function.into());
            if row.is_null() {
                return None;
            }
            let schema = (*pg_sys::GETSTRUCT(row).cast::<pg_sys::FormData_pg_proc>()).pronamespace;
            let is_postgresqls = schema.to_u32() == pg_sys::PG_CATALOG_NAMESPACE;
            let found = (!is_postgresqls).then(|| {
                let library: Option<String> = attribute(row, pg_sys::Anum_pg_proc_probin);
                let settings: Option<Vec<String>> = attribute(row, pg_sys::Anum_pg_proc_proconfig);
                let has_path = settings.iter().flatten().any(|setting| setting.starts_with("search_path="));
                Self { is_ours: library.as_deref() == Some(OWN_LIBRARY), has_settings: settings.is_some(), has_path }
            });
            pg_sys::ReleaseSysCache(row);
            found
        }
    }
}

/// A column of a row of pg_proc.
///
/// # Safety
/// The column must have the type `T`.
unsafe fn attribute<T: FromDatum>(row: pg_sys::HeapTuple, number: u32) -> Option<T> {
    let mut is_null = false;
    let number = number.try_into().expect("the number of a column");
    // SAFETY: the caller's row, still held, and a column of the type that the caller names.
    unsafe {
        let value = pg_sys::SysCacheGetAttr(pg_sys::SysCacheIdentifier::PROCOID as i32, row, number, &raw mut is_null);
        T::from_datum(value, is_null)
    }
}
