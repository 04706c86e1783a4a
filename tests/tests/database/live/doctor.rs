//! What `mcp_doctor` says about a live database.

use eryxon_mcp_tests::live::{Columns, Live, Owner, SCHEMA};

/// The rules of the application that are worth a word; the server's settings and the operators are those of the tests' cluster.
#[tokio::test]
async fn the_doctor_names_what_the_application_has_and_nothing_else() {
    for (owner, columns) in [(Owner::Plain, Columns::Missing), (Owner::Bypassrls, Columns::NeverFilled)] {
        let live = Live::with(owner, columns);
        live.install();
        live.attach();
        let found = live.psql(&format!(
            "SELECT severity || ' ' || object || ': ' || reason FROM {SCHEMA}.mcp_doctor()
              WHERE object NOT IN ('server', 'role eryxon_mcp_owner')"
        ));
        let expected = [
            "warning schema public: public.operation_day_allocations_operation_id_date_key of table".to_owned(),
            format!("note schema public: its owner {} is no superuser", owner.role()),
        ];
        let found: Vec<_> = found.lines().collect();
        assert_eq!(found.len(), expected.len(), "{owner:?}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(&expected), "{owner:?}: {found}");
        }
    }
}
