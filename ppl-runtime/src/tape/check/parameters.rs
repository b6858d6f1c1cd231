//! Parameters on every support: the bijections' adjoints, for the whole plate and for a subsample.

use super::harness::Recorded;
use crate::program::address::Name;
use crate::program::batch::{Subsample, Whole};
use crate::program::param::param;
use crate::program::pass::Pass;
use crate::program::plate::plate;
use crate::program::run::Run;
use crate::program::slot;
use crate::support::*;
use crate::value::{Array, At, Handle, Tensor, Value};
use crate::{Init, init};

/// Runs a program twice: the first run makes the parameters, the second has these unconstrained values.
fn record(
    run: &mut Run<f64>,
    values: Option<&[f64]>,
    program: &dyn Fn() -> Value<f64>,
) -> crate::tape::node::NodeId {
    if let Some(values) = values {
        run.session.params.values.copy_from_slice(values);
    }
    run.begin(Pass::OBJECTIVE, 1);
    let value = run.execute(0, program).unwrap();
    let id = run.execute(0, || slot::with(|run: &mut Run<f64>| run.tape.materialise(value.arg())));
    assert_eq!(run.outcome(), Ok(()));
    id.flatten().expect("a run is in progress")
}

/// Checks the gradient of a weighted sum of the program's value by every unconstrained value.
#[track_caller]
fn check(what: &str, program: &dyn Fn() -> Value<f64>) {
    let mut run: Run<f64> = Run::new(3);
    record(&mut run, None, program);
    for scale in [0.1, 1.0, 2.0] {
        let mut values: Vec<f64> =
            (0..run.session.params.values.len()).map(|k| scale * ((k * k + 1) as f64).sin()).collect();
        let out = record(&mut run, Some(&values), program);
        let weights: Vec<f64> = (0..run.tape.value(out).len()).map(|k| ((k + 2) as f64).cos()).collect();
        let mut recorded = Recorded { run, leaves: Vec::new(), out };
        recorded.sweep(&weights);
        run = recorded.run;
        let mut gradient = vec![0.0; values.len()];
        run.each_gradient(|offset, g: &[f64]| gradient[offset..offset + g.len()].copy_from_slice(g));
        for i in 0..values.len() {
            let x = values[i];
            let mut at = |v: f64| {
                values[i] = v;
                let out = record(&mut run, Some(&values), program);
                values[i] = x;
                run.tape.value(out).iter().zip(&weights).map(|(y, w)| y * w).sum::<f64>()
            };
            let h = crate::family::check::step(x);
            let mut pair = |k: f64| at(x + k * h) - at(x - k * h);
            let expected = (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h);
            let rounding = 64.0 * f64::EPSILON * 10.0 / h;
            assert!(
                (gradient[i] - expected).abs() <= 1e-6 * expected.abs() + rounding,
                "{what} at scale {scale}: gradient {i} is {}, the difference quotient {expected}",
                gradient[i]
            );
        }
    }
}

#[track_caller]
fn on<I: Init<Kind = Array>, C: Constraint + Copy>(what: &str, first: impl Fn() -> I, constraint: C) {
    let one = || -> Tensor { param::<f64, _, _>(Name::new("one"), &first, constraint) };
    check(what, &|| one().sin().to_value());
    check(&format!("{what} in a plate"), &|| {
        let rows: Tensor = plate::<f64, _, _, _>(Name::new("p"), 3, Whole, |_| {
            param::<f64, _, _>(Name::new("rows"), &first, constraint)
        });
        rows.sin().to_value()
    });
    check(&format!("{what} in a subsample"), &|| {
        let rows: Tensor = plate::<f64, _, _, _>(Name::new("p"), 4, Subsample(2), |_| {
            param::<f64, _, _>(Name::new("rows"), &first, constraint)
        });
        rows.sin().to_value()
    });
}

#[test]
fn arrays_on_every_support() {
    on("real line", || init::full([3], 0.5), RealLine);
    on("positive", || init::full([3], 0.5), Positive);
    on("unit interval", || init::full([3], 0.5), UnitInterval);
    on("interval", || init::full([3], 0.5), Interval::new(-1.0, 2.0));
    on("simplex", || init::uniform_simplex(4), Simplex);
    on("one weight", || init::uniform_simplex(1), Simplex);
    on("simplex rows", || init::full([2, 3], 1.0 / 3.0), Simplex);
    on("sum to zero", || [0.5, -0.75, 0.25], SumToZero);
    on("a lone zero", || [0.0], SumToZero);
    on("unit vector", || [0.36, 0.48, -0.8], UnitVector);
    on("ordered", || [-1.0, 0.0, 2.0], Ordered);
    on("positive ordered", || [0.5, 1.0, 2.0], PositiveOrdered);
    on("correlation factor", || init::scaled_identity(3, 1.0), CorrelationCholesky);
    on("covariance factor", || init::scaled_identity(3, 0.5), CovarianceCholesky);
}

#[test]
fn scalars_in_plates() {
    check("scalars", &|| {
        let a = param::<f64, _, _>(Name::new("a"), || 0.5, RealLine);
        let rows: Tensor = plate::<f64, _, _, _>(Name::new("p"), 3, Whole, |_| {
            let b = param::<f64, _, _>(Name::new("b"), || 0.5, Positive);
            let inner: Tensor = plate::<f64, _, _, _>(Name::new("q"), 2, Whole, |_| {
                b * param::<f64, _, _>(Name::new("c"), || 0.5, UnitInterval) * a
            });
            inner
        });
        (rows.sum() + rows.at(0).at(1).to_real()).to_value()
    });
}

#[test]
fn the_same_parameter_twice_is_one() {
    check("twice", &|| {
        let a = param::<f64, _, _>(Name::new("a"), || 0.5, Positive);
        let b = param::<f64, _, _>(Name::new("a"), || 7.0, Positive);
        <crate::Real as Handle<f64>>::to_value(a * b + a)
    });
}
