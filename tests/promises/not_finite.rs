//! A value or a gradient that is not finite is reported with its place, site, element and cause; the next good step works.

use ppl::prelude::*;

#[model]
fn logarithms(x: &[f64], y: &[f64]) {
    let slope = sample!("slope", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| {
        let loc = slope * x.at(i).ln() + 1.0;
        observe!("y", Normal::new(loc, 1.0), y.at(i));
    });
}

#[guide(logarithms)]
fn slopes(_x: &[f64], _y: &[f64]) {
    sample!("slope", Normal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
}

/// Returns an error with `HERE` where it names the place of the statement that this file spells so first.
#[track_caller]
fn with_place(error: impl ToString, statement: &str) -> String {
    let lines = include_str!("not_finite.rs").lines().enumerate();
    let found = lines.filter_map(|(k, line)| Some((k + 1, line.find(statement)? + 1))).next();
    let (line, column) = found.expect("the statement is in this file");
    error.to_string().replace(&format!("{}:{line}:{column}", file!()), "HERE")
}

#[test]
fn a_logarithm_of_a_negative_number_in_the_middle_of_a_plate() {
    let n = 10_000;
    let x: Vec<f64> = (0..n).map(|k| 1.0 + k as f64 / n as f64).collect();
    let y = vec![0.5; n];
    let mut bad = x.clone();
    bad[7123] = -0.3;
    let mut svi = Svi::new(logarithms(&x, &y), slopes(&x, &y), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    let before = svi.parameters();
    let error = svi.step_on(logarithms(&bad, &y), slopes(&bad, &y)).unwrap_err();
    assert_eq!(
        with_place(error, "observe!(\"y\""),
        "HERE: site `y` at data = 7123: loc of Normal must be finite, got NaN; `ln` of -0.3 made it"
    );
    assert_eq!(svi.parameters(), before);
    assert!(svi.step().unwrap().loss.is_finite());
    assert_ne!(svi.parameters(), before);
}

#[model]
fn roots(keep: &[f64], x: &[f64]) {
    plate!("school", x.len(), |j| {
        let a = param!("a", 1.0);
        observe!("x", Normal::new((a * keep.at(j)).sqrt(), 1.0), x.at(j));
    });
}

#[guide(roots)]
fn no_sites(_keep: &[f64], _x: &[f64]) {}

#[model]
fn scales(s: &[f64], x: &[f64]) {
    let sigma = param!("sigma", 1.0, Positive);
    plate!("school", x.len(), |j| observe!("x", Normal::new(1.0, sigma * s.at(j)), x.at(j)));
}

#[guide(scales)]
fn none(_s: &[f64], _x: &[f64]) {}

/// Takes a good step, then the bad one, then a good one; returns the bad one's words.
macro_rules! bad_step {
    ($good:expr, $good_guide:expr, $bad:expr, $bad_guide:expr, $statement:literal) => {{
        let mut svi = Svi::new($good, $good_guide, Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().unwrap();
        let before = svi.parameters();
        let error = svi.step_on($bad, $bad_guide).unwrap_err();
        assert_eq!(svi.parameters(), before, "a failed step leaves the parameters as they were");
        svi.step().unwrap();
        assert_ne!(svi.parameters(), before);
        with_place(error, $statement)
    }};
}

const ONES: [f64; 3] = [1.0; 3];
const X: [f64; 3] = [0.5, 0.7, 0.9];

#[test]
fn a_derivative_that_is_infinite_in_the_middle_of_a_formula() {
    let bad = [1.0, 0.0, 1.0];
    let error = bad_step!(
        roots(&ONES, &X),
        no_sites(&ONES, &X),
        roots(&bad, &X),
        no_sites(&bad, &X),
        "observe!(\"x\", Normal::new((a"
    );
    assert_eq!(
        error,
        "the gradient of parameter `a` at school = 1 is not finite: it is NaN, from the log-density of site `x` under the \
         model (HERE), through the derivative of `sqrt` of 0 at school = 1"
    );
}

#[test]
fn a_derivative_that_is_infinite_in_a_density() {
    // The square of (x - 1) / scale is just a number, and its quotient by the scale is none.
    let bad = [1.0, 1.0, 1e-155];
    let error = bad_step!(
        scales(&ONES, &X),
        none(&ONES, &X),
        scales(&bad, &X),
        none(&bad, &X),
        "observe!(\"x\", Normal::new(1.0"
    );
    let expected = "the gradient of parameter `sigma` is not finite: it is -inf, from the log-density of site `x` at school = 2 \
                    under the model (HERE), with the value 0.9 and the parameters 9.0";
    assert!(error.starts_with(expected) && error.ends_with("e-156 (constants left out)"), "{error}");
}

/// Two terms use the parameter, and only one of them goes wrong; a power of two operands.
#[model]
fn powers(exponent: f64, x: &[f64]) {
    let (a, b) = (param!("a", 1.0), param!("b", [0.5, 0.0]));
    observe!("first", Normal::new(a + b.sum(), 1.0), 0.5);
    plate!("k", 2, |k| observe!("second", Normal::new((a - 1.0 + b.at(k)).powf(exponent) + a, 1.0), x.at(k)));
}

#[guide(powers)]
fn no_powers(_exponent: f64, _x: &[f64]) {}

#[test]
fn of_several_terms_the_one_at_fault_is_named() {
    let x = [1.0, 2.0];
    let mut svi = Svi::new(powers(0.5, &x), no_powers(0.5, &x), Elbo::default(), Adam::new(0.1));
    let error = with_place(svi.step().unwrap_err(), "observe!(\"second\"");
    assert_eq!(
        error,
        "the gradient of parameter `a` is not finite: it is -inf, from the log-density of site `second` under the model \
         (HERE), through the derivative of 0 to the power 0.5 at k = 1"
    );
    svi.step_on(powers(2.0, &x), no_powers(2.0, &x)).unwrap();
}

/// A density that is zero at a value within the support, whose cause is no parameter that is outside of its family.
#[model]
fn far(x: &[f64]) {
    plate!("row", x.len(), |i| observe!("x", Normal::new(param!("m", 1.0), 1.0), x.at(i)));
}

#[guide(far)]
fn nearby(_x: &[f64]) {}

#[test]
fn a_log_density_that_overflows() {
    let bad = [1.0, 1.0, -1e200];
    let error = bad_step!(far(&X), nearby(&X), far(&bad), nearby(&bad), "observe!(\"x\", Normal::new(param!");
    let expected = "HERE: site `x` at row = 2: the log-density of Normal overflows: it is beyond the range of f64; at the value \
                    -1e200 and loc = 0.9";
    assert!(error.starts_with(expected) && error.ends_with(", scale = 1"), "{error}");
}

/// A value that single precision has, but not its log-density.
#[model(f32)]
fn sharp(far: f32) {
    let factor = ndarray::array![[1e-8_f32, 0.0], [0.0, 1e-8]];
    observe!("y", Normal::new(param!("m", 1.0), 1.0), 0.5);
    observe!("pair", MultivariateNormal::new([0.0, 0.0], &factor), [far, 0.0]);
}

#[guide(sharp, f32)]
fn beside(_far: f32) {}

#[test]
fn a_log_density_beyond_single_precision() {
    let error = bad_step!(
        sharp(0.0),
        beside(0.0),
        sharp(9e15),
        beside(9e15),
        "observe!(\"pair\", MultivariateNormal"
    );
    assert_eq!(
        error,
        "HERE: site `pair`: the log-density of MultivariateNormal overflows: about -4e47 is beyond f32; at the value \
         [8.999999815811072e15, 0] and loc = [0, 0], scale_tril = [9.99999993922529e-9, 0, 0, 9.99999993922529e-9]"
    );
}

/// The score of a site whose probability is so small that its derivative overflows.
#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.3)).to_real();
    observe!("x", Normal::new(2.0 * b, 1.0), 1.5);
}

#[guide(coin)]
fn coin_guide(scale: f64) {
    let q = param!("q", 0.4);
    sample!("b", Bernoulli::new((q * scale).sqrt() + 0.2));
}

#[test]
fn a_score_whose_derivative_is_infinite() {
    let objective = Elbo::default().closed_kl(false);
    let mut svi = Svi::new(coin(), coin_guide(0.0), objective, Adam::new(0.1));
    let error = with_place(svi.step().unwrap_err(), "sample!(\"b\", Bernoulli::new((q");
    assert_eq!(
        error,
        "the gradient of parameter `q` is not finite: it is NaN, from the score of site `b` (HERE), through the \
         derivative of `sqrt` of 0"
    );
    svi.step_on(coin(), coin_guide(1.0)).unwrap();
}

/// One formula for each way in which a number can stop being finite.
#[model]
fn formulas(which: usize) {
    let (a, b) = (param!("a", 0.0), param!("b", [-4.0, 2.0]));
    let huge = param!("huge", 1e300);
    let loc = match which {
        0 => 2.0 / a,
        1 => (a - 3.0).powf(0.5),
        2 => huge * huge,
        3 => b.ln().sum(),
        4 => Tensor::concat(&[b, b.sqrt()], 0).at(2usize).to_real(),
        5 => b.ln().dot(b),
        6 => (huge * 1000.0).exp(),
        7 => Tensor::stack(&[huge, huge]).square().mean(),
        8 => (huge * 1e10).ln(),
        _ => a,
    };
    observe!("x", Normal::new(loc, 1.0), 0.5);
}

#[guide(formulas)]
fn no_formulas(_which: usize) {}

#[test]
fn what_made_a_number_is_named() {
    let expected = [
        "2 / 0",
        "-3 to the power 0.5",
        "1e300 * 1e300",
        "`ln` of -4",
        "`sqrt` of -4",
        "`ln` of -4",
        "`exp` of 1e303",
        "`square` of 1e300",
        "a linear function of 1e300",
    ];
    for (which, made) in expected.into_iter().enumerate() {
        let mut svi = Svi::new(formulas(which), no_formulas(which), Elbo::default(), Adam::new(0.1));
        let error = with_place(svi.step().unwrap_err(), "observe!(\"x\", Normal::new(loc, 1.0), 0.5)");
        let ending = format!("; {made} made it");
        assert!(error.starts_with("HERE: site `x`: loc of Normal must be finite, got "), "{which}: {error}");
        assert!(error.ends_with(&ending), "{which}: expected `{made}` in: {error}");
        svi.step_on(formulas(99), no_formulas(99)).unwrap();
    }
}
