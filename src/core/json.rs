//! JSON text built by a statement, checked against its type.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A `T` as PostgreSQL wrote it. The text is passed on unchanged, without being serialised again; the value is what Rust reads from it,
/// for example for the summary sentence. Every text is checked, in release builds too, so only what the type allows can be published.
#[derive(Debug, Clone)]
pub struct Json<T> {
    text: Box<RawValue>,
    value: T,
}

impl<T: DeserializeOwned> Json<T> {
    /// Checks a text.
    ///
    /// # Errors
    /// If it is not the JSON of a `T`.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        let value = serde_json::from_str(&text)?;
        Ok(Self { text: RawValue::from_string(text)?, value })
    }
}

/// No rows.
impl<T> Default for Json<Vec<T>> {
    fn default() -> Self {
        let text = RawValue::from_string("[]".to_owned()).expect("JSON");
        Self { text, value: Vec::new() }
    }
}

impl<T> Json<T> {
    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.get()
    }

    /// The value without its text.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let value = serde_json::from_str(text.get()).map_err(D::Error::custom)?;
        Ok(Self { text, value })
    }
}

impl<T: JsonSchema> JsonSchema for Json<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Row {
        hours: f64,
    }

    #[test]
    fn the_text_leaves_as_it_came_and_the_value_can_be_read() {
        let rows = Json::<Vec<Row>>::from_text(r#"[{"hours" : 1.50}]"#.to_owned()).expect("rows");
        assert_eq!(rows[0].hours, 1.5);
        assert_eq!(serde_json::to_string(&rows).expect("JSON"), r#"[{"hours" : 1.50}]"#);
    }

    #[test]
    fn what_is_not_in_the_type_is_refused() {
        assert!(Json::<Row>::from_text(r#"{"hours": 1, "cost": 2}"#.to_owned()).is_err());
        assert!(Json::<Row>::from_text("{}".to_owned()).is_err());
        assert!(serde_json::from_str::<Json<Row>>(r#"{"hours": null}"#).is_err());
    }

    #[test]
    fn its_schema_is_the_types() {
        let schema = |of: Schema| of.to_value();
        assert_eq!(schema(schemars::schema_for!(Json<Row>)), schema(schemars::schema_for!(Row)));
    }
}
