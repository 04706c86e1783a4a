//! Keeps the linker from dropping pgrx's section of SQL declarations (`.pgrxsc`), from which the install script is made.
//!
//! cargo-pgrx gives its own builds the same argument as a rustc flag, and a flag is part of every dependency's identity:
//! all of them were compiled twice, for the tests and for the library. Here it concerns the library alone; `.cargo/config.toml`
//! and `scripts/common.sh` turn cargo-pgrx's flag off.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,--no-gc-sections");
    }
}
