//! A value to bytes and back: the only file that knows bincode.
//!
//! bincode 2.0.1 in its standard configuration: little-endian, integers of variable length. The crate is no
//! longer maintained, so nothing outside this file may depend on it.

use bincode::config::{self, Configuration};
use bincode::serde::{borrow_decode_from_slice, encode_to_vec};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a value could not be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The type cannot be written in this format.
    #[error("the value cannot be encoded")]
    Encode(#[source] bincode::error::EncodeError),
    /// The bytes are not a value of this type.
    #[error("the content is not what this release writes: {0}")]
    Decode(#[source] bincode::error::DecodeError),
    /// The value ended before the bytes did.
    #[error("the content is not what this release writes: {unused} of {length} bytes are left over")]
    Unused {
        /// Bytes that belong to no value.
        unused: usize,
        /// All bytes.
        length: usize,
    },
}

/// Encodes a value; the same value gives the same bytes wherever its own order is fixed.
///
/// # Errors
/// [`CodecError::Encode`] for a type this format cannot write, such as a sequence of unknown length.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    encode_to_vec(value, config::standard()).map_err(CodecError::Encode)
}

/// Decodes what [`encode`] wrote, using every byte of it.
///
/// A length that the bytes claim is believed only within a limit in proportion to their number, so hostile
/// bytes cannot ask for memory: at most 256 times as much as there are bytes, and that only for a moment.
///
/// # Errors
/// [`CodecError::Decode`] where the bytes are not such a value, [`CodecError::Unused`] where some are left over.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    // bincode takes its limit as a constant of the type. It counts the size of each value in memory, at most
    // 16 bytes for one byte of input, so 16 times the length never refuses what `encode` wrote.
    match bytes.len() {
        0..=0x1_0000 => decode_within::<T, 0x10_0000>(bytes),
        0x1_0001..=0x10_0000 => decode_within::<T, 0x100_0000>(bytes),
        0x10_0001..=0x100_0000 => decode_within::<T, 0x1000_0000>(bytes),
        0x100_0001..=0x1000_0000 => decode_within::<T, 0x1_0000_0000>(bytes),
        _ => decode_within::<T, 0x10_0000_0000>(bytes),
    }
}

fn decode_within<T: DeserializeOwned, const LIMIT: usize>(bytes: &[u8]) -> Result<T, CodecError> {
    let limited: Configuration<_, _, config::Limit<LIMIT>> = config::standard().with_limit::<LIMIT>();
    let (value, used) = borrow_decode_from_slice(bytes, limited).map_err(CodecError::Decode)?;
    if used != bytes.len() {
        return Err(CodecError::Unused { unused: bytes.len() - used, length: bytes.len() });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{CodecError, decode, encode};

    #[test]
    fn small_integers_take_one_byte_and_a_length_stands_before_its_items() {
        // By the format's own description: integers below 251 are one byte, a sequence begins with its length.
        assert_eq!(encode(&vec![1u64, 250]).unwrap(), [2, 1, 250]);
        assert_eq!(encode("ab").unwrap(), [2, b'a', b'b']);
    }

    #[test]
    fn a_huge_length_is_refused_without_asking_for_memory() {
        // 253 announces eight bytes of length: 2^60 bytes of text that are not there.
        let mut bytes = vec![253];
        bytes.extend_from_slice(&(1u64 << 60).to_le_bytes());
        assert!(matches!(decode::<String>(&bytes), Err(CodecError::Decode(_))));
        assert!(matches!(decode::<Vec<u64>>(&bytes), Err(CodecError::Decode(_))));
    }

    #[test]
    fn left_over_bytes_are_refused() {
        let mut bytes = encode(&7u32).unwrap();
        bytes.push(0);
        assert!(matches!(decode::<u32>(&bytes), Err(CodecError::Unused { unused: 1, length: 2 })));
    }

    #[test]
    fn ten_million_zeros_fit_in_the_limit_of_their_own_bytes() {
        // One byte each in the file, eight in memory: the limit must allow for that.
        let zeros = vec![0u64; 10_000_000];
        assert_eq!(decode::<Vec<u64>>(&encode(&zeros).unwrap()).unwrap(), zeros);
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(value: BTreeMap<String, (Vec<u64>, Option<i64>, u128)>) {
            let bytes = encode(&value).unwrap();
            prop_assert_eq!(decode::<BTreeMap<String, (Vec<u64>, Option<i64>, u128)>>(&bytes).unwrap(), value);
        }

        #[test]
        fn any_bytes_decode_or_are_refused(bytes: Vec<u8>) {
            if let Ok(value) = decode::<Vec<(String, u32)>>(&bytes) {
                prop_assert!(value.len() <= bytes.len());
            }
        }
    }
}
