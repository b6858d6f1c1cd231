//! Increasing vectors: their density, their draws, and guides for them.

use ndarray::{Array2, arr1};
use ppl::prelude::*;
use ppl::{GradientCheck, Guide, GuidedBy};

#[model]
fn normals(n: usize) {
    sample!("y", Sorted::new(Normal::new(0.5, 2.0), n));
}

#[model]
fn waits(n: usize) {
    sample!("y", Sorted::new(Exponential::new(1.5), n), on(PositiveOrdered));
}

#[model]
fn flats(n: usize) {
    sample!("y", Sorted::new(Flat::new(), n));
}

fn log_normal(x: f64) -> f64 {
    let z = (x - 0.5) / 2.0;
    -0.5 * z * z - 2f64.ln() - 0.5 * std::f64::consts::TAU.ln()
}

fn values(y: &[f64]) -> Values {
    Values::new().with("y", arr1(y))
}

#[test]
fn the_density_is_that_of_order_statistics() {
    for y in [vec![0.3], vec![-1.0, 0.2], vec![-4.0, -3.9, 6.0], vec![0.0, 1.0, 2.0, 3.0, 4.0]] {
        let orders: f64 = (1..=y.len()).map(|k| (k as f64).ln()).sum();
        let expected = orders + y.iter().map(|&y| log_normal(y)).sum::<f64>();
        let found = ppl::log_density(normals(y.len()), &values(&y)).unwrap();
        assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found} and {expected}");
        let flat = ppl::log_density(flats(y.len()), &values(&y)).unwrap();
        assert!((flat - orders).abs() < 1e-12, "{flat} and {orders}");
    }
    // Equal ones are an edge of the region.
    let edge = ppl::log_density(normals(2), &values(&[0.5, 0.5])).unwrap();
    assert!((edge - 2f64.ln() - 2.0 * log_normal(0.5)).abs() < 1e-12);
}

#[test]
fn it_is_normalised() {
    // By the midpoint rule, over the first element and the distance to the second.
    let total = |model: &dyn Fn(&Values) -> f64, (low, high): (f64, f64), longest: f64| {
        let n = 120;
        let (step, stride) = ((high - low) / n as f64, longest / n as f64);
        let mut total = 0.0;
        for j in 0..n {
            for k in 0..n {
                let first = low + (j as f64 + 0.5) * step;
                let second = first + (k as f64 + 0.5) * stride;
                total += model(&values(&[first, second])).exp() * step * stride;
            }
        }
        total
    };
    let of_normals = total(&|y| ppl::log_density(normals(2), y).unwrap(), (-12.0, 13.0), 20.0);
    assert!((of_normals - 1.0).abs() < 2e-3, "{of_normals}");
    let of_waits = total(&|y| ppl::log_density(waits(2), y).unwrap(), (0.0, 6.0), 10.0);
    assert!((of_waits - 1.0).abs() < 5e-3, "{of_waits}");
}

#[guide(normals)]
fn decreasing(_n: usize) {
    sample!("y", Delta::new(param!("y", [0.0, 2.0, 1.0])));
}

#[guide(waits)]
fn negative(_n: usize) {
    sample!("y", Delta::new(param!("y", [-1.0, 1.0])));
}

#[test]
fn a_vector_that_does_not_increase_is_refused_by_element() {
    assert_eq!(ppl::log_density(normals(3), &values(&[0.0, 2.0, 1.0])).unwrap(), f64::NEG_INFINITY);
    assert_eq!(ppl::log_density(waits(2), &values(&[-1.0, 1.0])).unwrap(), f64::NEG_INFINITY);
    let mut svi = Svi::new(normals(3), decreasing(3), Elbo::default(), Adam::new(0.1)).seed(1);
    let message = svi.step().unwrap_err().to_string();
    let said = "element 2 is 1, expected at least the element before it, 2: no value of Sorted";
    assert!(message.contains("site `y`") && message.contains(said), "{message}");
    let mut svi = Svi::new(waits(2), negative(2), Elbo::default(), Adam::new(0.1)).seed(1);
    let message = svi.step().unwrap_err().to_string();
    assert!(
        message.contains("site `y`") && message.contains("the value -1 is outside the support"),
        "{message}"
    );
}

/// Asserts by Kolmogorov-Smirnov at level 1e-6 that values have a distribution function.
fn assert_distributed(what: &str, mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values.iter().enumerate().fold(0.0_f64, |distance, (i, &x)| {
        let u = cdf(x);
        distance.max(u - i as f64 / n).max((i + 1) as f64 / n - u)
    });
    assert!(distance * n.sqrt() < 2.7, "{what}: {distance}");
}

#[test]
fn draws_are_order_statistics() {
    let draws = ppl::prior_predictive(waits(3), 20_000, 7).unwrap();
    let y = draws.get("y").unwrap();
    assert_eq!(y.shape(), [20_000, 3]);
    let column = |k: usize| -> Vec<f64> { (0..20_000).map(|j| y[[j, k]]).collect() };
    assert!((0..20_000).all(|j| y[[j, 0]] <= y[[j, 1]] && y[[j, 1]] <= y[[j, 2]]));
    let below = |x: f64| -(-1.5 * x).exp_m1();
    assert_distributed("the largest", column(2), |x| below(x).powi(3));
    assert_distributed("the middle", column(1), |x| below(x).powi(2) * (3.0 - 2.0 * below(x)));
    assert_distributed("the smallest", column(0), |x| 1.0 - (1.0 - below(x)).powi(3));
}

#[model]
fn in_any_order(n: usize) {
    sample!("y", Normal::new(0.5, 2.0).expand(&[n]), on(ppl::support::RealLine));
}

#[test]
fn draws_are_those_of_the_numbers_in_another_order() {
    let (sorted, plain) = (
        ppl::prior_predictive(normals(4), 50, 3).unwrap(),
        ppl::prior_predictive(in_any_order(4), 50, 3).unwrap(),
    );
    for (found, expected) in sorted.get("y").unwrap().rows().into_iter().zip(plain.get("y").unwrap().rows()) {
        let mut expected = expected.to_vec();
        expected.sort_by(f64::total_cmp);
        assert_eq!(found.to_vec(), expected);
    }
}

/// Locations of which each row of the data sees one.
#[model]
fn located(x: &Array2<f64>) {
    let y = sample!("y", Sorted::new(Normal::new(0.0, 1.5), 2));
    let scale = sample!("scale", LogNormal::new(0.0, 0.3));
    plate!("row", x.nrows(), |i| observe!("x", Normal::new(y, scale), x.at(i)));
}

#[guide(located)]
fn by_sorting(_x: &Array2<f64>) {
    let scale = sample!("scale", LogNormal::new(param!("s", 0.1), 0.2));
    sample!("y", Sorted::new(Normal::new(param!("loc", 0.2) + 0.3 * scale, param!("sd", 0.8, Positive)), 2));
}

#[guide(located)]
fn by_scores(_x: &Array2<f64>) {
    sample!("scale", LogNormal::new(param!("s", 0.1), 0.2));
    sample!("y", Sorted::new(Normal::new(param!("loc", 0.2), param!("sd", 0.8, Positive)), 2), Score::new());
}

#[guide(located)]
fn by_bijection(_x: &Array2<f64>) {
    sample!("scale", LogNormal::new(param!("s", 0.0), param!("s_sd", 0.2, Positive)));
    let free = Normal::new(param!("loc", arr1(&[-0.5, 0.0])), param!("sd", arr1(&[0.5, 0.5]), Positive));
    sample!("y", Transformed::new(free, Ordered), on(Ordered));
}

fn data() -> Array2<f64> {
    Array2::from_shape_vec((3, 2), vec![-0.6, 0.9, -1.1, 0.4, 0.2, 1.3]).unwrap()
}

fn passes<G: Guide<Element = f64>>(guide: G, draws: usize) -> bool
where
    located::Sites: GuidedBy<G::Sites>,
{
    let x = data();
    let mut svi = Svi::new(located(&x), guide, Elbo::default().particles(2), Adam::new(0.1)).seed(4);
    svi.check_gradients(GradientCheck::default().draws(draws).reference(draws / 4)).unwrap().passed()
}

#[test]
fn pathwise_gradients_are_unbiased() {
    let x = data();
    assert!(passes(by_sorting(&x), 50_000));
    assert!(passes(by_bijection(&x), 50_000));
}

#[test]
fn scores_are_unbiased() {
    assert!(passes(by_scores(&data()), 60_000));
}

#[test]
fn a_guide_by_a_bijection_finds_the_evidence() {
    let x = data();
    let adam = Adam::new(Schedule::cosine(0.03, 2_000));
    let mut svi = Svi::new(located(&x), by_bijection(&x), Elbo::default().particles(4), adam).seed(2);
    for _ in 0..2_000 {
        svi.step().unwrap();
    }
    let parameters = svi.parameters();
    // Importance weights of the same guide, made wider: as it is it leaves out the tails.
    let mut weighted = Svi::new(located(&x), by_bijection(&x), Iwae::new(20_000), Sgd::new(1e-12)).seed(8);
    weighted.step().unwrap();
    for (name, value) in parameters.iter() {
        let wider = if name.ends_with("sd") { 1.8 } else { 1.0 };
        weighted.set_parameter(name, &(value * wider)).unwrap();
    }
    let found = -weighted.step().unwrap().loss;
    // By the midpoint rule over the logarithm of the scale, the first location and the distance to the second.
    let log_normal = |x: f64, loc: f64, scale: f64| {
        let z = (x - loc) / scale;
        -0.5 * z * z - scale.ln() - 0.5 * std::f64::consts::TAU.ln()
    };
    let (n, mut total) = (80, 0.0);
    for i in 0..n {
        let s = -1.5 + 3.0 * (i as f64 + 0.5) / n as f64;
        for j in 0..n {
            let first = -4.0 + 7.0 * (j as f64 + 0.5) / n as f64;
            for k in 0..n {
                let second = first + 7.0 * (k as f64 + 0.5) / n as f64;
                let prior = 2f64.ln()
                    + log_normal(first, 0.0, 1.5)
                    + log_normal(second, 0.0, 1.5)
                    + log_normal(s, 0.0, 0.3);
                let seen = x
                    .rows()
                    .into_iter()
                    .map(|row| log_normal(row[0], first, s.exp()) + log_normal(row[1], second, s.exp()));
                total += (prior + seen.sum::<f64>()).exp();
            }
        }
    }
    let expected = (total * 3.0 * 7.0 * 7.0 / (n * n * n) as f64).ln();
    assert!((found - expected).abs() < 0.03, "{found} and {expected}");
}

#[model(f32)]
fn in_plates() {
    plate!("row", 3, |_i| {
        let y = sample!("y", Sorted::new(Exponential::new(1.0), 4), on(PositiveOrdered));
        observe!("sum", Normal::new(y.sum(), 1.0), 3.0);
    });
}

#[guide(in_plates, f32)]
fn of_plates() {
    plate!("row", 3, |_i| {
        sample!("y", Sorted::new(Exponential::new(param!("rate", 1.0, Positive)), 4), on(PositiveOrdered));
    });
}

#[test]
fn rows_of_a_plate_are_sorted_one_by_one() {
    let mut svi = Svi::new(in_plates(), of_plates(), Elbo::default().particles(3), Adam::new(0.05)).seed(1);
    for _ in 0..50 {
        assert!(svi.step().unwrap().loss.is_finite());
    }
    let draws = svi.posterior().draws(40).unwrap();
    let y = draws.get("y").unwrap();
    assert_eq!(y.shape(), [40, 3, 4]);
    assert!(y.rows().into_iter().all(|row| row[0] > 0.0 && (1..4).all(|k| row[k - 1] <= row[k])));
}
