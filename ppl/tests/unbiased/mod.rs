//! A test of means: whether an estimator's expectation is a known number, and whether the draws could tell.

/// The largest distance from the exact mean, in standard errors.
const WITHIN: f64 = 5.0;

/// The share of the exact number that an error must not exceed unseen.
const SHARE: f64 = 0.05;

/// The means and the variances of several numbers that are drawn together.
#[derive(Clone, Debug)]
pub struct Moments {
    n: f64,
    pub mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// Draws `n` times.
    pub fn of(n: usize, mut draw: impl FnMut() -> Vec<f64>) -> Moments {
        let mut moments = Moments { n: 0.0, mean: Vec::new(), squares: Vec::new() };
        (0..n).for_each(|_| moments.add(&draw()));
        moments
    }

    /// Draws until an error of 5% of the exact numbers would be seen, and 200 times at least. When to stop is read off the
    /// spread of the draws, not off their mean.
    pub fn sharp(exact: &[f64], mut draw: impl FnMut() -> Vec<f64>) -> Moments {
        let mut moments = Moments::of(200, &mut draw);
        while moments.n < 30_000.0
            && (0..exact.len()).any(|k| moments.sees(k) > SHARE * exact[k].abs() + 1e-6)
        {
            (0..50).for_each(|_| moments.add(&draw()));
        }
        moments
    }

    fn add(&mut self, draws: &[f64]) {
        self.mean.resize(draws.len(), 0.0);
        self.squares.resize(draws.len(), 0.0);
        self.n += 1.0;
        for ((x, mean), squares) in draws.iter().zip(&mut self.mean).zip(&mut self.squares) {
            let d = x - *mean;
            *mean += d / self.n;
            *squares += d * (x - *mean);
        }
    }

    fn sees(&self, k: usize) -> f64 {
        WITHIN * (self.variance(k) / self.n).sqrt()
    }

    /// Returns the variance of number `k`.
    pub fn variance(&self, k: usize) -> f64 {
        self.squares[k] / (self.n - 1.0)
    }

    /// Says which mean is not the exact number, or cannot be told from one that is off by `detect` times that number.
    pub fn compare(&self, exact: &[f64], detect: f64) -> Result<(), String> {
        assert_eq!(self.mean.len(), exact.len());
        for (k, &exact) in exact.iter().enumerate() {
            let (n, mean, sees, wanted) = (self.n, self.mean[k], self.sees(k), detect * exact.abs());
            // Draws without any spread still carry the rounding of their arithmetic, and tables that of their digits.
            let rounding = 2e-6 * exact.abs().max(1.0);
            let away = (mean - exact).abs();
            // A draw that is not finite makes all of these so: no comparison with one of them holds.
            let enough = sees <= wanted + rounding;
            let unbiased = away <= sees + rounding;
            if !enough {
                return Err(format!(
                    "number {k}: {n} draws are too few: they see {sees:.2e}, not {wanted:.2e}"
                ));
            }
            if !unbiased {
                return Err(format!(
                    "number {k}: biased: the mean of {n} draws is {mean}, expected {exact} within {sees:.1e}"
                ));
            }
        }
        Ok(())
    }

    /// Asserts that each mean is the exact number, that the draws could see an error of 5% of it, and that they do.
    #[track_caller]
    pub fn assert_unbiased(&self, what: &str, exact: &[f64]) {
        if let Err(found) = self.compare(exact, SHARE) {
            panic!("{what}, {found}");
        }
        for k in 0..exact.len() {
            for off in [0.88, 1.12] {
                let mut planted = exact.to_vec();
                planted[k] *= off;
                assert!(
                    self.compare(&planted, 0.06).is_err(),
                    "{what}: a planted error in number {k} is not seen"
                );
            }
        }
    }
}

/// Returns the derivative of `f` at `x`, by differences of the sixth order.
pub fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().max(0.1);
    let d = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * h)
}

/// Returns the derivatives of `f` at `x`, and `f(x)`.
pub fn gradient_and_value<const N: usize>(f: impl Fn([f64; N]) -> f64, x: [f64; N]) -> Vec<f64> {
    let by = (0..N).map(|k| {
        slope(
            |v| {
                let mut moved = x;
                moved[k] = v;
                f(moved)
            },
            x[k],
        )
    });
    by.chain([f(x)]).collect()
}

/// Returns the natural logarithm of the normal density.
pub fn log_normal(x: f64, loc: f64, scale: f64) -> f64 {
    let z = (x - loc) / scale;
    -0.5 * z * z - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

pub fn logistic(l: f64) -> f64 {
    1.0 / (1.0 + (-l).exp())
}

/// Returns the logarithm of the probability of `b` under a Bernoulli distribution.
pub fn log_bernoulli(b: bool, p: f64) -> f64 {
    if b { p.ln() } else { (1.0 - p).ln() }
}

/// Returns the expectation of `f` over independent Bernoulli draws.
pub fn expect<const N: usize>(p: [f64; N], f: impl Fn([bool; N]) -> f64) -> f64 {
    (0..1usize << N)
        .map(|bits| {
            let b: [bool; N] = std::array::from_fn(|k| bits >> k & 1 == 1);
            let weight: f64 = (0..N).map(|k| if b[k] { p[k] } else { 1.0 - p[k] }).product();
            weight * f(b)
        })
        .sum()
}

#[test]
fn a_biased_mean_and_too_few_draws_are_refused() {
    // A sequence that is spread evenly over (0, 1).
    let mut k = 0.0;
    let even = Moments::of(40_000, || {
        k += 1.0;
        vec![(k * 0.618_033_988_749_894_9f64).fract()]
    });
    even.assert_unbiased("even", &[0.5]);
    assert!(even.compare(&[0.51], 0.05).unwrap_err().contains("biased"));
    let few = Moments::of(100, || {
        k += 1.0;
        vec![(k * 0.618_033_988_749_894_9f64).fract()]
    });
    assert!(few.compare(&[0.5], 0.05).unwrap_err().contains("too few"));
    assert!(Moments::of(3, || vec![f64::NAN]).compare(&[0.5], 0.05).is_err());
}
