//! What is written down about a table that is gone is not done to another one.

use super::{host, install};

/// A dump names a table that is gone by its number, and where it is restored, that number may be another table's.
#[tokio::test]
async fn a_number_that_is_another_table_by_now_is_left_alone_and_forgotten() {
    for (other, is_ours) in [("mes.unrelated", false), ("mes.jobs", true)] {
        for call in ["SELECT eryxon_mcp.mcp_attach_mes('mes')", "SELECT eryxon_mcp.mcp_detach_mes('mes')"] {
            let db = host("NOBYPASSRLS");
            install(&db);
            db.psql(
                "ALTER TABLE mes.exceptions DISABLE ROW LEVEL SECURITY; SELECT eryxon_mcp.mcp_attach_mes('mes', p_enable_rls := true);
                 CREATE TABLE mes.unrelated (id uuid); ALTER TABLE mes.unrelated ENABLE ROW LEVEL SECURITY",
            );
            let gone = db.psql("SELECT 'mes.exceptions'::regclass::oid");
            db.psql("DROP TABLE mes.exceptions CASCADE");
            db.psql(&format!(
                "UPDATE eryxon_mcp.mcp_attached_objects SET relation = '{other}'::regclass WHERE relation = {gone} AND kind = 'row security'"
            ));
            db.psql(call);
            let on = format!("SELECT relrowsecurity FROM pg_class WHERE oid = '{other}'::regclass");
            assert_eq!(db.psql(&on), "t", "{other}, {call}");
            // Of the other rows, the table is gone altogether.
            let left = format!(
                "SELECT count(*) FROM eryxon_mcp.mcp_attached_objects
                  WHERE relation = {gone} OR table_name = 'mes.exceptions' OR relation = '{other}'::regclass AND kind = 'row security'"
            );
            assert_eq!(db.count(&left), 0, "{other}, {call}");
            let policies = db.count(&format!(
                "SELECT count(*) FROM pg_policy WHERE polrelid = '{other}'::regclass AND polname LIKE 'eryxon%'"
            ));
            assert_eq!(policies > 0, is_ours && call.contains("attach_mes("), "{other}, {call}");
            db.psql("SELECT eryxon_mcp.mcp_detach_mes('mes')");
            assert_eq!(db.psql(&on), "t", "{other}, {call}, then detached");
        }
    }
}

#[tokio::test]
async fn a_table_that_was_renamed_is_known_by_its_policies_after_attaching_again_too() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql("ALTER TABLE mes.materials DISABLE ROW LEVEL SECURITY; SELECT eryxon_mcp.mcp_attach_mes('mes', p_enable_rls := true)");
    db.psql("ALTER SCHEMA mes RENAME TO factory; SELECT eryxon_mcp.mcp_attach_mes('factory')");
    let names = "SELECT count(*) FROM eryxon_mcp.mcp_attached_objects WHERE table_name NOT LIKE 'factory.%'";
    assert_eq!(db.count(names), 0);
    db.psql("ALTER TABLE factory.materials RENAME TO raw; SELECT eryxon_mcp.mcp_detach_mes('factory')");
    assert_eq!(db.psql("SELECT relrowsecurity FROM pg_class WHERE oid = 'factory.raw'::regclass"), "f");
}
