//! Lists in a configuration file: one value counts as a list of one.

use std::fmt;
use std::marker::PhantomData;

use adr_bundle::read_network;
use ipnet::IpNet;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Reads a list, or one value as a list of one.
///
/// # Errors
///
/// A value cannot be read.
pub fn one_or_many<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    from.deserialize_any(OneOrMany(PhantomData))
}

/// Reads a setting that has a default: a list, or one value as a list of one.
///
/// # Errors
///
/// A value cannot be read.
pub fn given<'de, D, T>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    one_or_many(from).map(Some)
}

/// Reads networks as `clients` in rules: `10.20.0.0/16`, or an address alone for one host.
///
/// # Errors
///
/// A value is not a network, or is a host inside of one.
pub fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let networks: Vec<Network> = one_or_many(from)?;
    Ok(networks.into_iter().map(|network| network.0).collect())
}

/// Reads a setting that has a default: networks.
///
/// # Errors
///
/// See [`networks`].
pub fn given_networks<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<IpNet>>, D::Error> {
    networks(from).map(Some)
}

struct OneOrMany<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(StrDeserializer::new(text))?])
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Vec<T>, A::Error> {
        Ok(vec![T::deserialize(MapAccessDeserializer::new(table))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        read_network(&text).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn one_value_is_a_list_of_one() {
        let read =
            |value: Value| one_or_many::<_, String>(value).map_err(|error| error.to_string());
        assert_eq!(read(json!("a")), Ok(vec!["a".to_owned()]));
        assert_eq!(read(json!(["a", "b"])), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read(json!([])), Ok(vec![]));
        let wrong = read(json!(1)).unwrap_err();
        assert!(wrong.ends_with("expected a value or a list of values"), "{wrong}");
    }

    #[test]
    fn networks_are_read_as_in_rules() {
        let read = |value: Value| networks(value).map_err(|error| error.to_string());
        let shown = |value: Value| read(value).unwrap()[0].to_string();
        assert_eq!(shown(json!("10.0.0.9")), "10.0.0.9/32");
        assert_eq!(shown(json!(["2001:db8::9"])), "2001:db8::9/128");
        assert_eq!(shown(json!(["10.20.0.0/16"])), "10.20.0.0/16");
        let wrong = read(json!(["10.0.0.9/8"])).unwrap_err();
        assert!(wrong.contains("a host inside the network 10.0.0.0/8"), "{wrong}");
        let wrong = read(json!(["10.0.0.300"])).unwrap_err();
        assert!(wrong.contains("is not a network; for example"), "{wrong}");
    }
}
