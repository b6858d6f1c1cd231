//! A test of means: whether an estimator's expectation is a known number, and whether the draws could tell.

/// The largest distance from the exact mean, in standard errors.
pub const WITHIN: f64 = 5.0;

/// The means and the variances of several numbers that are drawn together.
#[derive(Clone, Debug)]
pub struct Moments {
    n: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// Draws `n` times.
    pub fn of(n: usize, mut draw: impl FnMut() -> Vec<f64>) -> Moments {
        let mut moments = Moments { n: 0.0, mean: Vec::new(), squares: Vec::new() };
        for _ in 0..n {
            let draws = draw();
            moments.mean.resize(draws.len(), 0.0);
            moments.squares.resize(draws.len(), 0.0);
            moments.n += 1.0;
            for ((x, mean), squares) in draws.iter().zip(&mut moments.mean).zip(&mut moments.squares) {
                let d = x - *mean;
                *mean += d / moments.n;
                *squares += d * (x - *mean);
            }
        }
        moments
    }

    pub fn mean(&self, k: usize) -> f64 {
        self.mean[k]
    }

    pub fn variance(&self, k: usize) -> f64 {
        self.squares[k] / (self.n - 1.0)
    }

    fn error(&self, k: usize) -> f64 {
        (self.variance(k) / self.n).sqrt()
    }

    /// Asserts that each mean is the exact number, and that the draws could see an error of `detect` times that number.
    #[track_caller]
    pub fn assert_unbiased(&self, what: &str, exact: &[f64], detect: f64) {
        assert_eq!(self.mean.len(), exact.len(), "{what}");
        for (k, &exact) in exact.iter().enumerate() {
            let (mean, error) = (self.mean[k], self.error(k));
            // A draw that is not finite makes both so, and fails here.
            assert!(
                WITHIN * error <= detect * exact.abs(),
                "{what}, number {k}: {} draws are too few: {WITHIN} standard errors are {:.3e}, which cannot see an error of {:.3e}",
                self.n,
                WITHIN * error,
                detect * exact.abs()
            );
            assert!(
                (mean - exact).abs() <= WITHIN * error + 1e-9 * exact.abs().max(1.0),
                "{what}, number {k}: biased: the mean of {} draws is {mean}, expected {exact}, {:.1} standard errors away",
                self.n,
                (mean - exact).abs() / error
            );
        }
    }
}
