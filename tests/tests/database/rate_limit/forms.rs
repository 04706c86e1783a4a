//! A change from one form to the other.

use super::{Form, Place};

#[tokio::test]
async fn a_change_of_the_form_forgets_nothing() {
    let place = Place::new(Form::SharedMemory);
    let change = |form: Form| {
        // An empty list cannot be set.
        let libraries = if form == Form::SharedMemory { "eryxon_mcp" } else { "plpgsql" };
        place.db.psql(&format!("ALTER SYSTEM SET shared_preload_libraries = '{libraries}'"));
        place.db.cluster().restart();
    };
    let key = place.key("both", 5);
    assert_eq!(place.admitted(&key, 2).await, 2);
    assert_eq!(place.slots(&key), 0);
    change(Form::Table);
    assert_eq!(place.admitted(&key, 1).await, 1);
    assert_eq!(place.slots(&key), 1);
    change(Form::SharedMemory);
    assert_eq!(place.admitted(&key, 1).await, 1);
    change(Form::Table);
    assert_eq!(place.admitted(&key, 3).await, 1, "three in shared memory, one in the table");
    change(Form::SharedMemory);
    assert_eq!(place.admitted(&key, 3).await, 0);
    place.pass(&key, 61);
    assert_eq!(place.admitted(&key, 9).await, 5);
}
