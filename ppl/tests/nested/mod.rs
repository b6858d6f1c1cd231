//! Binary sites in nested plates, each dependent on those outside of it.

use ppl::prelude::*;

#[model]
pub fn tree(bs: usize, cs: usize) {
    let a = sample!("a", Bernoulli::new(0.33)).to_real();
    plate!("b", bs, |_| {
        let b = sample!("b", Bernoulli::new(0.5 + 0.25 * a)).to_real();
        plate!("c", cs, |_| {
            sample!("c", Bernoulli::new(0.32 + 0.15 * a + 0.2 * b));
        });
    });
}
