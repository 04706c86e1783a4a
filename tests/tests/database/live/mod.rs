//! The extension beside a live application: what the fixture claims, and that the application notices nothing.

mod answers;
mod doctor;
mod document;
mod fixture;
mod locks;
mod tenants;
mod tools;
mod untouched;
