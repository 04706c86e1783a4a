//! The extension beside a live application: what the fixture claims, and that the application notices nothing.

mod fixture;
mod locks;
mod tools;
mod untouched;
