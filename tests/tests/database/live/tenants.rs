//! I4 on a live database: keys of a single column, links without a tenant, the application's own permissive policies for everybody.

use eryxon_mcp_tests::live::{Columns, Owner, factory};

use crate::{isolation, matrix};

#[tokio::test]
async fn every_tool_treats_another_tenants_ids_like_unknown_ids_in_a_live_database() {
    matrix::ids_of_another_tenant(&factory(Owner::Plain, Columns::Missing)).await;
}

#[tokio::test]
async fn every_tool_treats_another_tenants_numbers_and_names_like_unknown_ones_in_a_live_database() {
    matrix::numbers_and_names_of_another_tenant(&factory(Owner::Bypassrls, Columns::NeverFilled)).await;
}

#[tokio::test]
async fn a_tool_sees_every_row_of_its_tenant_and_no_other_in_every_table_of_a_live_database() {
    for owner in Owner::BOTH {
        isolation::rows_of_every_table(&factory(owner, Columns::Missing)).await;
    }
}
