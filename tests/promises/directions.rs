//! Directions: von Mises-Fisher distributions as priors, proposals and components of a mixture.

use ndarray::{Array2, array};
use ppl::prelude::*;
use ppl_tests::{assert_mean, assert_unbiased_all, named, slope};
use std::f64::consts::{LN_2, PI, TAU};

type Vector = [f64; 3];

fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(v: Vector) -> Vector {
    v.map(|x| x / dot(v, v).sqrt())
}

/// `A(k)` in three dimensions.
fn length(k: f64) -> f64 {
    k.tanh().recip() - k.recip()
}

/// The logarithm of the density's factor in three dimensions.
fn ln_factor(k: f64) -> f64 {
    (k / (4.0 * PI * k.sinh())).ln()
}

#[model]
fn seen(toward: Vector, prior: f64) {
    let z = sample!("z", VonMisesFisher::new([0.6, 0.0, 0.8], prior));
    observe!("y", Normal::new((z * toward).sum(), 0.5), 0.7);
}

/// The direction of an unconstrained vector.
#[guide(seen)]
fn around(raw: Vector, log_concentration: f64) {
    let (raw, concentration) = (param!("raw", raw), param!("log_concentration", log_concentration).exp());
    sample!("z", VonMisesFisher::new(raw / (raw * raw).sum().sqrt(), concentration));
}

/// The loss of the two programs by closed forms of the first two moments.
fn loss(raw: Vector, k: f64, toward: Vector, prior: f64) -> f64 {
    let (mean, a) = (unit(raw), length(k));
    let (across, cos) = (a / k, dot(mean, toward));
    let (first, second) = (a * cos, across * dot(toward, toward) + (1.0 - 3.0 * across) * cos * cos);
    let likelihood = -2.0 * (second - 1.4 * first + 0.49) - 0.5 * (TAU * 0.25).ln();
    let from_prior = if prior > 0.0 {
        ln_factor(prior) + prior * a * dot(mean, [0.6, 0.0, 0.8])
    } else {
        -(4.0 * PI).ln()
    };
    ln_factor(k) + k * a - from_prior - likelihood
}

#[test]
fn the_gradient_through_a_direction_is_unbiased() {
    let toward = [0.6, -0.3, 0.5];
    for (raw, k, prior) in [([0.4, -1.0, 0.7], 1.8, 2.5), ([1.0, 2.0, 0.3], 12.0, 0.0)] {
        let at = |index: usize, value: f64| {
            let mut raw: Vector = raw;
            raw[index] = value;
            loss(raw, k, toward, prior)
        };
        let exact = [
            slope(|v| at(0, v), raw[0]),
            slope(|v| at(1, v), raw[1]),
            slope(|v| at(2, v), raw[2]),
            slope(|log_k| loss(raw, log_k.exp(), toward, prior), k.ln()),
        ];
        for closed in [true, false] {
            let what = format!("around {raw:?} by {k}, closed: {closed}");
            assert_unbiased_all(&what, 5, 200_000, &exact, 0.05, |seed| {
                let elbo = Elbo::default().closed_kl(closed);
                let mut svi =
                    Svi::new(seen(toward, prior), around(raw, k.ln()), elbo, Sgd::new(1.0)).seed(seed);
                move || {
                    let (_, gradient) = svi.gradient().unwrap();
                    let mut all = named(&gradient, "raw");
                    all.extend(named(&gradient, "log_concentration"));
                    all
                }
            });
        }
    }
}

#[model]
fn unknown_direction(x: Vector) {
    let z = sample!("z", VonMisesFisher::uniform(3));
    observe!("x", VonMisesFisher::new(z, 4.0), x);
}

#[guide(unknown_direction)]
fn posterior(x: Vector) {
    sample!("z", VonMisesFisher::new(param!("mean_direction", x, UnitVector), 4.0));
}

/// What is uniform remains so: the evidence of one direction is the reciprocal of the sphere's area.
#[test]
fn of_a_uniform_prior_the_evidence_is_known() {
    let x = unit([0.3, -0.5, 0.9]);
    let stuck = Elbo::default().sticking_the_landing();
    let mut svi = Svi::new(unknown_direction(x), posterior(x), stuck, Sgd::new(1.0)).seed(1);
    for _ in 0..20 {
        let (step, gradient) = svi.gradient().unwrap();
        assert!((step.loss - (4.0 * PI).ln()).abs() < 1e-12, "{step:?}");
        assert!(named(&gradient, "mean_direction").iter().all(|g| g.abs() < 1e-12));
    }
    let mut svi = Svi::new(unknown_direction(x), posterior(x), Elbo::default(), Sgd::new(1.0)).seed(2);
    let losses: Vec<f64> = (0..20_000).map(|_| svi.gradient().unwrap().0.loss).collect();
    assert_mean("the bound", &losses, (4.0 * PI).ln(), 0.05);
}

#[model]
fn anywhere() {
    sample!("z", VonMisesFisher::uniform(3));
}

#[guide(anywhere)]
fn projected() {
    sample!("z", Transformed::new(Normal::new([0.0; 2], 1.0), UnitVector), on(UnitVector));
}

/// The divergence of a projected normal distribution from the uniform one: its entropy is that of the normal distribution and the mean of
/// `2 ln(2 / (1 + r^2))`, with `E[ln(1 + r^2)] = sqrt(e) E1(1/2)`.
#[test]
fn a_transformed_normal_answers_a_direction() {
    let mean = 0.5_f64.exp() * 0.559_773_594_776_160_8;
    let entropy = 1.0 + TAU.ln() + 2.0 * (LN_2 - mean);
    let mut svi = Svi::new(anywhere(), projected(), Elbo::default(), Sgd::new(1.0)).seed(3);
    let losses: Vec<f64> = (0..100_000).map(|_| svi.gradient().unwrap().0.loss).collect();
    assert_mean("the divergence", &losses, (4.0 * PI).ln() - entropy, 0.02);
}

#[model]
fn clusters(x: &Array2<f64>) {
    let centres = param!("centres", array![[0.8, 0.6, 0.0], [0.0, 0.8, 0.6], [0.6, 0.0, 0.8]], UnitVector);
    let concentrations = param!("concentrations", [3.0; 3], Positive);
    let shares = param!("shares", [1.0 / 3.0; 3], Simplex);
    plate!("row", x.nrows(), |i| {
        let k = sample!("cluster", Categorical::new(shares), enumerate);
        observe!("x", VonMisesFisher::new(centres.at(k), concentrations.at(k).to_real()), x.at(i));
    });
}

#[guide(clusters)]
fn nothing(_x: &Array2<f64>) {}

/// Three rings of directions around the axes, which lie far apart: a cluster's mean direction is its axis, and `A(k)` the cosine of the
/// ring's angle.
#[test]
fn a_mixture_of_directions_ends_at_its_centres() {
    let (angles, counts) = ([0.3_f64, 0.2, 0.25], [30, 20, 10]);
    let mut rows = Vec::new();
    for axis in 0..3 {
        for i in 0..counts[axis] {
            let turn = TAU * f64::from(i) / f64::from(counts[axis]);
            let mut x = [0.0; 3];
            x[axis] = angles[axis].cos();
            x[(axis + 1) % 3] = angles[axis].sin() * turn.cos();
            x[(axis + 2) % 3] = angles[axis].sin() * turn.sin();
            rows.push(x);
        }
    }
    let data = Array2::from(rows);
    let mut svi = Svi::new(clusters(&data), nothing(&data), Evidence::new(), Adam::new(0.05)).seed(1);
    for _ in 0..3_000 {
        svi.step().unwrap();
    }
    let found = svi.parameters();
    let centres = named(&found, "centres");
    for (axis, centre) in centres.chunks(3).enumerate() {
        assert!((centre[axis] - 1.0).abs() < 1e-6, "centre {axis}: {centre:?}");
    }
    for (k, angle) in named(&found, "concentrations").iter().zip(angles) {
        assert!((length(*k) - angle.cos()).abs() < 1e-4, "{k} for a ring at {angle}");
    }
    for (share, count) in named(&found, "shares").iter().zip(counts) {
        assert!((share - f64::from(count) / 60.0).abs() < 1e-4, "{share} of {count} in 60");
    }
}

#[model]
fn misfit() {
    let start = param!("start", [3.0, 4.0], UnitVector);
    observe!("x", VonMisesFisher::new(start, 1.0), [0.6, 0.8]);
}

#[guide(misfit)]
fn no_sites() {}

#[test]
fn a_first_value_that_is_no_direction_is_an_error() {
    let mut svi = Svi::new(misfit(), no_sites(), Elbo::default(), Sgd::new(1.0));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("`start`") && error.contains("the vector has length 5, expected 1"), "{error}");
}

#[model]
fn pointed() {
    sample!("z", VonMisesFisher::uniform(2));
}

#[guide(pointed)]
fn of_any_length() {
    sample!("z", VonMisesFisher::new(param!("mean", [0.6, 0.9]), 1.0));
}

/// Neither a draw nor a closed divergence takes a vector for its direction.
#[test]
fn a_mean_direction_of_another_length_is_an_error() {
    let mut svi = Svi::new(pointed(), of_any_length(), Elbo::default(), Sgd::new(1.0));
    let error = svi.step().unwrap_err().to_string();
    assert!(
        error.contains("mean_direction of VonMisesFisher must have length one, got [0.6, 0.9]"),
        "{error}"
    );
    assert_eq!(named(&svi.parameters(), "mean"), [0.6, 0.9]);
}
