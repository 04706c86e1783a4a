//! What a statement refuses, on statements made for it. In the server, because quoting an identifier is PostgreSQL's.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use pgrx::prelude::*;

    use crate::core::gaps::GapError;
    use crate::pg::args::Type;
    use crate::pg::shape::Shape;
    use crate::pg::statement::{Choice, Declared, Fill, Part, Schemas, Statement};

    const SCHEMAS: Schemas<'_> = Schemas { mes: "a mes", extension: "public", shape: Shape::COMPLETE };

    fn built(statement: &'static Statement, choice: &Choice<'_>) -> Result<String, GapError> {
        statement.build(SCHEMAS, choice.of(statement))
    }

    fn complaints(statement: &'static Statement) -> String {
        Declared(statement).check(&[SCHEMAS]).join("\n")
    }

    #[pg_test]
    fn an_or_in_one_condition_leaves_the_others_in_force() {
        const PARTS: &[Part] =
            &[Part::condition("either", "true OR false"), Part::filter("number", "{{value}} = 1", Type::Int4)];
        static STATEMENT: Statement =
            Statement::new("here", &["SELECT $1 WHERE false{{where}}"], &[Type::Int4]).parts(&[PARTS]);
        let mut choice = Choice::none();
        choice.part("either");
        choice.value("number", Some(1));
        assert_eq!(
            built(&STATEMENT, &choice).as_deref(),
            Ok("SELECT $1 WHERE false\n   AND (true OR false)\n   AND ($2 = 1)")
        );
        assert_eq!(complaints(&STATEMENT), "");
    }

    #[pg_test]
    fn a_part_without_a_parameter_cannot_borrow_that_of_another() {
        static STATEMENT: Statement = Statement::new("here", &["SELECT $1 WHERE true{{where}}"], &[Type::Int4])
            .parts(&[&[Part::condition("number", "{{value}} = 1")]]);
        let mut choice = Choice::none();
        choice.part("number");
        assert_eq!(built(&STATEMENT, &choice), Err(GapError::Unknown("value".to_owned())));
    }

    #[pg_test]
    fn a_parameter_that_no_text_uses_is_found() {
        static DECLARED: Statement = Statement::new("here", &["SELECT $1, $10"], &[Type::Int4; 10]);
        assert_eq!(complaints(&DECLARED), "here: no text uses these parameters: {2, 3, 4, 5, 6, 7, 8, 9}");
        static OF_A_PART: Statement = Statement::new("here", &["SELECT 1 WHERE true{{where}}"], &[])
            .parts(&[&[Part::filter("number", "true", Type::Int4)]]);
        assert_eq!(complaints(&OF_A_PART), "here: no text uses these parameters: {1}");
    }

    #[pg_test]
    fn gaps_that_nothing_fills_and_texts_that_nothing_uses_are_found() {
        static RENAMED: Statement = Statement::new("here", &["SELECT 1 FROM {{mse}}.jobs"], &[]);
        assert_eq!(complaints(&RENAMED), "here with []: unknown gap: {{mse}}");
        static UNUSED: Statement =
            Statement::new("here", &["SELECT 1"], &[]).fills(&[("limit", Fill::Text("LIMIT 1"))]);
        assert_eq!(complaints(&UNUSED), "here with []: no gap for: limit");
        static NO_WHERE: Statement =
            Statement::new("here", &["SELECT 1"], &[]).parts(&[&[Part::condition("none", "false")]]);
        assert_eq!(complaints(&NO_WHERE), "here with []: no gap for: where");
        static TWICE: Statement = Statement::new("here", &["SELECT {{a}}"], &[])
            .fills(&[("a", Fill::Text("1"))])
            .rules(&[&[("a", Fill::Text("2"))]]);
        assert!(complaints(&TWICE).contains("more than one meaning"), "{}", complaints(&TWICE));
    }

    #[pg_test]
    fn postgresql_parses_and_analyses_what_is_built() {
        static SYNTAX: Statement = Statement::new("here", &["SELECT 1 WHERE true AND"], &[]);
        assert!(complaints(&SYNTAX).contains("syntax error"), "{}", complaints(&SYNTAX));
        static COLUMN: Statement = Statement::new("here", &["SELECT no_such_column FROM pg_catalog.pg_class"], &[]);
        assert!(complaints(&COLUMN).contains("no_such_column"), "{}", complaints(&COLUMN));
        static PARAMETER: Statement = Statement::new("here", &["SELECT $1 + 1"], &[Type::Uuid]);
        assert!(complaints(&PARAMETER).contains("operator does not exist"), "{}", complaints(&PARAMETER));
    }

    /// PostgreSQL parses all of these: the word becomes the name of a column.
    #[pg_test]
    fn an_operator_whose_condition_is_empty_is_found() {
        static LIST: Statement = Statement::new("here", &["SELECT true AND {{one}}, 2"], &[])
            .parts(&[&[Part::optional("one", "one", "false")]]);
        assert!(complaints(&LIST).contains("nothing follows AND"), "{}", complaints(&LIST));
        static LAST: Statement =
            Statement::new("here", &["SELECT true OR {{one}}"], &[]).fills(&[("one", Fill::Text(""))]);
        assert!(complaints(&LAST).contains("nothing follows OR"), "{}", complaints(&LAST));
        static INNER: Statement = Statement::new("here", &["SELECT 1 FROM (SELECT true AND {{one}}) x"], &[])
            .fills(&[("one", Fill::Text(""))]);
        assert!(complaints(&INNER).contains("nothing follows AND"), "{}", complaints(&INNER));
        static FROM: Statement = Statement::new("here", &["SELECT true AND {{one}} FROM pg_catalog.pg_class"], &[])
            .fills(&[("one", Fill::Text(""))]);
        assert!(complaints(&FROM).contains("nothing follows AND"), "{}", complaints(&FROM));
    }

    #[pg_test]
    fn a_part_of_a_group_fills_all_gaps_of_the_group() {
        const PARTS: &[Part] = &[
            Part::one_of("group", "full", "columns", ", 1"),
            Part::one_of("group", "full", "condition", "AND false"),
            Part::one_of("group", "lacking", "columns", ""),
        ];
        static STATEMENT: Statement =
            Statement::new("here", &["SELECT 0{{columns}} WHERE true {{condition}}"], &[]).parts(&[PARTS]);
        assert!(
            complaints(&STATEMENT).ends_with("empty: {(\"lacking\", \"condition\")}"),
            "{}",
            complaints(&STATEMENT)
        );
    }

    #[pg_test]
    fn a_choice_takes_one_part_of_a_group_and_values_where_due() {
        const PARTS: &[Part] = &[
            Part::one_of("order", "up", "order", "ORDER BY 1"),
            Part::one_of("order", "down", "order", "ORDER BY 1 DESC"),
            Part::at_most_one_of("end", "first", "end", "LIMIT 1"),
            Part::at_most_one_of("end", "none", "end", "LIMIT 0"),
            Part::filter("number", "{{value}} = 1", Type::Int4),
        ];
        static STATEMENT: Statement =
            Statement::new("here", &["SELECT 1 WHERE true{{where}} {{order}} {{end}}"], &[]).parts(&[PARTS]);
        let chosen = |parts: &[&'static str], number: Option<Option<i32>>| {
            let mut choice = Choice::none();
            parts.iter().for_each(|part| choice.part(part));
            if let Some(number) = number {
                choice.value("number", number);
            }
            let sql = catch_unwind(AssertUnwindSafe(|| built(&STATEMENT, &choice)));
            sql.ok().map(|sql| sql.expect("no gap is left"))
        };
        assert_eq!(chosen(&["up"], Some(None)).as_deref(), Some("SELECT 1 WHERE true ORDER BY 1 "));
        assert_eq!(
            chosen(&["down", "none"], Some(Some(1))).as_deref(),
            Some("SELECT 1 WHERE true\n   AND ($1 = 1) ORDER BY 1 DESC LIMIT 0")
        );
        for wrong in [&[][..], &["up", "down"], &["up", "first", "none"], &["up", "sideways"], &["up", "number"]] {
            assert_eq!(chosen(wrong, None), None, "{wrong:?}");
        }
        assert_eq!(complaints(&STATEMENT), "");
    }
}
