use super::*;

#[model]
fn bent() {
    let z = sample!("z", Normal::new(0.5, 1.5));
    observe!("x", Normal::new(2.0 * z.abs(), 1.0), 1.7);
}

/// By the trapezoid rule, which is exact to rounding for densities that vanish at both ends, but for the bend at zero.
fn loss([m, log_s]: [f64; 2]) -> f64 {
    let (s, h) = (log_s.exp(), 1e-3);
    (-8_000..8_000)
        .map(|k| {
            let z = f64::from(k) * h;
            let q = log_normal(z, m, s);
            h * q.exp() * (q - log_normal(z, 0.5, 1.5) - log_normal(1.7, 2.0 * z.abs(), 1.0))
        })
        .sum()
}

macro_rules! check {
    ($estimator:expr) => {{
        #[guide(bent)]
        fn guide() {
            sample!("z", Normal::new(param!("m", 0.4), param!("s", 0.7, Positive)), $estimator);
        }
        let exact = gradient_and_value(loss, [0.4, 0.7f64.ln()]);
        let svi = Svi::new(bent(), guide(), particles(100), sgd()).seed(15);
        assert_gradient!(svi, stringify!($estimator), exact, "m", "s");
    }};
}

#[test]
fn normal() {
    check!(MeasureValued);
}

#[model]
fn above() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    let b = sample!("b", Bernoulli::new(0.4)).to_real();
    observe!("x", Normal::new(z * b, 0.8), 0.9);
}

/// The second site is drawn for each part of the first, of which only the draw itself counts in its own gradient.
#[guide(above)]
fn below() {
    let z = sample!("z", Normal::new(param!("m", 0.4), param!("s", 0.7, Positive)), MeasureValued);
    let b = Bernoulli::logits(param!("l", -0.3) + z);
    sample!("b", b, on(ppl::support::Boolean), Score::baseline(Given(Real::from(2.0))));
}

fn loss_of_two([m, log_s, l]: [f64; 3]) -> f64 {
    let (s, h) = (log_s.exp(), 1e-3);
    (-8_000..8_000)
        .map(|k| {
            let z = f64::from(k) * h;
            let (density, p) = (log_normal(z, m, s), logistic(l + z));
            let inner = expect([p], |[b]| {
                let mean = if b { z } else { 0.0 };
                log_bernoulli(b, p) - log_bernoulli(b, 0.4) - log_normal(0.9, mean, 0.8)
            });
            h * density.exp() * (density - log_normal(z, 0.0, 1.0) + inner)
        })
        .sum()
}

#[test]
fn a_score_site_below_a_measure_valued_one() {
    let exact = gradient_and_value(loss_of_two, [0.4, 0.7f64.ln(), -0.3]);
    let svi = Svi::new(above(), below(), particles(100), sgd()).seed(16);
    assert_gradient!(svi, "below", exact, "m", "s", "l");
}
