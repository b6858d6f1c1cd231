//! Averages of iterates.

use crate::element::Element;
use crate::kernel::simd::vectorised;
use crate::state::Visitor;

/// An average of the parameters over the steps of an optimiser (Polyak-Ruppert averaging).
///
/// Noisy gradients keep the iterates moving around the optimum; their average comes much closer to it than any of them.
/// It is formed in unconstrained space, where every average is a value of the support.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::IterateAverage;
///
/// // The first two iterates are still on their way.
/// let mut average = IterateAverage::tail(2);
/// for value in [9.0, 5.0, 1.0, 2.0] {
///     average.add(&[value]);
/// }
/// let mut values = [2.0];
/// average.average_into(&mut values);
/// assert_eq!(values, [1.5]);
/// ```
///
/// # References
///
/// Polyak and Juditsky (1992), Acceleration of stochastic approximation by averaging.
#[derive(Clone, Debug)]
pub struct IterateAverage<E = f64> {
    kind: Kind,
    /// The number of iterates seen, skipped ones included.
    seen: u64,
    mean: Vec<E>,
    /// Where parameters begin that came later than those before them, and the number of iterates skipped for them.
    parts: Vec<(usize, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Tail { from: u64 },
    Exponential { decay: f64 },
}

impl<E: Element> IterateAverage<E> {
    fn of(kind: Kind) -> Self {
        IterateAverage { kind, seen: 0, mean: Vec::new(), parts: Vec::new() }
    }

    /// Returns the average of all iterates but the first `skip`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let average: IterateAverage = IterateAverage::tail(1_000);
    /// assert_eq!(average.count(), 0);
    /// ```
    pub fn tail(skip: u64) -> Self {
        Self::of(Kind::Tail { from: skip })
    }

    /// Returns the average with weights that fall by `decay` with each later iterate, corrected for its start.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let mut average = IterateAverage::exponential(0.5);
    /// average.add(&[4.0]);
    /// average.add(&[1.0]);
    /// let mut values = [0.0];
    /// average.average_into(&mut values);
    /// assert_eq!(values, [2.0]);
    /// ```
    pub fn exponential(decay: f64) -> Self {
        Self::of(Kind::Exponential { decay })
    }

    /// Refuses a decay outside of [0, 1).
    ///
    /// # Errors
    ///
    /// A sentence with the requirement and the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let average: IterateAverage = IterateAverage::exponential(1.0);
    /// assert_eq!(average.check().unwrap_err(), "the decay of the average must lie in [0, 1), got 1");
    /// ```
    pub fn check(&self) -> Result<(), String> {
        match self.kind {
            Kind::Tail { .. } => Ok(()),
            Kind::Exponential { decay } => super::schedule::below_one("the decay of the average", decay),
        }
    }

    /// Shows a visitor the average, for an [`Optimiser`](super::Optimiser) that holds one and is to be saved.
    ///
    /// # Errors
    ///
    /// If the visitor has left the numbers of no average.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// /// An optimiser that averages the iterates of another one.
    /// struct Averaged(Adam, IterateAverage);
    ///
    /// impl Optimiser<f64> for Averaged {
    ///     fn check(&self) -> Result<(), String> {
    ///         self.0.check().and(self.1.check())
    ///     }
    ///
    ///     fn groups(&self) -> &[Group] {
    ///         self.0.groups()
    ///     }
    ///
    ///     fn resize(&mut self, n: usize) {
    ///         self.0.resize(n);
    ///         self.1.resize(n);
    ///     }
    ///
    ///     fn update(&mut self, rows: &[Rows], gradient: &[f64], values: &mut [f64]) {
    ///         self.0.update(rows, gradient, values);
    ///         self.1.add(values);
    ///     }
    ///
    ///     fn state(&mut self, visitor: &mut dyn Visitor<f64>) -> Result<(), String> {
    ///         visitor.kind("Averaged");
    ///         self.0.state(visitor)?;
    ///         self.1.state(visitor)
    ///     }
    /// }
    ///
    /// let new = || {
    ///     let optimiser = Averaged(Adam::new(0.01), IterateAverage::tail(1));
    ///     Svi::new(&coin, &proposal, Elbo::default(), optimiser)
    /// };
    /// let path = std::env::temp_dir().join(format!("ppl-average-{}.safetensors", std::process::id()));
    /// let (mut first, mut second) = (new(), new());
    /// first.step()?;
    /// first.save(&path)?;
    /// second.load(&path)?;
    /// assert_eq!(first.step()?, second.step()?);
    /// # use ppl_runtime::io::Visitor;
    /// # use ppl_runtime::optim::{Group, IterateAverage, Optimiser, Rows};
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        let mut starts: Vec<u64> = self.parts.iter().map(|&(start, _)| start as u64).collect();
        let mut skipped: Vec<u64> = self.parts.iter().map(|&(_, skipped)| skipped).collect();
        visitor.kind("IterateAverage");
        visitor.count("averaged", &mut self.seen);
        visitor.elements("mean", &mut self.mean);
        visitor.counts("parts", &mut starts);
        visitor.counts("skipped", &mut skipped);
        super::options::within_reach("iterates", self.seen)?;
        let begin_within = starts.windows(2).all(|pair| pair[0] < pair[1])
            && starts.last().is_none_or(|&last| last < self.mean.len() as u64);
        if !begin_within || starts.len() != skipped.len() {
            return Err("the parts of an average must begin one after the other, within it".to_owned());
        }
        self.parts = starts.into_iter().map(|start| start as usize).zip(skipped).collect();
        Ok(())
    }

    /// Makes room for `n` parameters; later ones are averaged from the next iterate on.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let mut average: IterateAverage = IterateAverage::tail(0);
    /// average.resize(3);
    /// average.add(&[1.0; 3]);
    /// assert_eq!(average.count(), 1);
    /// ```
    pub fn resize(&mut self, n: usize) {
        if self.mean.len() < n {
            let skipped = match self.kind {
                Kind::Tail { from } => self.seen.max(from),
                Kind::Exponential { .. } => self.seen,
            };
            self.parts.push((self.mean.len(), skipped));
            self.mean.resize(n, E::zero());
        }
    }

    /// Adds an iterate.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let mut average = IterateAverage::tail(0);
    /// average.add(&[1.0]);
    /// average.add(&[3.0, 5.0]);
    /// let mut values = [0.0; 2];
    /// average.average_into(&mut values);
    /// assert_eq!(values, [2.0, 5.0]);
    /// ```
    pub fn add(&mut self, values: &[E]) {
        self.resize(values.len());
        self.seen += 1;
        let end = values.len();
        for (k, &(start, skipped)) in self.parts.iter().enumerate() {
            let end = self.parts.get(k + 1).map_or(end, |&(next, _)| next.min(end));
            let Some(n) = self.seen.checked_sub(skipped).filter(|&n| n > 0 && start < end) else { continue };
            let weight = match self.kind {
                Kind::Tail { .. } => 1.0 / n as f64,
                Kind::Exponential { decay } => (1.0 - decay) / (1.0 - decay.powf(n as f64)),
            };
            approach(E::of(weight), &values[start..end], &mut self.mean[start..end]);
        }
    }

    /// Returns the number of iterates in the average of the first parameters.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let mut average = IterateAverage::tail(1);
    /// average.add(&[1.0]);
    /// average.add(&[1.0]);
    /// assert_eq!(average.count(), 1);
    /// ```
    pub fn count(&self) -> u64 {
        self.parts.first().map_or(0, |&(_, skipped)| self.seen.saturating_sub(skipped))
    }

    /// Writes the average over `values`; parameters of which no iterate has been added keep theirs.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::IterateAverage;
    ///
    /// let mut average = IterateAverage::tail(10);
    /// average.add(&[1.0]);
    /// let mut values = [7.0];
    /// average.average_into(&mut values);
    /// assert_eq!(values, [7.0]);
    /// ```
    pub fn average_into(&self, values: &mut [E]) {
        for (k, &(start, skipped)) in self.parts.iter().enumerate() {
            let end = self.parts.get(k + 1).map_or(self.mean.len(), |&(next, _)| next).min(values.len());
            if self.seen > skipped && start < end {
                values[start..end].copy_from_slice(&self.mean[start..end]);
            }
        }
    }
}

vectorised! {
    fn approach<E: Element>(weight: E, values: &[E], mean: &mut [E]) {
        for (mean, &value) in mean.iter_mut().zip(values) {
            *mean += weight * (value - *mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_average_is_the_weighted_mean() {
        let values = [3.0, -1.0, 4.0, 1.5];
        let mut average = IterateAverage::exponential(0.9);
        values.iter().for_each(|&value| average.add(&[value]));
        let weights = [0.729, 0.81, 0.9, 1.0];
        let expected =
            values.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / weights.iter().sum::<f64>();
        let mut found = [0.0];
        average.average_into(&mut found);
        assert!((found[0] - expected).abs() < 1e-14);
    }

    #[test]
    fn later_parameters_have_their_own_count() {
        for mut average in
            [IterateAverage::tail(1), IterateAverage::tail(0), IterateAverage::exponential(0.5)]
        {
            average.add(&[1.0]);
            average.add(&[1.0]);
            average.add(&[1.0, 6.0]);
            average.add(&[1.0, 6.0]);
            let mut values = [0.0; 3];
            average.average_into(&mut values);
            assert_eq!(values, [1.0, 6.0, 0.0]);
        }
    }
}
