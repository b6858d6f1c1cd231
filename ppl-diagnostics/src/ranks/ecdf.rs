//! The simultaneous band of the empirical distribution function of uniform ranks.

use super::Ranks;
use super::binomial::Binomial;
use crate::Error;

/// At more points than this the band is hardly another.
const MOST_POINTS: usize = 100;

/// The empirical distribution function of ranks, with a band that holds it everywhere at once with a given probability if ranks are uniform.
///
/// All are functions of [`ranks`](Self::ranks); to see more, plot their differences from [`uniform`](Self::uniform).
///
/// # Examples
///
/// ```
/// let ranks: Vec<usize> = (0..200).map(|i| i * 7 % 100).collect();
/// let band = ppl_diagnostics::ranks::Ranks::new(&ranks, 99)?.ecdf_band(0.95)?;
/// assert!(band.holds());
/// assert!((band.uniform[49] - 0.5).abs() < 1e-15);
/// assert!(band.lower[49] < 0.45 && band.upper[49] > 0.55);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EcdfBand {
    /// Ranks that increase: all but the largest, or a hundred of them at equal distances.
    pub ranks: Vec<usize>,
    /// The share of ranks up to each.
    pub ecdf: Vec<f64>,
    /// The share that uniform ranks have on average.
    pub uniform: Vec<f64>,
    /// The lower end of the band, which belongs to it.
    pub lower: Vec<f64>,
    /// The upper end of the band, which belongs to it.
    pub upper: Vec<f64>,
}

impl EcdfBand {
    /// Returns whether the distribution function lies in the band at each point.
    ///
    /// # Examples
    ///
    /// ```
    /// let band = ppl_diagnostics::ranks::Ranks::new(&[0; 50], 9)?.ecdf_band(0.95)?;
    /// assert!(!band.holds());
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn holds(&self) -> bool {
        let band = self.lower.iter().zip(&self.upper);
        self.ecdf.iter().zip(band).all(|(ecdf, (lower, upper))| ecdf >= lower && ecdf <= upper)
    }
}

impl Ranks {
    /// Returns the empirical distribution function with the band that holds it with `probability` if ranks are uniform.
    ///
    /// # Errors
    ///
    /// `probability` is not between 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// let ranks: Vec<usize> = (0..200).map(|i| i * 7 % 100).collect();
    /// let ranks = ppl_diagnostics::ranks::Ranks::new(&ranks, 99)?;
    /// let (narrow, wide) = (ranks.ecdf_band(0.5)?, ranks.ecdf_band(0.99)?);
    /// assert!(wide.lower[30] < narrow.lower[30]);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Saeilynoja, Buerkner, Vehtari (2022), *Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample comparison*, by
    /// optimisation and not by simulation, <https://doi.org/10.1007/s11222-022-10090-6>. The probability is at least the one asked for, and the next narrower band of the kind has less.
    pub fn ecdf_band(&self, probability: f64) -> Result<EcdfBand, Error> {
        Error::unless_probability("the probability of a band", probability)?;
        let test = Test::new(self);
        let level = test.level(1.0 - probability);
        let total = self.sorted.len() as f64;
        let mut band = EcdfBand {
            ranks: test.points.iter().map(|point| point.rank).collect(),
            ecdf: test.points.iter().map(|point| point.count as f64 / total).collect(),
            uniform: test.points.iter().map(|point| point.uniform).collect(),
            lower: vec![],
            upper: vec![],
        };
        for point in &test.points {
            let (low, high) = point.interval(level);
            band.lower.push(low as f64 / total);
            band.upper.push(high as f64 / total);
        }
        Ok(band)
    }

    /// Returns the probability that uniform ranks leave their bands at least as far as these: the p-value of the graphical test.
    ///
    /// It is exact to about 1e-12 and zero below. The ranks leave the band of [`ecdf_band`](Self::ecdf_band) where it is at most one less the band's probability.
    ///
    /// # Examples
    ///
    /// ```
    /// // Two of two ranks are the smallest of two: a quarter, and as much for the largest.
    /// let p = ppl_diagnostics::ranks::Ranks::new(&[0, 0], 1)?.ecdf_p_value();
    /// assert!((p - 0.5).abs() < 1e-12);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn ecdf_p_value(&self) -> f64 {
        let test = Test::new(self);
        let smallest = test.points.iter().map(|point| point.tail_of(point.count)).fold(2.0, f64::min);
        test.leaving(smallest)
    }
}

/// A point at which the distribution function is looked at.
struct Point {
    rank: usize,
    uniform: f64,
    /// How many ranks are at most `rank`.
    count: usize,
    /// The first count that `tails` is for; all others are next to impossible.
    first: usize,
    /// For each count twice the smaller probability of a count as small, or as large.
    tails: Vec<f64>,
}

impl Point {
    fn new(rank: usize, uniform: f64, count: usize, total: usize, binomial: &Binomial) -> Self {
        let mut masses = Vec::new();
        binomial.each(total, uniform, 0..=total, |count, mass| masses.push((count, mass)));
        masses.sort_unstable_by_key(|(count, _)| *count);
        let mut tails = vec![0.0; masses.len()];
        let mut below = 0.0;
        for (tail, (_, mass)) in tails.iter_mut().zip(&masses) {
            below += mass;
            *tail = 2.0 * below;
        }
        let mut above = 0.0;
        for (tail, (_, mass)) in tails.iter_mut().zip(&masses).rev() {
            above += mass;
            *tail = tail.min(2.0 * above);
        }
        Point { rank, uniform, count, first: masses[0].0, tails }
    }

    fn tail_of(&self, count: usize) -> f64 {
        count.checked_sub(self.first).and_then(|place| self.tails.get(place)).copied().unwrap_or(0.0)
    }

    /// Returns the first and the last of the counts whose tail is above `level`, which are neighbours; where there are none, the last is before the
    /// first.
    fn interval(&self, level: f64) -> (usize, usize) {
        // Tails that are equal but for rounding, as those of two points at equal distances from the ends, are equal.
        let inside = |tail: &f64| *tail > level * (1.0 + 1e-10);
        match (self.tails.iter().position(inside), self.tails.iter().rposition(inside)) {
            (Some(low), Some(high)) => (self.first + low, self.first + high),
            _ => (1, 0),
        }
    }
}

struct Test {
    points: Vec<Point>,
    total: usize,
    binomial: Binomial,
}

impl Test {
    fn new(ranks: &Ranks) -> Self {
        let total = ranks.sorted.len();
        let binomial = Binomial::up_to(total);
        let parts = ranks.last.min(MOST_POINTS) + 1;
        let point = |part: usize| {
            let rank = ranks.end(part, parts);
            Point::new(rank, ranks.share(rank), ranks.up_to(rank), total, &binomial)
        };
        Test { points: (1..parts).map(point).collect(), total, binomial }
    }

    /// Returns the probability that uniform ranks have a count somewhere whose tail is at most `level`.
    ///
    /// The counts of one point after the other are a Markov chain: of the ranks that are still to come each falls before the next point with the same probability.
    fn leaving(&self, level: f64) -> f64 {
        let mut first = 0;
        let mut inside = vec![1.0];
        let mut before = 0.0;
        for point in &self.points {
            let (low, high) = point.interval(level);
            if low > high {
                return 1.0;
            }
            let mut next = vec![0.0; high - low + 1];
            let p = (point.uniform - before) / (1.0 - before);
            for (place, probability) in inside.iter().enumerate() {
                let so_far = first + place;
                if so_far > high {
                    break;
                }
                let within = low.saturating_sub(so_far)..=high - so_far;
                self.binomial.each(self.total - so_far, p, within, |more, mass| {
                    next[so_far + more - low] += probability * mass;
                });
            }
            (first, inside, before) = (low, next, point.uniform);
        }
        (1.0 - inside.iter().sum::<f64>()).clamp(0.0, 1.0)
    }

    /// Returns the largest level at which uniform ranks leave their band with probability `leaving` at most.
    fn level(&self, leaving: f64) -> f64 {
        // By Boole's inequality the lower end will do; there the band is too wide.
        let (mut low, mut high) = (leaving / self.points.len() as f64, 1.0);
        if self.leaving(high) <= leaving {
            return high;
        }
        while high / low > 1.0 + 1e-6 {
            let middle = (low * high).sqrt();
            if self.leaving(middle) <= leaving {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Lcg;

    /// `python tests/reference.py ecdf`: one less `arviz.stats.ecdf_utils._ecdf_band_interior_probability` for the pointwise band of `1 - level`.
    #[test]
    fn probabilities_of_leaving_are_those_of_arviz() {
        for (total, last, level, expected) in LEAVING {
            let found = Test::new(&Ranks::new(&vec![0; total], last).unwrap()).leaving(level);
            assert!((found - expected).abs() < 1e-10, "{total}, {last}, {level}: {found}, {expected}");
        }
    }
    const LEAVING: [(usize, usize, f64, f64); 4] = [
        (50, 9, 0.01, 0.02912643318502861),
        (200, 99, 0.004, 0.05569020407810654),
        (1000, 99, 0.01, 0.15277969582236128),
        (37, 20, 0.2, 0.6798981678584315),
    ];

    /// All outcomes of a few ranks, one after the other.
    #[test]
    fn p_values_are_exact() {
        let (total, values) = (5, 4_usize);
        let outcomes: Vec<Ranks> = (0..values.pow(total))
            .map(|i| {
                let ranks: Vec<usize> = (0..total).map(|j| i / values.pow(j) % values).collect();
                Ranks::new(&ranks, values - 1).unwrap()
            })
            .collect();
        let p_values: Vec<f64> = outcomes.iter().map(Ranks::ecdf_p_value).collect();
        for p in &p_values {
            let as_small = p_values.iter().filter(|other| **other <= p + 1e-12).count();
            assert!((as_small as f64 / outcomes.len() as f64 - p).abs() < 1e-12);
        }
        for probability in [0.3, 0.8, 0.95] {
            let held = outcomes.iter().filter(|ranks| ranks.ecdf_band(probability).unwrap().holds());
            assert!(held.count() as f64 / outcomes.len() as f64 >= probability);
        }
    }

    /// Of 400 sets of uniform ranks 20 are expected to leave their band; a sum of 400 such has a deviation of 4.4.
    #[test]
    fn bands_hold_as_often_as_they_say() {
        let mut lcg = Lcg::new(4);
        let mut left = 0;
        for _ in 0..400 {
            let ranks: Vec<usize> = (0..100).map(|_| (lcg.uniform() * 50.0) as usize).collect();
            let ranks = Ranks::new(&ranks, 49).unwrap();
            let outside = ranks.ecdf_p_value() <= 0.05;
            left += usize::from(outside);
        }
        assert!(left < 42, "{left} of 400 left a band of 95 %");
        assert!(left > 2, "{left} of 400 left a band of 95 %");
    }

    #[test]
    fn bands_and_p_values_agree() {
        for (bend, last) in [(0.0, 20), (0.2, 20), (0.5, 300)] {
            let mut lcg = Lcg::new(9);
            let ranks: Vec<usize> = (0..300)
                .map(|_| {
                    let u = lcg.uniform();
                    ((u + bend * u * (1.0 - u)) * (last + 1) as f64) as usize
                })
                .collect();
            let ranks = Ranks::new(&ranks, last).unwrap();
            let band = ranks.ecdf_band(0.95).unwrap();
            assert!(band.ranks.len() <= 100);
            assert_eq!(band.holds(), ranks.ecdf_p_value() > 0.05, "{bend}");
            assert_eq!(band.holds(), bend < 0.3);
        }
    }
}
