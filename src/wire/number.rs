//! Whole numbers in bodies, of which a fault is told by name and without the types of a programming language.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// Reads the number of a key.
pub(super) fn whole<'d, T: TryFrom<u64>, D: Deserializer<'d>>(
    deserializer: D,
    key: &'static str,
) -> Result<T, D::Error> {
    let read = deserializer.deserialize_any(Whole { key, is_optional: false, kind: PhantomData })?;
    read.ok_or_else(|| D::Error::custom(format_args!("`{key}` is missing")))
}

/// Reads the number of a key that may be null.
pub(super) fn whole_or_null<'d, T: TryFrom<u64>, D: Deserializer<'d>>(
    deserializer: D,
    key: &'static str,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Whole { key, is_optional: true, kind: PhantomData })
}

struct Whole<T> {
    key: &'static str,
    is_optional: bool,
    kind: PhantomData<T>,
}

impl<T: TryFrom<u64>> Visitor<'_> for Whole<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_null = if self.is_optional { ", or null" } else { "" };
        write!(f, "`{}` to be a whole number, 0 or more{or_null}", self.key)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let fits = T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self));
        fits.map(Some)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        // `20.0` is a whole number in JSON, too, and up to here none is rounded
        if number.fract() == 0.0 && (0.0..9e15).contains(&number) {
            return self.visit_u64(number as u64);
        }
        Err(E::invalid_type(Unexpected::Float(number), &self))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        if self.is_optional { Ok(None) } else { Err(E::invalid_type(Unexpected::Unit, &self)) }
    }
}
