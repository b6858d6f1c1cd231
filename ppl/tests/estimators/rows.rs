//! Arrays of vectors, and vectors by their precision: closed divergences and draws against closed forms of two dimensions.

use super::*;
use ndarray::{Array2, arr2};

type Matrix = [[f64; 2]; 2];

/// The covariance by its factor, or by that of the precision.
fn covariance([[a, _], [b, c]]: Matrix, is_precision: bool) -> Matrix {
    let square = [[a * a, a * b], [a * b, b * b + c * c]];
    if !is_precision {
        return square;
    }
    let determinant = (a * c).powi(2);
    [
        [square[1][1] / determinant, -square[0][1] / determinant],
        [-square[0][1] / determinant, square[0][0] / determinant],
    ]
}

/// The divergence of two dimensions by covariances, from Cramer's rule.
fn divergence(m: [f64; 2], s: Matrix, c: [f64; 2], t: Matrix) -> f64 {
    let determinant = |s: Matrix| s[0][0] * s[1][1] - s[0][1] * s[1][0];
    let inverse = |i: usize, j: usize| (if i == j { t[1 - i][1 - i] } else { -t[i][j] }) / determinant(t);
    let d = [m[0] - c[0], m[1] - c[1]];
    let pairs = (0..2).flat_map(|i| (0..2).map(move |j| (i, j)));
    let total: f64 = pairs.map(|(i, j)| inverse(i, j) * (s[i][j] + d[i] * d[j])).sum();
    0.5 * (total - 2.0 + (determinant(t) / determinant(s)).ln())
}

/// Factors, of which the second ones have rows of scales that are far apart.
const FACTORS: [(Matrix, Matrix); 2] = [
    ([[1.2, 0.0], [0.4, 0.8]], [[0.9, 0.0], [-0.3, 1.4]]),
    ([[300.0, 0.0], [1e-3, 2e-3]], [[250.0, 0.0], [-8e-4, 3e-3]]),
];

const PLACES: [[f64; 2]; 2] = [[1.3, -1.2], [1.1, 1.5]];

/// Two vectors with one factor each side, which the guide scales.
macro_rules! vectors {
    ($($name:ident, $element:ident: $q:ident from $p:ident, $tolerance:expr;)*) => {$(
        mod $name {
            use super::*;

            #[model($element)]
            fn prior(_q: &Array2<$element>, p: &Array2<$element>) {
                sample!("z", MultivariateNormal::$p(Tensor::zeros(&[2, 2]), p));
            }

            #[guide(prior, $element)]
            fn proposal(q: &Array2<$element>, p: &Array2<$element>) {
                // The places are in units of the prior's spread.
                let places = param!("m", arr2(&PLACES)) * places(p, stringify!($p) == "precision");
                let factor = Tensor::from(q) * param!("s", 0.1).exp();
                sample!("z", MultivariateNormal::$q(places, factor));
            }

            fn places(p: &Array2<$element>, is_precision: bool) -> Tensor<$element> {
                let unit = |d: $element| if is_precision { 1.0 / d } else { d };
                Tensor::from(&ndarray::arr1(&[unit(p[[0, 0]]), unit(p[[1, 1]])]))
            }

            #[test]
            fn a_divergence_is_closed() {
                let [of_q, of_p] = [stringify!($q), stringify!($p)].map(|by| by == "precision");
                for (q, p) in FACTORS {
                    let p = if of_q == of_p { p } else { reciprocal(p) };
                    let unit = |d: f64| if of_p { 1.0 / d } else { d };
                    let loss = |[a, b, c, d, s]: [f64; 5]| -> f64 {
                        let scaled = q.map(|row| row.map(|v| v * s.exp()));
                        let (sq, sp) = (covariance(scaled, of_q), covariance(p, of_p));
                        let row = |m: [f64; 2]| {
                            divergence([m[0] * unit(p[0][0]), m[1] * unit(p[1][1])], sq, [0.0; 2], sp)
                        };
                        row([a, b]) + row([c, d])
                    };
                    let exact = gradient_and_value(loss, [1.3, -1.2, 1.1, 1.5, 0.1]);
                    let [q, p] = [q, p].map(|m| arr2(&m).mapv(|v| v as $element));
                    let session = |closed, n| {
                        Svi::new(prior(&q, &p), proposal(&q, &p), particles(n).closed_kl(closed), Sgd::new(1.0)).seed(3)
                    };
                    let (step, gradient) = session(true, 1).gradient().unwrap();
                    let found = ["m", "s"].into_iter().flat_map(|name| gradient.get(name).unwrap().iter());
                    for (found, exact) in found.copied().chain([step.kl]).zip(&exact) {
                        assert!((found - exact).abs() < $tolerance * exact.abs().max(1.0), "{found}, {exact}");
                    }
                    if p[[0, 0]] < 10.0 && p[[1, 1]] < 10.0 {
                        assert_gradient!(session(false, 100), stringify!($name), exact, "m", "s");
                    }
                }
            }
        }
    )*};
}
vectors! {
    precision_from_covariance, f64: precision from new, 1e-8;
    covariance_from_precision, f64: new from precision, 1e-8;
    precision_from_precision, f64: precision from precision, 1e-8;
    covariance_from_covariance, f64: new from new, 1e-8;
    single_precision_from_covariance, f32: precision from new, 1e-4;
    single_covariance_from_precision, f32: new from precision, 1e-4;
}

/// A factor about as large, of the inverse.
fn reciprocal([[a, _], [b, c]]: Matrix) -> Matrix {
    [[1.0 / a, 0.0], [-b / (a * c) * 0.5, 1.0 / c]]
}

#[model]
fn independent() {
    sample!("z", Normal::new(0.2, [1.5, 0.8]));
}

#[guide(independent)]
fn by_precision(q: &Array2<f64>) {
    let factor = Tensor::from(q) * param!("s", 0.1).exp();
    sample!("z", MultivariateNormal::precision(param!("m", [0.3, -0.2]), factor));
}

#[test]
fn a_precision_from_independent_numbers() {
    for (q, _) in [FACTORS[0]] {
        let loss = |[a, b, s]: [f64; 3]| {
            let scaled = q.map(|row| row.map(|v| v * s.exp()));
            divergence([a, b], covariance(scaled, true), [0.2; 2], [[2.25, 0.0], [0.0, 0.64]])
        };
        let exact = gradient_and_value(loss, [0.3, -0.2, 0.1]);
        let q = arr2(&q);
        let (step, gradient) =
            Svi::new(independent(), by_precision(&q), particles(1), sgd()).gradient().unwrap();
        let found = ["m", "s"].into_iter().flat_map(|name| gradient.get(name).unwrap().iter());
        for (found, exact) in found.copied().chain([step.kl]).zip(&exact) {
            assert!((found - exact).abs() < 1e-9, "{found}, {exact}");
        }
        let svi = Svi::new(independent(), by_precision(&q), particles(100).closed_kl(false), sgd()).seed(4);
        assert_gradient!(svi, "a precision from independent numbers", exact, "m", "s");
    }
}

/// Weights of two rows, as an array and in a plate.
#[model]
fn shares() {
    let z = sample!("z", Dirichlet::new(arr2(&[[1.0, 2.0, 3.0], [2.0, 1.0, 1.5]]).into_tensor()));
    factor!("cost", -(z * z).sum());
}

#[guide(shares)]
fn of_shares() {
    sample!("z", Dirichlet::new(param!("c", arr2(&CONCENTRATIONS), Positive)));
}

trait IntoTensor {
    fn into_tensor(self) -> Tensor;
}

impl IntoTensor for Array2<f64> {
    fn into_tensor(self) -> Tensor {
        Tensor::from(&self)
    }
}

const CONCENTRATIONS: [[f64; 3]; 2] = [[1.5, 0.8, 2.0], [3.0, 2.0, 0.7]];

#[model]
fn shares_in_plates() {
    let prior = arr2(&[[1.0, 2.0, 3.0], [2.0, 1.0, 1.5]]).into_tensor();
    plate!("row", 2, |i| {
        let z = sample!("z", Dirichlet::new(prior.at(i)));
        factor!("cost", -(z * z).sum());
    });
}

#[guide(shares_in_plates)]
fn of_shares_in_plates() {
    let c = param!("c", arr2(&CONCENTRATIONS), Positive);
    plate!("row", 2, |i| sample!("z", Dirichlet::new(c.at(i))));
}

#[test]
fn weights_of_rows_are_those_of_a_plate() {
    let array = Svi::new(shares(), of_shares(), particles(1), sgd()).seed(1).gradient().unwrap();
    let plate = Svi::new(shares_in_plates(), of_shares_in_plates(), particles(1), sgd()).seed(1);
    assert!((array.0.kl - { plate }.gradient().unwrap().0.kl).abs() < 1e-12);
    // E z_k^2 = c_k (c_k + 1) / (C (C + 1)), beside the divergence; the draws are implicit ones.
    let prior = [[1.0, 2.0, 3.0], [2.0, 1.0, 1.5]];
    let loss = |logs: [f64; 6]| -> f64 {
        let c = logs.map(f64::exp);
        let row = |c: &[f64], p: &[f64; 3]| -> f64 {
            let total: f64 = c.iter().sum();
            let square: f64 = c.iter().map(|c| c * (c + 1.0) / (total * (total + 1.0))).sum();
            let (mut by_q, mut by_p) = (vec![0.0; 3], vec![0.0; 3]);
            square + ppl::family::kl::dirichlet_dirichlet(c, p, 1.0, &mut by_q, &mut by_p)
        };
        row(&c[..3], &prior[0]) + row(&c[3..], &prior[1])
    };
    let logs: Vec<f64> = CONCENTRATIONS.iter().flatten().map(|c| c.ln()).collect();
    let exact = gradient_and_value(loss, logs.try_into().unwrap());
    let values = Svi::new(shares(), of_shares(), particles(1), sgd()).gradient().unwrap();
    assert_eq!(values.1.get("c").unwrap().shape(), [2, 3]);
    assert_gradient!(Svi::new(shares(), of_shares(), particles(50), sgd()).seed(2), "Dirichlet", exact, "c");
}
