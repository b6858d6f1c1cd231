//! Numbers that `tests/reference.py` makes as well, bit for bit: integers and the four operations alone.

/// A linear congruential generator modulo `2^31`.
pub(crate) struct Lcg(u64);

impl Lcg {
    pub(crate) fn new(seed: u64) -> Self {
        Lcg(seed)
    }

    /// A number in `(0, 1)`.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = (self.0 * 1_103_515_245 + 12_345) % (1 << 31);
        (self.0 as f64 + 0.5) / 2_147_483_648.0
    }

    /// A number with mean 0 and deviation 1 that is nearly normal.
    pub(crate) fn bell(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            sum += self.uniform();
        }
        sum - 6.0
    }

    /// A number with tails as heavy as those of a Cauchy distribution.
    pub(crate) fn heavy(&mut self) -> f64 {
        let u = self.uniform();
        (2.0 * u - 1.0) / (u * (1.0 - u))
    }

    /// Chains of an autoregression of first order that begin at 0.
    pub(crate) fn autoregression(&mut self, chains: usize, draws: usize, phi: f64) -> Vec<Vec<f64>> {
        let mut chain = || {
            let mut x = 0.0;
            (0..draws)
                .map(|_| {
                    x = phi * x + self.bell();
                    x
                })
                .collect()
        };
        (0..chains).map(|_| chain()).collect()
    }
}
