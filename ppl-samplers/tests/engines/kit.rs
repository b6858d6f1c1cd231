//! Targets with known answers, and tests of moments.

use ppl_samplers::{Target, TargetError};

/// A target from a function that writes the gradient.
pub struct Function<F>(pub usize, pub F);

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Target for Function<F> {
    fn dim(&self) -> usize {
        self.0
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        Ok((self.1)(x, gradient))
    }
}

/// A normal by its mean and its precision matrix.
#[derive(Clone)]
pub struct Normal {
    pub mean: Vec<f64>,
    /// Row-major.
    pub precision: Vec<f64>,
}

impl Target for Normal {
    fn dim(&self) -> usize {
        self.mean.len()
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        let dim = self.dim();
        let mut square = 0.0;
        for i in 0..dim {
            let row = &self.precision[i * dim..(i + 1) * dim];
            let image: f64 = row.iter().zip(x).zip(&self.mean).map(|((p, x), m)| p * (x - m)).sum();
            gradient[i] = -image;
            square += image * (x[i] - self.mean[i]);
        }
        Ok(-0.5 * square)
    }
}

/// A normal of five coordinates of scales from .01 to 100, the first two with correlation .99, with its covariance.
///
/// Its precision is that of blocks of two, whose inverse is closed.
pub fn correlated() -> (Normal, Vec<f64>) {
    let deviations = [0.01, 2.0, 100.0, 1.0, 30.0];
    let correlation = |i: usize, j: usize| match (i.min(j), i.max(j)) {
        (0, 1) => 0.99,
        (2, 4) => -0.6,
        (i, j) if i == j => 1.0,
        _ => 0.0,
    };
    let inverse = |i: usize, j: usize| match (i.min(j), i.max(j)) {
        (0, 1) => -0.99 / (1.0 - 0.99 * 0.99),
        (2, 4) => 0.6 / (1.0 - 0.36),
        (0, 0) | (1, 1) => 1.0 / (1.0 - 0.99 * 0.99),
        (2, 2) | (4, 4) => 1.0 / (1.0 - 0.36),
        (i, j) if i == j => 1.0,
        _ => 0.0,
    };
    let entries = || (0..25).map(|k| (k / 5, k % 5));
    let covariance = entries().map(|(i, j)| correlation(i, j) * deviations[i] * deviations[j]).collect();
    let precision = entries().map(|(i, j)| inverse(i, j) / (deviations[i] * deviations[j])).collect();
    (Normal { mean: vec![0.5, -3.0, 200.0, 0.0, 10.0], precision }, covariance)
}

/// Eight schools, not centred: theta transformed, mu and log tau. Data of Rubin (1981); priors mu ~ N(0, 5), tau ~ half-Cauchy(5), as in posteriordb.
pub struct EightSchools;

impl EightSchools {
    pub const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    pub const ERRORS: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
}

impl Target for EightSchools {
    fn dim(&self) -> usize {
        10
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        let (mu, log_tau) = (x[8], x[9]);
        let tau = log_tau.exp();
        let shrunk = 1.0 + tau * tau / 25.0;
        let mut sum = -0.5 * mu * mu / 25.0 - shrunk.ln() + log_tau;
        gradient[8] = -mu / 25.0;
        gradient[9] = 1.0 - 2.0 * (tau * tau / 25.0) / shrunk;
        for i in 0..8 {
            let residual = (Self::EFFECTS[i] - mu - tau * x[i]) / Self::ERRORS[i];
            sum -= 0.5 * (residual * residual + x[i] * x[i]);
            let pull = residual / Self::ERRORS[i];
            gradient[i] = tau * pull - x[i];
            gradient[8] += pull;
            gradient[9] += tau * x[i] * pull;
        }
        Ok(sum)
    }
}

/// Means and the standard errors of means of chains of draws, from the spread of batch means over all chains.
pub struct Mean {
    pub value: f64,
    pub error: f64,
}

impl Mean {
    /// Of chains of one length, each cut into twenty batches.
    pub fn of(chains: &[Vec<f64>]) -> Mean {
        let means: Vec<f64> = chains
            .iter()
            .flat_map(|chain| chain.chunks_exact(chain.len() / 20))
            .map(|batch| batch.iter().sum::<f64>() / batch.len() as f64)
            .collect();
        let count = means.len() as f64;
        let value = means.iter().sum::<f64>() / count;
        let variance = means.iter().map(|m| (m - value).powi(2)).sum::<f64>() / (count - 1.0);
        Mean { value, error: (variance / count).sqrt() }
    }

    /// Fails unless the mean is within five standard errors of a value, and these are at most `detect`.
    #[track_caller]
    pub fn assert_is(&self, exact: f64, detect: f64) {
        assert!(
            self.accepts(exact, detect),
            "{} +- {} is not {exact} (detect {detect})",
            self.value,
            self.error
        );
    }

    pub fn accepts(&self, exact: f64, detect: f64) -> bool {
        5.0 * self.error <= detect && (self.value - exact).abs() <= 5.0 * self.error
    }
}

/// Means of functions of draws against exact values: the moments of a normal.
#[track_caller]
pub fn assert_moments(chains: &[Vec<Vec<f64>>], mean: &[f64], covariance: &[f64]) {
    let dim = mean.len();
    let of = |f: &dyn Fn(&[f64]) -> f64| {
        Mean::of(&chains.iter().map(|chain| chain.iter().map(|x| f(x)).collect()).collect::<Vec<_>>())
    };
    for i in 0..dim {
        let deviation = covariance[i * dim + i].sqrt();
        of(&|x| x[i]).assert_is(mean[i], 0.2 * deviation);
        for j in 0..=i {
            let scale = deviation * covariance[j * dim + j].sqrt();
            of(&|x| (x[i] - mean[i]) * (x[j] - mean[j])).assert_is(covariance[i * dim + j], 0.3 * scale);
        }
    }
}

#[test]
fn precision_is_the_inverse() {
    let (normal, covariance) = correlated();
    for i in 0..5 {
        for j in 0..5 {
            let product: f64 = (0..5).map(|k| normal.precision[i * 5 + k] * covariance[k * 5 + j]).sum();
            let one = if i == j { 1.0 } else { 0.0 };
            let scale = (covariance[j * 5 + j] / covariance[i * 5 + i]).sqrt();
            assert!((product - one).abs() < 1e-12 * scale.max(1.0));
        }
    }
}

#[test]
fn a_planted_bias_and_too_few_draws_are_refused() {
    let draws: Vec<f64> = (0..2000).map(|i| ((i * 7919) % 2000) as f64 / 2000.0).collect();
    let mean = Mean::of(&[draws]);
    assert!(mean.accepts(0.4998, 0.2));
    assert!(!mean.accepts(0.4998 + 6.0 * mean.error, 0.2));
    assert!(!mean.accepts(0.4998, 4.9 * mean.error));
}

/// Logistic regression on forty made-up rows, the third column a hundred times larger, with or without a normal prior of the given variance.
pub struct Logistic {
    rows: Vec<([f64; 3], f64)>,
    prior_variance: Option<f64>,
}

impl Logistic {
    // From Newton's method in NumPy 2, with `i = arange(40)`, `X = c_[ones(40), sin(i), 100 * cos(2 * i)]`, `y = sin(3 * i) + sin(i) + .3 * cos(2 * i) > .2`,
    // prior variance 25: fifty times `p = 1 / (1 + exp(-X @ b)); g = X.T @ (y - p) - b / 25; H = (X * (p * (1 - p))[:, None]).T @ X + eye(3) / 25;
    // b += solve(H, g)`; then the sum of the log-likelihood and `-b @ b / 50`, `inv(H)`, and `lp + 1.5 * log(2 * pi) - slogdet(H)[1] / 2`.
    pub const MODE: [f64; 3] = [-4.2519917058586945, 9.277182074556542, 0.06234691249525797];
    pub const LOG_DENSITY: f64 = -7.950354557970346;
    pub const COVARIANCE: [f64; 9] = [
        2.344388488613685,
        -4.061903002766419,
        -2.288937093139575e-02,
        -4.061903002766419,
        8.18460997466617,
        4.799297095013109e-02,
        -2.288937093139575e-02,
        4.799297095013109e-02,
        3.357_971_062_031_575e-4,
    ];
    pub const LOG_EVIDENCE: f64 = -9.633530454001477;

    pub fn new(prior_variance: Option<f64>) -> Logistic {
        let row = |i: i32| {
            let i = f64::from(i);
            let sum = (3.0 * i).sin() + i.sin() + 0.3 * (2.0 * i).cos();
            ([1.0, i.sin(), 100.0 * (2.0 * i).cos()], if sum > 0.2 { 1.0 } else { -1.0 })
        };
        Logistic { rows: (0..40).map(row).collect(), prior_variance }
    }
}

impl Target for Logistic {
    fn dim(&self) -> usize {
        3
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        let mut sum = 0.0;
        let precision = self.prior_variance.map_or(0.0, f64::recip);
        for i in 0..3 {
            gradient[i] = -x[i] * precision;
            sum -= 0.5 * x[i] * x[i] * precision;
        }
        for (row, class) in &self.rows {
            let margin = class * row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
            sum -= (-margin.abs()).exp().ln_1p() + (-margin).max(0.0);
            let pull = class / (1.0 + margin.exp());
            gradient.iter_mut().zip(row).for_each(|(g, a)| *g += a * pull);
        }
        Ok(sum)
    }
}

/// Eight schools, centred: theta, mu and log tau. Its density has no upper bound as tau goes to nought.
pub struct Centred;

impl Target for Centred {
    fn dim(&self) -> usize {
        10
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        let (mu, log_tau) = (x[8], x[9]);
        let tau = log_tau.exp();
        let shrunk = 1.0 + tau * tau / 25.0;
        let mut sum = -0.5 * mu * mu / 25.0 - shrunk.ln() - 7.0 * log_tau;
        gradient[8] = -mu / 25.0;
        gradient[9] = -7.0 - 2.0 * (tau * tau / 25.0) / shrunk;
        for i in 0..8 {
            let residual = (EightSchools::EFFECTS[i] - x[i]) / EightSchools::ERRORS[i];
            let z = (x[i] - mu) / tau;
            sum -= 0.5 * (residual * residual + z * z);
            gradient[i] = residual / EightSchools::ERRORS[i] - z / tau;
            gradient[8] += z / tau;
            gradient[9] += z * z;
        }
        Ok(sum)
    }
}
