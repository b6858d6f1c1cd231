//! A saved state in memory, and its bytes.

use super::array::Array;
use super::atomic;
use super::schema::{FORMAT, Schema};
use crate::error::Error;
use safetensors::SafeTensors;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The entry of the metadata that makes a `safetensors` file one of ours.
const ENTRY: &str = "ppl";

/// The arrays of a state by their names, and what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SavedState {
    pub(super) arrays: BTreeMap<String, Array>,
    pub(super) schema: Schema,
}

/// What a file of any version says first.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl SavedState {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not the whole of a file that was saved.
    pub(crate) fn read(path: &Path) -> Result<SavedState, Error> {
        let bytes = std::fs::read(path).map_err(|error| refused(path, error.to_string()))?;
        SavedState::of_bytes(&bytes).map_err(|detail| refused(path, detail))
    }

    /// Writes a file as a whole, or leaves everything as it was.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let bytes = self.to_bytes().map_err(|detail| refused(path, detail))?;
        atomic::replace(path, |file| file.write_all(&bytes)).map_err(|error| refused(path, error.to_string()))
    }

    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let checksum = Some(self.schema.checksum_with(&self.arrays)?);
        let signed = Schema { checksum, ..self.schema.clone() };
        let text = serde_json::to_string(&signed).map_err(|error| error.to_string())?;
        let metadata = [(ENTRY.to_owned(), text)].into_iter().collect();
        safetensors::serialize(&self.arrays, Some(metadata)).map_err(|error| error.to_string())
    }

    fn of_bytes(bytes: &[u8]) -> Result<SavedState, String> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|error| format!("is not a whole `safetensors` file: {error}"))?;
        let text = metadata.metadata().as_ref().and_then(|entries| entries.get(ENTRY));
        let text = text.ok_or("was not saved by `Svi::save`: its metadata have no entry `ppl`")?;
        let unclear = |error: serde_json::Error| format!("has metadata that cannot be read: {error}");
        let Version { format } = serde_json::from_str(text).map_err(unclear)?;
        if format != FORMAT {
            return Err(format!("has version {format} of the format; this library reads version {FORMAT}"));
        }
        let mut schema: Schema = serde_json::from_str(text).map_err(unclear)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let arrays = tensors.iter().map(|(name, view)| {
            let array =
                Array { dtype: view.dtype(), shape: view.shape().to_vec(), bytes: view.data().to_vec() };
            (name.to_owned(), array)
        });
        let arrays: BTreeMap<String, Array> = arrays.collect();
        if let Some(expected) = schema.checksum.take()
            && schema.checksum_with(&arrays)? != expected
        {
            return Err("is damaged: its checksum is not that of its contents".to_owned());
        }
        Ok(SavedState { arrays, schema })
    }

    /// Returns a count, or `None` if there is none of this name.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        let array = self.arrays.get(name).filter(|array| array.shape.is_empty())?;
        array.read::<u64>()?.next()
    }

    /// Returns an array of counts, or `None` if there is none of this name.
    pub(crate) fn counts(&self, name: &str) -> Option<Vec<u64>> {
        let array = self.arrays.get(name).filter(|array| array.shape.len() == 1)?;
        Some(array.read::<u64>()?.collect())
    }
}

/// Returns the error for a file that cannot be read or written.
pub(crate) fn refused(path: &Path, detail: impl Into<String>) -> Error {
    Error::File { path: path.display().to_string(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::address::SavedAddresses;
    use proptest::prelude::*;

    fn state() -> SavedState {
        let schema = Schema {
            format: FORMAT,
            checksum: None,
            element: "f64".to_owned(),
            optimiser: vec!["Adam".to_owned()],
            objective: vec!["Elbo".to_owned()],
            concrete: false,
            scores: true,
            parameters: Vec::new(),
            plates: vec![3],
            addresses: SavedAddresses::default(),
            frozen: Vec::new(),
        };
        let numbers = Array::new(vec![2, 2], [0.1, 0.2, -0.0, 1e300].into_iter());
        let counts = Array::new(vec![], [7_u64].into_iter());
        let none = Array::new(vec![0], std::iter::empty::<f64>());
        let arrays = [("a", numbers), ("b", counts), ("c", none)];
        SavedState { arrays: arrays.map(|(name, array)| (name.to_owned(), array)).into(), schema }
    }

    fn refusal(bytes: &[u8]) -> String {
        SavedState::of_bytes(bytes).unwrap_err()
    }

    #[test]
    fn bytes_are_those_of_the_state_and_of_nothing_else() {
        let bytes = state().to_bytes().unwrap();
        assert_eq!(SavedState::of_bytes(&bytes), Ok(state()));
        assert_eq!(bytes, state().to_bytes().unwrap());
        assert_eq!((state().count("b"), state().count("a"), state().count("c")), (Some(7), None, None));
    }

    #[test]
    fn other_files_are_refused() {
        assert!(refusal(b"").starts_with("is not a whole `safetensors` file: "));
        let foreign = safetensors::serialize(&state().arrays, None).unwrap();
        assert_eq!(refusal(&foreign), "was not saved by `Svi::save`: its metadata have no entry `ppl`");
        let with = |text: &str| {
            let metadata = [(ENTRY.to_owned(), text.to_owned())].into_iter().collect();
            refusal(&safetensors::serialize(&state().arrays, Some(metadata)).unwrap())
        };
        assert_eq!(
            with(r#"{"format":2,"what":"else"}"#),
            "has version 2 of the format; this library reads version 1"
        );
        assert!(with(r#"{"format":1}"#).starts_with("has metadata that cannot be read: missing field"));
        assert!(with("[").starts_with("has metadata that cannot be read: "));
    }

    #[test]
    fn a_file_without_a_checksum_is_not_compared_with_it() {
        let text = serde_json::to_string(&state().schema).unwrap();
        // Where nothing is frozen a file is as it was before anything could be.
        assert!(!text.contains("frozen"));
        let metadata = [(ENTRY.to_owned(), text)].into_iter().collect();
        let bytes = safetensors::serialize(&state().arrays, Some(metadata)).unwrap();
        assert_eq!(SavedState::of_bytes(&bytes), Ok(state()));
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let bytes = state().to_bytes().unwrap();
        for k in 0..bytes.len() {
            for flip in [1, 0x20, 0x80] {
                let mut damaged = bytes.clone();
                damaged[k] ^= flip;
                // White space of the header may be exchanged for other white space.
                let found = SavedState::of_bytes(&damaged);
                assert!(found.is_err() || found == Ok(state()), "byte {k} ^ {flip}");
            }
            assert!(SavedState::of_bytes(&bytes[..k]).is_err());
        }
        assert!(refusal(&[&bytes[..], b"\0"].concat()).starts_with("is not a whole"));
        let mut last = bytes.clone();
        *last.last_mut().unwrap() ^= 1;
        assert_eq!(refusal(&last), "is damaged: its checksum is not that of its contents");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(SavedState::of_bytes(&bytes).is_err());
        }

        #[test]
        fn arbitrary_headers_are_refused(text in "\\PC{0,60}", tail in prop::collection::vec(any::<u8>(), 0..20)) {
            let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
            bytes.extend(text.as_bytes());
            bytes.extend(tail);
            prop_assert!(SavedState::of_bytes(&bytes).is_err());
        }
    }
}
