//! Every family at arbitrary parameters and values: no panic, and a density wherever there is one.

mod structured;
mod univariate;

pub use structured::Structures;
pub use univariate::Univariates;

use crate::campaign::Generator;
use rand::SeedableRng;

fn rng(seed: u64) -> Generator {
    Generator::seed_from_u64(seed)
}
