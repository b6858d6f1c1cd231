//! Random numbers by key: what a chain, a path or a restart draws depends on the seed and its index alone.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

pub(crate) type Generator = Xoshiro256PlusPlus;

/// What a stream is for; streams of different purposes share no numbers.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Restart = 1,
    Laplace,
    Path,
    Resample,
    #[cfg_attr(not(feature = "nuts"), allow(dead_code))]
    Chain,
}

/// The generator of a seed, a purpose and an index.
pub(crate) fn stream(seed: u64, purpose: Purpose, index: usize) -> Generator {
    let key = mix(mix(seed).wrapping_add(purpose as u64)).wrapping_add(index as u64);
    Generator::seed_from_u64(mix(key))
}

/// Fills a slice with independent standard normal numbers.
pub(crate) fn fill_standard_normal(rng: &mut Generator, values: &mut [f64]) {
    for value in values {
        *value = StandardNormal.sample(rng);
    }
}

/// A bijection of 64-bit words that scatters neighbours: the output function of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Values of seeds that users have written down must not change.
    #[test]
    fn streams_are_those_of_the_first_version() {
        let mut numbers = [0.0; 2];
        fill_standard_normal(&mut stream(1, Purpose::Chain, 2), &mut numbers);
        assert_eq!(numbers, [1.1316388957227148, -0.677144571062239]);
    }

    #[test]
    fn streams_repeat_and_differ() {
        let first = |seed, purpose, index| stream(seed, purpose, index).random::<u64>();
        assert_eq!(first(1, Purpose::Path, 2), first(1, Purpose::Path, 2));
        let all = [
            first(1, Purpose::Path, 2),
            first(1, Purpose::Path, 3),
            first(1, Purpose::Laplace, 2),
            first(2, Purpose::Path, 2),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|b| a != b));
        }
    }
}
