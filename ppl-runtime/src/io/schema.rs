//! What a file says of its arrays.

use super::array::Array;
use super::support::SavedSupport;
use crate::program::address::SavedAddresses;
use crate::random::mix;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format that is written, and the only one that is read.
pub(super) const FORMAT: u32 = 1;

/// The entry of a file's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Schema {
    pub(super) format: u32,
    /// A checksum of everything else; a file that was changed on purpose may leave it out.
    pub(super) checksum: Option<String>,
    /// The number type of the programs.
    pub(super) element: String,
    /// The kind of the optimiser, from the outside in where one holds another; likewise of the objective.
    pub(super) optimiser: Vec<String>,
    pub(super) objective: Vec<String>,
    /// Whether the programs have concrete sites, and whether one that was run apart had a score site.
    pub(super) concrete: bool,
    pub(super) scores: bool,
    /// The parameters in the order in which the programs made them.
    pub(super) parameters: Vec<SavedParameter>,
    /// The size that each plate had last, by number.
    pub(super) plates: Vec<usize>,
    pub(super) addresses: SavedAddresses,
    /// What was said of parameters that steps leave alone: a pattern of names, and whether they are frozen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) frozen: Vec<(String, bool)>,
}

/// A parameter without its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedParameter {
    pub(super) name: String,
    /// The plates around it, from the outermost inwards, with their sizes.
    pub(super) plates: Vec<(String, usize)>,
    /// The event shape of the constrained value.
    pub(super) shape: Vec<usize>,
    pub(super) support: SavedSupport,
    /// Whether other runs of the same programs may not have it.
    pub(super) conditional: bool,
}

impl SavedParameter {
    /// Returns the shape with the plates, `[plates.., event..]`.
    pub(super) fn whole_shape(&self) -> Vec<usize> {
        self.plates.iter().map(|(_, size)| *size).chain(self.shape.iter().copied()).collect()
    }
}

impl Schema {
    /// Returns the checksum of a file with these arrays, whatever checksum this has.
    pub(super) fn checksum_with(&self, arrays: &BTreeMap<String, Array>) -> Result<String, String> {
        let unsigned = Schema { checksum: None, ..self.clone() };
        let text = serde_json::to_string(&unsigned).map_err(|error| error.to_string())?;
        let mut sum = absorb(0, text.as_bytes());
        for (name, array) in arrays {
            sum = absorb(sum, name.as_bytes());
            sum = absorb(sum, format!("{:?} {:?}", array.dtype, array.shape).as_bytes());
            sum = absorb(sum, &array.bytes);
        }
        Ok(format!("{sum:016x}"))
    }
}

/// Returns the checksum of what came before and of these bytes, whose number counts too.
fn absorb(sum: u64, bytes: &[u8]) -> u64 {
    let mut sum = mix(sum ^ bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        sum = mix(sum ^ u64::from_le_bytes(word));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_see_every_byte_and_where_one_text_ends() {
        let sums: Vec<u64> = [&b""[..], b"\0", b"\0\0", b"a", b"aaaaaaaa", b"aaaaaaaab", b"aaaaaaaac"]
            .iter()
            .map(|bytes| absorb(1, bytes))
            .collect();
        for (k, sum) in sums.iter().enumerate() {
            assert!(!sums[..k].contains(sum));
        }
        assert_ne!(absorb(absorb(0, b"ab"), b"c"), absorb(absorb(0, b"a"), b"bc"));
    }
}
