//! The losses of the last steps, one by one, and how heavy the tail of their noise is.

use ppl_diagnostics::psis::psis;

/// How many steps are kept, and the fewest that tell something of a tail.
const KEPT: usize = 4_096;
const FEWEST: usize = 1_024;

/// Within blocks of this length noise has one size, and nothing drifts.
const BLOCK: usize = 64;

/// The losses of the last steps.
#[derive(Debug, Default)]
pub(super) struct Recent {
    losses: Vec<f64>,
    /// Where the next one goes.
    next: usize,
}

impl Recent {
    pub(super) fn push(&mut self, loss: f64) {
        match self.losses.get_mut(self.next) {
            Some(place) => *place = loss,
            None => self.losses.push(loss),
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// Returns the shape of the tail of the losses' noise, if there are enough of them.
    ///
    /// The tail is that of the differences of neighbours, in units of the median of their block: neither a drift nor noise that
    /// changes its size is then taken for a heavy tail.
    pub(super) fn tail_shape(&self) -> Option<f64> {
        if self.losses.len() < FEWEST {
            return None;
        }
        let (late, early) = self.losses.split_at(self.next.min(self.losses.len()));
        let series: Vec<f64> = early.iter().chain(late).copied().collect();
        let mut logs = Vec::with_capacity(series.len());
        for block in series.chunks_exact(BLOCK) {
            let mut sizes: Vec<f64> = block.chunks_exact(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let median = sizes[sizes.len() / 2];
            if median > 0.0 {
                logs.extend(sizes.iter().map(|size| (size / median).ln()));
            }
        }
        let shape = psis(&logs, 1.0).ok()?.k_hat();
        shape.is_finite().then_some(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, Exp1, StandardNormal};

    fn shape(mut loss: impl FnMut(f64, &mut crate::random::Generator) -> f64) -> f64 {
        let mut rng = crate::random::Generator::seed_from_u64(3);
        let mut recent = Recent::default();
        (0..10_000).for_each(|t| recent.push(loss(f64::from(t), &mut rng)));
        recent.tail_shape().unwrap()
    }

    #[test]
    fn tails_are_those_of_the_noise() {
        let normal = shape(|_, rng| StandardNormal.sample(rng));
        assert!(normal < 0.3, "{normal}");
        // A Pareto distribution of shape one has no mean.
        let pareto = shape(|_, rng| {
            let e: f64 = Exp1.sample(rng);
            e.exp()
        });
        assert!((0.8..1.3).contains(&pareto), "{pareto}");
    }

    #[test]
    fn what_falls_has_no_heavy_tail() {
        let falling = shape(|t, rng| {
            let e: f64 = StandardNormal.sample(rng);
            (1e6 + 1e4 * e) * (-t / 500.0).exp()
        });
        assert!(falling < 0.4, "{falling}");
    }

    #[test]
    fn few_losses_have_no_tail() {
        let mut recent = Recent::default();
        (0..500).for_each(|t| recent.push(f64::from(t)));
        assert_eq!(recent.tail_shape(), None);
    }
}
