//! Passwords of logins.

use std::ffi::{CStr, CString};

use pgrx::pg_sys;

/// What PostgreSQL stores for a password, with SCRAM-SHA-256: a statement that sets it then shows the password to nobody. A password that
/// is already hashed is returned as it is.
#[must_use]
pub fn scram_verifier(password: &str) -> String {
    let password = CString::new(password).expect("a text of PostgreSQL has no NUL");
    // SAFETY: both take NUL-terminated texts; the second one returns one, in the current memory context. SCRAM does not use the role's name.
    unsafe {
        if pg_sys::get_password_type(password.as_ptr()) != pg_sys::PasswordType::PASSWORD_TYPE_PLAINTEXT {
            return password.into_string().expect("it was a str");
        }
        let scram = pg_sys::PasswordType::PASSWORD_TYPE_SCRAM_SHA_256;
        let verifier = pg_sys::encrypt_password(scram, c"".as_ptr(), password.as_ptr());
        CStr::from_ptr(verifier).to_str().expect("a verifier is ASCII").to_owned()
    }
}
