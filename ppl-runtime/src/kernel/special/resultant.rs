//! Means over a sphere weighed by the exponential of a cosine: modified Bessel functions of any order `D/2 - 1`, as a von Mises-Fisher
//! distribution needs them.

use super::stirling::stirling_correction;
use super::uniform_terms::TERMS;

/// From this order on the uniform expansion is exact.
const LARGE: f64 = 30.0;

/// What is known of the mean of unit vectors `x` in `D` dimensions with a density proportional to `exp(k m . x)`, where `m` has length
/// one too: `A m` with `A = I_(v+1)(k) / I_v(k)` and `v = D/2 - 1`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resultant {
    /// The logarithm of the mean of `exp(k (m . x - 1))` over the uniform distribution: `ln(Gamma(v + 1) (2/k)^v I_v(k)) - k`.
    pub(crate) log_mean: f64,
    /// The length `A` of the mean.
    pub(crate) length: f64,
    /// `1 - A`, which is minus the derivative of `log_mean` by `k`.
    pub(crate) lack: f64,
    /// `A / k`, the variance in every direction across the mean.
    pub(crate) across: f64,
    /// `k` times the derivative of `A`.
    pub(crate) rise: f64,
    concentration: f64,
}

impl Resultant {
    /// Returns what is known for vectors in `dimension >= 2` dimensions, at a concentration that is not negative, to full relative
    /// precision at both ends.
    ///
    /// The logarithm of the uniform expansion (DLMF 10.41.3) gives all of it for an order of at least thirty. From there
    /// the recurrence `I_(v-1) = I_(v+1) + (2 v / k) I_v` (DLMF 10.29.1) goes down, where it is stable.
    pub(crate) fn new(dimension: usize, concentration: f64) -> Resultant {
        // Of a negative one there is nothing, so that nothing that is computed with it passes.
        let k = if concentration < 0.0 { f64::NAN } else { concentration };
        let order = 0.5 * dimension as f64 - 1.0;
        let steps = (LARGE - order).ceil().max(0.0);
        let mut v = order + steps;
        let mut found = Resultant::of_large_order(v, k);
        // The product of the factors, whose logarithm is taken before it leaves the range of doubles.
        let mut product = 1.0;
        for _ in 0..steps as usize {
            // The mean of the next lower order is larger by this factor.
            let twice = 2.0 * v;
            let factor = 1.0 + k * found.length / twice;
            let across = factor.recip() / twice;
            found.rise = across * (k * across) * (twice - k * found.rise);
            found.lack = (twice - k * found.lack) / (twice + k * found.length);
            found.length = k * across;
            found.across = across;
            product *= factor;
            if product > 1e100 {
                found.log_mean += product.ln();
                product = 1.0;
            }
            v -= 1.0;
        }
        found.log_mean += product.ln();
        found
    }

    fn of_large_order(v: f64, k: f64) -> Resultant {
        let size = v.hypot(k);
        let inverse = size.recip();
        let (along, beside) = (v * inverse, k * inverse);
        let q = along * along;
        // The logarithm of the series, and its first two derivatives by `-ln(size)`.
        let (mut log, mut first, mut second, mut power) = (0.0, 0.0, 0.0, 1.0);
        for (i, coefficients) in TERMS.iter().enumerate() {
            power *= inverse;
            let mut term = power;
            for (j, c) in coefficients.iter().enumerate() {
                let (term_here, degree) = (c * term, (i + 1 + 2 * j) as f64);
                log += term_here;
                first += degree * term_here;
                second += degree * degree * term_here;
                term *= q;
            }
        }
        let beyond = v * (v / (size + k));
        let half = 0.5 + first;
        let bend = half - beside * beside * (1.0 + 2.0 * first + second);
        Resultant {
            log_mean: (beyond - v) - v * (0.5 * (1.0 + size / v)).ln() - 0.5 * (size / v).ln()
                + stirling_correction(v)
                + log,
            length: k / (size + v) - beside * inverse * half,
            lack: (beyond + v) / (size + v) + beside * inverse * half,
            across: (size + v).recip() - inverse * inverse * half,
            rise: beside * (v / (size + v) - inverse * bend),
            concentration: k,
        }
    }

    /// Returns the derivative of `A` by `k`, the variance along the mean.
    pub(crate) fn along(self) -> f64 {
        self.rise_times(1.0)
    }

    /// Returns the derivative of `A` by `k`, times a factor that is about as large as `k` where that is large.
    pub(crate) fn rise_times(self, factor: f64) -> f64 {
        // By so small a concentration all directions vary alike.
        if self.concentration < 1e-9 {
            self.across * factor
        } else {
            self.rise * (factor / self.concentration)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bessel::{bessel_ratio_lack, ln_bessel_i0_scaled};
    use super::*;

    fn assert_near(what: &str, got: f64, expected: f64, tolerance: f64) {
        assert!((got - expected).abs() <= tolerance * expected.abs(), "{what}: {got:e}, not {expected:e}");
    }

    #[test]
    fn meets_outside_values() {
        // mpmath, a hundred digits, by besseli: the logarithm of the mean, A, 1 - A and k dA/dk.
        for (dimension, k, [log_mean, length, lack, rise]) in [
            (2, 1e-10, [-9.99999999975e-11, 5.0e-11, 0.99999999995, 5.0e-11]),
            (2, 1e-3, [-0.000999750000015625, 0.0004999999375000105, 0.9995000000625, 0.000499999812500052]),
            (2, 0.5, [-0.4384502808145187, 0.24249961258080194, 0.757500387419198, 0.22809735636827855]),
            (2, 3.7, [-1.5322480008566721, 0.8509064249544556, 0.1490935750455445, 0.1701391221390864]),
            (2, 40.0, [-2.7602131386476434, 0.9874198413363506, 0.012580158663649341, 0.012662436075493002]),
            (
                2,
                300.0,
                [-3.7704124069977714, 0.9983319397905336, 0.0016680602094664729, 0.0016694584306285846],
            ),
            (2, 1e4, [-5.524096218567699, 0.999949998749875, 5.000125012501954e-05, 5.0002500375078143e-05]),
            (2, 1e6, [-7.826693687186747, 0.999999499999875, 5.00000125000125e-07, 5.00000250000375e-07]),
            (2, 1e10, [-12.4318639981624, 0.99999999995, 5.000000000125e-11, 5.00000000025e-11]),
            (
                3,
                1e-10,
                [-9.999999999833334e-11, 3.3333333333333335e-11, 0.9999999999666667, 3.3333333333333335e-11],
            ),
            (
                3,
                1e-3,
                [-0.000999833333338889, 0.0003333333111111132, 0.9996666666888889, 0.00033333326666667724],
            ),
            (3, 0.5, [-0.4586751453870819, 0.16395341373865285, 0.8360465862613472, 0.15865281158441535]),
            (3, 3.7, [-2.002091439862385, 0.7309529829689089, 0.26904701703109113, 0.26121265981094205]),
            (3, 40.0, [-4.382026634673881, 0.975, 0.025, 0.025]),
            (3, 300.0, [-6.396929655216146, 0.9966666666666667, 0.003333333333333333, 0.003333333333333333]),
            (3, 1e4, [-9.903487552536127, 0.9999, 0.0001, 0.0001]),
            (3, 1e6, [-14.508657738524219, 0.999999, 1.0e-6, 1.0e-6]),
            (3, 1e10, [-23.7189981105004, 0.9999999999, 1.0e-10, 1.0e-10]),
            (5, 1e-10, [-9.9999999999e-11, 2.0e-11, 0.99999999998, 2.0e-11]),
            (
                5,
                1e-3,
                [-0.0009999000000014285, 0.00019999999428571455, 0.9998000000057143, 0.00019999998285714414],
            ),
            (5, 0.5, [-0.47508863023956915, 0.09929355660768976, 0.9007064433923102, 0.0978961683773387]),
            (5, 3.7, [-2.5252181109293366, 0.5572662383289354, 0.44273376167106465, 0.321916103273516]),
            (5, 40.0, [-6.997611608103998, 0.9506410256410256, 0.04935897435897436, 0.048701512163050624]),
            (5, 300.0, [-11.005438742469751, 0.9933444816053512, 0.006655518394648829, 0.006644332837440297]),
            (5, 1e4, [-18.015315640844534, 0.999800010001, 0.0001999899989999, 0.00019997999699959996]),
            (5, 1e6, [-27.225557007820886, 0.999998000001, 1.999998999999e-06, 1.999997999997e-06]),
            (5, 1e10, [-45.64623675187275, 0.9999999998, 1.9999999999e-10, 1.9999999998e-10]),
            (10, 1e-10, [-9.99999999995e-11, 1.0e-11, 0.99999999999, 1.0e-11]),
            (10, 3.7, [-3.050167848449268, 0.3345606487871387, 0.6654393512128614, 0.2748100983633285]),
            (10, 300.0, [-20.66161062648108, 0.9850877892553787, 0.014912210744621386, 0.01482413468682291]),
            (10, 1e10, [-98.5846251661365, 0.99999999955, 4.4999999992125e-10, 4.499999998425e-10]),
            (
                62,
                1e-10,
                [-9.999999999991935e-11, 1.6129032258064516e-12, 0.9999999999983871, 1.6129032258064516e-12],
            ),
            (
                62,
                1e-3,
                [-0.000999991935483872, 1.612903225399974e-05, 0.999983870967746, 1.6129032245870187e-05],
            ),
            (62, 0.5, [-0.49798393447469813, 0.008064008094072851, 0.9919359919059272, 0.00806299214828539]),
            (62, 3.7, [-3.5897863809381416, 0.05947289274106327, 0.9405271072589367, 0.059066550402477117]),
            (62, 40.0, [-28.882110553624607, 0.4920331175559636, 0.5079668824440364, 0.3021162782125974]),
            (62, 300.0, [-80.93248515423684, 0.9033360924961923, 0.09666390750380773, 0.0916695558454973]),
            (
                62,
                1e4,
                [-186.42665782870841, 0.9969544991898192, 0.0030455008101808847, 0.0030410011906024845],
            ),
            (
                62,
                1e6,
                [-326.8398086607114, 0.9999695004498754, 3.0499550124550227e-05, 3.0499100248650778e-05],
            ),
            (62, 1e10, [-607.7547401757475, 0.99999999695, 3.04999999550125e-09, 3.0499999910025e-09]),
            (
                63,
                1e-10,
                [-9.999999999992063e-11, 1.5873015873015873e-12, 0.9999999999984127, 1.5873015873015873e-12],
            ),
            (63, 3.7, [-3.591530040911207, 0.05853508144323324, 0.9414649185567667, 0.058147434209145275]),
            (63, 300.0, [-81.77525637664763, 0.9018371853337432, 0.09816281466625675, 0.09300185410140735]),
            (63, 1e10, [-617.2081305329978, 0.9999999969, 3.09999999535e-09, 3.0999999907e-09]),
            (200, 1e-10, [-9.9999999999975e-11, 5.0e-13, 0.9999999999995, 5.0e-13]),
            (200, 3.7, [-3.6657807961728044, 0.018493735267805525, 0.9815062647321945, 0.018481214203324416]),
            (200, 300.0, [-156.90640996829276, 0.7215396128015791, 0.27846038719842087, 0.2277931999299441]),
            (200, 1e10, [-1864.2353303073075, 0.9999999900500001, 9.94999995099625e-09, 9.9499999019925e-09]),
            (1000, 1e-10, [-9.9999999999995e-11, 1.0e-13, 0.9999999999999, 1.0e-13]),
            (1000, 1e-3, [-0.0009999995, 9.99999999999002e-07, 0.999999, 9.99999999997006e-07]),
            (
                1000,
                0.5,
                [-0.4998750000155938, 0.0004999998752495631, 0.9995000001247505, 0.0004999996257488137],
            ),
            (
                1000,
                3.7,
                [-3.693155046759654, 0.003699949449482342, 0.9963000505505176, 0.0036998483512040315],
            ),
            (1000, 40.0, [-39.20063736941001, 0.03993633051523245, 0.9600636694847675, 0.03980939548190071]),
            (1000, 300.0, [-256.81329190929114, 0.27701777735262584, 0.7229822226473741, 0.2375857339100803]),
            (1000, 1e4, [-1662.9357387014402, 0.9512943539059403, 0.04870564609405965, 0.04746271476071814]),
            (
                1000,
                1e6,
                [-3950.89466920988, 0.9995006245004917, 0.0004993754995082497, 0.0004992509989074989],
            ),
            (
                1000,
                1e10,
                [-8551.335197027354, 0.9999999500500012, 4.994999875499625e-08, 4.99499975099925e-08],
            ),
        ] {
            let found = Resultant::new(dimension, k);
            let what = |what: &str| format!("{what} in {dimension} dimensions by {k:e}");
            assert!(
                (found.log_mean - log_mean).abs() <= 1e-13 * log_mean.abs().max(1.0),
                "{found:?}, not {log_mean}"
            );
            assert_near(&what("A"), found.length, length, 1e-14);
            assert_near(&what("A / k"), found.across, length / k, 1e-14);
            assert_near(&what("1 - A"), found.lack, lack, 1e-12);
            assert_near(&what("k dA/dk"), found.rise, rise, 1e-12);
            assert_near(&what("dA/dk"), found.along(), rise / k, 1e-12);
        }
    }

    #[test]
    fn two_dimensions_are_the_circle_and_three_are_elementary() {
        for k in [1e-300, 1e-6, 0.3, 4.0, 19.9, 33.0, 1e3, 1e7, 1e160, 1e300] {
            let found = Resultant::new(2, k);
            let log_mean = ln_bessel_i0_scaled(k);
            assert!(
                (found.log_mean - log_mean).abs() <= 1e-13 * log_mean.abs().max(1.0),
                "{found:?}, not {log_mean}"
            );
            assert_near("1 - A", found.lack, bessel_ratio_lack(k), 1e-12);
            // coth(k) - 1/k.
            if k > 1.0 {
                let rest = 2.0 / (2.0 * k).exp_m1();
                assert_near("1 - A", Resultant::new(3, k).lack, k.recip() - rest, 1e-12);
                assert_near("A / k", Resultant::new(3, k).across, (1.0 - (k.recip() - rest)) / k, 1e-13);
            }
        }
    }

    #[test]
    fn both_ends() {
        for dimension in [2, 3, 17, 62, 1000] {
            let d = dimension as f64;
            let uniform = Resultant::new(dimension, 0.0);
            assert_eq!((uniform.length, uniform.lack, uniform.rise), (0.0, 1.0, 0.0));
            assert!(uniform.log_mean.abs() < 1e-13, "{uniform:?}");
            assert_near("A / k", uniform.across, d.recip(), 1e-14);
            assert_near("dA/dk", uniform.along(), d.recip(), 1e-14);
            for k in [1e100, 1e200, 1e300, f64::MAX] {
                let narrow = Resultant::new(dimension, k);
                assert_near("1 - A", narrow.lack, 0.5 * (d - 1.0) / k, 1e-12);
                assert_near("k dA/dk", narrow.rise, 0.5 * (d - 1.0) / k, 1e-12);
                assert_near("dA/dk times k", narrow.rise_times(k), 0.5 * (d - 1.0) / k, 1e-12);
                assert!(narrow.log_mean.is_finite(), "{narrow:?}");
            }
        }
        for k in [f64::NAN, -1e-300, -2.0] {
            let none = Resultant::new(5, k);
            assert!(none.log_mean.is_nan() && none.lack.is_nan() && none.across.is_nan());
        }
    }

    #[test]
    fn an_order_far_beyond_the_expansion_s_first_is_as_exact() {
        // All of it follows from two orders beside each other: A = (v + 1) (2/k) ..., by the recurrence of three.
        for k in [0.5, 60.0, 2e3, 1e5] {
            let [low, middle] = [700, 702].map(|dimension| Resultant::new(dimension, k));
            let v = 0.5 * 700.0 - 1.0;
            assert_near("A", low.length, (2.0 * (v + 1.0) / k + middle.length).recip(), 1e-14);
            let ratio = (middle.log_mean - low.log_mean).exp() * k / (2.0 * (v + 1.0));
            assert_near("A by the means", low.length, ratio, 1e-11);
        }
    }
}
