//! Sums over a million rows: in single precision they are those of double precision, to its rounding.
//!
//! Data and parameters are numbers that both types have, so that the answers differ by rounding alone.

use ndarray::Array2;
use ppl::prelude::*;

const ROWS: usize = 1_000_000;

/// What an answer of single precision may be off by, relative to that of double precision.
const TOLERANCE: f64 = 1e-5;

/// Returns a number of 0 to 1 in steps of `2^-10`, scattered by `i`.
fn scattered(i: usize) -> f32 {
    (i.wrapping_mul(2_654_435_761) >> 7 & 1023) as f32 / 1024.0
}

/// Data of both types.
struct Data {
    single: Vec<f32>,
    double: Vec<f64>,
}

impl Data {
    fn new(n: usize, number: impl Fn(usize) -> f32) -> Data {
        let single: Vec<f32> = (0..n).map(number).collect();
        let double = single.iter().map(|&x| f64::from(x)).collect();
        Data { single, double }
    }

    /// Returns the rows of two matrices.
    fn rows(self, width: usize) -> (Array2<f32>, Array2<f64>) {
        let shape = (self.single.len() / width, width);
        let single = Array2::from_shape_vec(shape, self.single).unwrap();
        (single, Array2::from_shape_vec(shape, self.double).unwrap())
    }
}

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use ndarray::Array2;
            use ppl::prelude::*;

            #[model($element)]
            pub fn scalars(x: &[$element]) {
                let (m, s) = (param!("m", 0.125), param!("s", 2.0, Positive));
                plate!("rows", x.len(), |i| observe!("x", Normal::new(m, s), x.at(i)));
            }

            #[model($element)]
            pub fn families(x: &[$element], k: &[usize]) {
                let m = param!("m", 0.125);
                plate!("rows", x.len(), |i| {
                    observe!("cauchy", Cauchy::new(m, 0.5), x.at(i));
                    observe!("student", StudentT::new(4.0, m + x.at(i), 0.5), 1.0);
                    observe!("gamma", Gamma::new(m.exp(), 2.0), x.at(i) + 0.5);
                    observe!("poisson", Poisson::log_rate(m), k.at(i));
                });
            }

            #[model($element)]
            pub fn row(x: &Array2<$element>) {
                let m = param!("m", [0.125, -0.5, 2.0]);
                let s = param!("s", 2.0, Positive);
                plate!("rows", x.nrows(), |i| observe!("x", Normal::new(m, s), x.at(i)));
            }

            #[model($element)]
            pub fn masked(x: &[$element], there: &[bool]) {
                let m = param!("m", 0.125);
                plate!("rows", x.len(), |i| {
                    observe!("x", Normal::new(m * x.at(i), 1.0), x.at(i), mask(there.at(i)));
                    observe!("y", Normal::new(m, 1.0), 0.5, mask(there.at(i)));
                });
            }

            #[model($element)]
            pub fn subsampled(x: &[$element]) {
                let m = param!("m", 0.125);
                plate!("rows", x.len(), subsample(x.len() / 2), |i| {
                    observe!("x", Normal::new(m, 1.0), x.at(i));
                });
            }

            #[model($element)]
            pub fn mixture(x: &[$element]) {
                let weights = param!("weights", [-1.0, 1.0, 0.0]);
                let m = param!("m", [1.0, -1.0, 0.25]);
                let s = param!("s", 1.0, Positive);
                plate!("rows", x.len(), |i| {
                    let z = sample!("z", Categorical::logits(weights), enumerate);
                    observe!("x", Normal::new(m.at(z), s), x.at(i));
                });
            }

            #[model($element)]
            pub fn tables(group: &[usize], x: &[$element]) {
                let level = param!("level", [0.125, 0.25, -0.5]);
                let (first, second) = (param!("first", [0.5, 2.0]), param!("second", [1.5, 1.0]));
                let pair: Tensor<$element> = Tensor::stack(&[first, second, param!("third", [0.25, 2.0])]);
                plate!("rows", x.len(), |i| {
                    let own: Tensor<$element> = pair.at(group.at(i));
                    observe!("x", Normal::new(level.at(group.at(i)).to_real(), 2.0), x.at(i));
                    observe!("y", Normal::new(own.at(0).to_real() * own.at(1).to_real(), 2.0), x.at(i));
                });
            }

            #[model($element)]
            pub fn regression(x: &Array2<$element>, y: &[$element]) {
                let (beta, m) = (param!("beta", init::full([x.ncols()], 0.125)), param!("m", 0.5));
                let s = param!("s", 2.0, Positive);
                plate!("rows", x.nrows(), |i| {
                    observe!("y", Normal::new(x.at(i).dot(beta) + m, s), y.at(i));
                });
            }

            #[model($element)]
            pub fn products(x: &[$element], matrix: &Array2<$element>) {
                let (a, b) = (param!("a", 0.5), param!("b", 0.25));
                let y: Tensor<$element> = plate!("rows", x.len(), |i| a * x.at(i) + b);
                let n = x.len() as f64;
                observe!("dot", Normal::new(y.dot(x) / n, 1.0), 2.0);
                observe!("row", Normal::new(y.matmul(matrix) / n, 1.0), [2.0; 3]);
                let both: Tensor<$element> = Tensor::stack(&[y, y.exp()]);
                observe!("matrix", Normal::new(both.matmul(matrix).sum() / n, 1.0), 2.0);
                observe!("own", Normal::new(both.matmul(both.transpose()).sum() / n, 1.0), 2.0);
            }

            #[model($element)]
            pub fn reductions(x: &[$element]) {
                let (a, b) = (param!("a", 0.5), param!("b", 0.25));
                let y: Tensor<$element> = plate!("rows", x.len(), |i| a * x.at(i) + b);
                let n = x.len() as f64;
                observe!("sum", Normal::new(y.sum() / n, 1.0), 2.0);
                observe!("mean", Normal::new(y.mean(), 1.0), 2.0);
                observe!("log", Normal::new(y.logsumexp(), 1.0), 2.0);
                let both: Tensor<$element> = Tensor::stack(&[y, y * y]).transpose();
                observe!("columns", Normal::new(both.sum_over(0) / n, 1.0), [2.0, 3.0]);
                observe!("logs", Normal::new(both.logsumexp_over(0), 1.0), [2.0, 3.0]);
            }

            #[model($element)]
            pub fn nested(x: &Array2<$element>) {
                let m = param!("m", [0.125, -0.5]);
                let s = param!("s", 2.0, Positive);
                plate!("outer", x.nrows(), |i| {
                    let own = param!("own", 0.5);
                    plate!("inner", x.ncols(), |j| {
                        let inner = param!("inner", 0.25);
                        observe!("x", Normal::new(m * own + inner, s), Tensor::ones(&[2]) * x.at(i).at(j));
                    });
                });
            }

            #[model($element)]
            pub fn rows_of_arrays(x: &Array2<$element>) {
                let m = param!("m", [0.125, -0.5]);
                let factor = Tensor::stack(&[param!("top", [1.0, 0.0]), param!("bottom", [0.5, 2.0])]);
                plate!("rows", x.nrows(), |i| {
                    observe!("x", MultivariateNormal::new(m, factor), x.at(i));
                });
            }

            #[model($element)]
            pub fn solved(x: &Array2<$element>) {
                let l: Tensor<$element> =
                    Tensor::stack(&[param!("top", [1.0, 0.0]), param!("bottom", [0.5, 2.0])]);
                plate!("rows", x.nrows(), |i| {
                    let y: Tensor<$element> = l.solve_lower(x.at(i));
                    observe!("y", Normal::new(y, 1.0), [2.0, 3.0]);
                });
            }

            #[model($element)]
            pub fn latent(x: &[$element]) {
                let m = sample!("m", Normal::new(0.0, 1.0));
                plate!("rows", x.len(), |i| observe!("x", Normal::new(m, 1.0), x.at(i)));
            }

            #[guide(latent, $element)]
            pub fn of_latent(_x: &[$element]) {
                sample!("m", Normal::new(param!("loc", 4.0), param!("scale", 0.0625, Positive)));
            }

            #[model($element)]
            pub fn flags(x: &[$element]) {
                let m = param!("m", 0.25);
                plate!("rows", x.len(), |i| {
                    let z = sample!("z", Bernoulli::new(0.25));
                    observe!("x", Normal::new(z.to_real() * 2.0 + m, 1.0), x.at(i));
                });
            }

            #[guide(flags, $element)]
            pub fn scored(x: &[$element]) {
                let logit = param!("logit", 0.5);
                plate!("rows", x.len(), |_i| {
                    sample!("z", Bernoulli::logits(logit), Score::new());
                });
            }

            #[guide(flags, $element)]
            pub fn tried(x: &[$element]) {
                let logit = param!("logit", 0.5);
                plate!("rows", x.len(), |_i| {
                    sample!("z", Bernoulli::logits(logit), enumerate);
                });
            }

            #[guide(flags, $element)]
            pub fn disarmed(x: &[$element]) {
                let logit = param!("logit", 0.5);
                plate!("rows", x.len(), |_i| {
                    sample!("z", Bernoulli::logits(logit), DisArm);
                });
            }

            #[model($element)]
            pub fn local(x: &[$element]) {
                plate!("rows", x.len(), |i| {
                    let z = sample!("z", Normal::new(0.0, 1.0));
                    observe!("x", Normal::new(z, 1.0), x.at(i));
                });
            }

            #[guide(local, $element)]
            pub fn of_local(x: &[$element]) {
                let (loc, scale) = (param!("loc", 2.0), param!("scale", 0.5, Positive));
                plate!("rows", x.len(), |_i| sample!("z", Normal::new(loc, scale)));
            }

            #[guide(scalars, $element)]
            pub fn no_scalars() {}
            #[guide(families, $element)]
            pub fn no_families() {}
            #[guide(row, $element)]
            pub fn no_row() {}
            #[guide(masked, $element)]
            pub fn no_masked() {}
            #[guide(subsampled, $element)]
            pub fn no_subsampled() {}
            #[guide(mixture, $element)]
            pub fn no_mixture() {}
            #[guide(tables, $element)]
            pub fn no_tables() {}
            #[guide(regression, $element)]
            pub fn no_regression() {}
            #[guide(products, $element)]
            pub fn no_products() {}
            #[guide(reductions, $element)]
            pub fn no_reductions() {}
            #[guide(nested, $element)]
            pub fn no_nested() {}
            #[guide(rows_of_arrays, $element)]
            pub fn no_rows_of_arrays() {}
            #[guide(solved, $element)]
            pub fn no_solved() {}
        }
    };
}
programs!(single, f32);
programs!(double, f64);

/// Returns the loss and the gradient of one step, element by element.
macro_rules! answers {
    ($model:expr, $guide:expr, $objective:expr) => {{
        let mut svi = Svi::new($model, $guide, $objective, Sgd::new(0.1)).seed(3);
        let (step, gradient) = svi.gradient().unwrap();
        let mut all = vec![("loss".to_owned(), step.loss)];
        for (name, values) in gradient.iter() {
            all.extend(values.iter().enumerate().map(|(k, &value)| (format!("{name}[{k}]"), value)));
        }
        all
    }};
}

/// Runs a program of both types and compares the answers.
macro_rules! check {
    ($model:ident($($arg:expr),*), $guide:ident($($given:expr),*), $objective:expr, $data:ident) => {{
        let single = {
            let $data = &$data.0;
            answers!(single::$model($($arg),*), single::$guide($($given),*), $objective)
        };
        let double = {
            let $data = &$data.1;
            answers!(double::$model($($arg),*), double::$guide($($given),*), $objective)
        };
        compare(&single, &double);
    }};
}

#[track_caller]
fn compare(single: &[(String, f64)], double: &[(String, f64)]) {
    // Some have no effect, and no gradient.
    let off = |(found, expected): (&(String, f64), &(String, f64))| match (found.1, expected.1) {
        (0.0, 0.0) => 0.0,
        (found, expected) => (found / expected - 1.0).abs(),
    };
    let pairs = || single.iter().zip(double);
    let listed: Vec<String> = pairs()
        .map(|pair| format!("{} {} of {} is off by {:.1e}", pair.0.0, pair.0.1, pair.1.1, off(pair)))
        .collect();
    println!("{}", listed.join("\n"));
    assert!(pairs().all(|pair| off(pair) <= TOLERANCE), "{}", listed.join("\n"));
}

fn numbers(n: usize) -> (Vec<f32>, Vec<f64>) {
    let data = Data::new(n, |i| 0.5 + scattered(i));
    (data.single, data.double)
}

fn matrix(rows: usize, width: usize) -> (Array2<f32>, Array2<f64>) {
    Data::new(rows * width, |i| 0.5 + scattered(i)).rows(width)
}

fn groups() -> Vec<usize> {
    (0..ROWS).map(|i| (scattered(i) * 8.0) as usize % 3).collect()
}

#[test]
fn equal_terms_add_up() {
    let x = (vec![0.3_f32; 10 * ROWS], vec![f64::from(0.3_f32); 10 * ROWS]);
    check!(scalars(x), no_scalars(), Elbo::default(), x);
}

#[test]
fn terms_of_numbers() {
    let x = numbers(ROWS);
    check!(scalars(x), no_scalars(), Elbo::default(), x);
}

#[test]
fn terms_of_other_families() {
    let (x, k) = (numbers(ROWS), groups());
    check!(families(x, &k), no_families(), Elbo::default(), x);
}

#[test]
fn terms_by_a_row_of_parameters() {
    let x = matrix(ROWS, 3);
    check!(row(x), no_row(), Elbo::default(), x);
}

#[test]
fn terms_that_masks_leave_out() {
    let x = numbers(ROWS);
    let there: Vec<bool> = (0..ROWS).map(|i| i % 3 != 1).collect();
    check!(masked(x, &there), no_masked(), Elbo::default(), x);
}

#[test]
fn terms_of_a_subsample() {
    let x = numbers(2 * ROWS);
    check!(subsampled(x), no_subsampled(), Elbo::default(), x);
}

#[test]
fn sites_that_are_summed_out() {
    let x = numbers(ROWS);
    check!(mixture(x), no_mixture(), Elbo::default(), x);
}

#[test]
fn rows_of_small_tables() {
    let (x, group) = (numbers(ROWS), groups());
    check!(tables(&group, x), no_tables(), Elbo::default(), x);
}

#[test]
fn regressions_of_every_width() {
    let y = Data::new(ROWS, |i| 4.0 + scattered(i));
    for (rows, width) in [(ROWS, 3), (ROWS / 2, 20), (ROWS / 8, 100)] {
        let (single, double) = matrix(rows, width);
        let data = ((single, &y.single[..rows]), (double, &y.double[..rows]));
        check!(regression(&data.0, data.1), no_regression(), Elbo::default(), data);
        check!(regression(&data.0, data.1), no_regression(), Iwae::new(2), data);
    }
}

#[test]
fn products_over_long_dimensions() {
    let ((x, matrix), (double, doubles)) = (
        {
            let (x, m) = (numbers(ROWS).0, matrix(ROWS, 3).0);
            (x, m)
        },
        {
            let (x, m) = (numbers(ROWS).1, matrix(ROWS, 3).1);
            (x, m)
        },
    );
    let data = ((x, matrix), (double, doubles));
    check!(products(&data.0, &data.1), no_products(), Elbo::default(), data);
}

#[test]
fn reductions_of_long_dimensions() {
    let x = numbers(ROWS);
    check!(reductions(x), no_reductions(), Elbo::default(), x);
}

#[test]
fn plates_within_plates() {
    for (outer, inner) in [(ROWS / 5, 5), (1000, 1000), (5, ROWS / 5)] {
        let x = matrix(outer, inner);
        check!(nested(x), no_nested(), Elbo::default(), x);
    }
}

#[test]
fn densities_of_arrays() {
    let x = matrix(ROWS / 4, 2);
    check!(rows_of_arrays(x), no_rows_of_arrays(), Elbo::default(), x);
    check!(solved(x), no_solved(), Elbo::default(), x);
}

#[test]
fn particles() {
    let x = numbers(ROWS / 4);
    check!(latent(x), of_latent(x), Elbo::default().particles(4), x);
    check!(latent(x), of_latent(x), Iwae::new(4), x);
}

#[test]
fn draws_of_every_row() {
    let x = numbers(ROWS);
    for particles in [1, 3] {
        check!(local(x), of_local(x), Elbo::default().particles(particles), x);
    }
    check!(local(x), of_local(x), Iwae::new(3), x);
}

#[test]
fn costs_of_every_row() {
    let x = numbers(ROWS);
    check!(flags(x), scored(x), Elbo::default(), x);
    check!(flags(x), scored(x), Elbo::default().particles(3), x);
    check!(flags(x), disarmed(x), Elbo::default(), x);
    check!(flags(x), tried(x), Elbo::default(), x);
}
