//! Draws: their pathwise adjoints, by differencing the same noise, and for implicit ones the family's own derivative.

use super::Case;
use super::harness::{real, tensor};
use crate::dist::*;
use crate::family::{Univariate, gamma};
use crate::program::run::Run;
use crate::program::slot;
use crate::random::Streams;
use crate::tape::deps::Deps;
use crate::tape::walk::Extent;
use crate::value::Value;
use std::panic::Location;

pub(super) fn draw<D: Distribution<f64>>(dist: D) -> Value<f64> {
    let place = Location::caller();
    slot::with(|run: &mut Run<f64>| {
        let shape = dist.law().event_shape(&mut run.tape, place).expect("shapes that fit");
        let extent = Extent { axes: run.scope.axes, shape };
        let request =
            crate::dist::Request { streams: Streams::new(1, 2, 3), extent, pathwise: true, deps: Deps::NONE };
        let id = dist.law().draw(&mut run.tape, place, request);
        Value::of_node(id, &run.tape)
    })
    .expect("a run is in progress")
}

fn subset(mask: usize) -> Vec<usize> {
    (0..2).filter(|k| mask >> k & 1 != 0).collect()
}

#[track_caller]
fn location_scale<D: Distribution<f64>>(what: &str, dist: impl Fn(&[Value<f64>]) -> D) {
    for scale in [0.01, 1.0, 50.0] {
        for (a, b) in (0..16).map(|k| (subset(k & 3), subset(k >> 2))) {
            Case::new(&[2, 3])
                .input(&a, &[], -scale..scale)
                .input(&b, &[], 0.5 * scale..1.5 * scale)
                .check_adjoints(&format!("{what} along {a:?} {b:?}"), &|x, _| draw(dist(x)));
        }
    }
}

#[test]
fn draws_of_location_and_scale() {
    location_scale("Normal", |x| Normal::new(real(x[0]), real(x[1])));
    location_scale("Laplace", |x| Laplace::new(real(x[0]), real(x[1])));
    location_scale("Logistic", |x| Logistic::new(real(x[0]), real(x[1])));
    location_scale("Gumbel", |x| Gumbel::new(real(x[0]), real(x[1])));
    location_scale("Cauchy", |x| Cauchy::new(real(x[0]), real(x[1])));
    location_scale("Uniform", |x| Uniform::new(real(x[0]), real(x[0]) + real(x[1])));
    location_scale("HalfNormal", |x| HalfNormal::new(real(x[1]) + real(x[0]).square()));
    location_scale("HalfCauchy", |x| HalfCauchy::new(real(x[1]) + real(x[0]).square()));
    location_scale("Exponential", |x| Exponential::new(real(x[1]) + real(x[0]).square()));
}

#[test]
fn draws_of_log_normals() {
    for scale in [0.1, 0.5, 2.0] {
        Case::new(&[2, 3])
            .input(&[1], &[], -scale..scale)
            .input(&[0], &[], 0.5 * scale..scale)
            .check_adjoints("LogNormal", &|x, _| draw(LogNormal::new(real(x[0]), real(x[1]))));
    }
}

#[test]
fn draws_of_arrays() {
    for n in [1, 8, 65] {
        for (a, b) in [(&[][..], &[0][..]), (&[0], &[]), (&[0], &[0])] {
            Case::new(&[2])
                .input(a, &[n], -1.0..1.0)
                .input(b, &[], 0.5..1.5)
                .check_adjoints("Normal of arrays", &|x, _| draw(Normal::new(tensor(x[0]), real(x[1]))));
        }
    }
}

#[test]
fn draws_of_vectors() {
    let factors =
        |rows: usize| -> Vec<f64> { (0..rows).flat_map(|k| [1.0 + 0.1 * k as f64, 0.0, 0.3, 0.8]).collect() };
    for (a, b) in (0..16).map(|k| (subset(k & 3), subset(k >> 2))) {
        let rows = b.iter().map(|&p| [2, 3][p]).product();
        let case = Case::new(&[2, 3]).input(&a, &[2], -1.0..1.0).given(&b, &[2, 2], factors(rows));
        case.check_adjoints(&format!("MultivariateNormal along {a:?} {b:?}"), &|x, _| {
            draw(MultivariateNormal::new(tensor(x[0]), tensor(x[1])))
        });
        case.check_adjoints(&format!("MultivariateNormal by precision along {a:?} {b:?}"), &|x, _| {
            draw(MultivariateNormal::precision(tensor(x[0]), tensor(x[1])))
        });
    }
}

#[test]
fn implicit_draws_have_the_adjoints_of_the_family() {
    for (a, b) in (0..16).map(|k| (subset(k & 3), subset(k >> 2))) {
        let case = Case::new(&[2, 3]).input(&a, &[], 0.5..3.0).input(&b, &[], 0.5..2.0);
        let values = [case.inputs[0].values.clone(), case.inputs[1].values.clone()];
        let mut recorded = case.record(&values, &|x, _| draw(Gamma::new(real(x[0]), real(x[1]))));
        let z = recorded.run.tape.value(recorded.out).to_vec();
        let seeds: Vec<f64> = (0..6).map(|k| (k as f64 + 1.0).sin()).collect();
        recorded.sweep(&seeds);
        let mut expected = [vec![0.0; values[0].len()], vec![0.0; values[1].len()]];
        for row in 0..6 {
            let position = [row / 3, row % 3];
            let at = |plates: &[usize]| plates.iter().fold(0, |k, &p| k * [2, 3][p] + position[p]);
            let (i, j) = (at(&a), at(&b));
            let by = gamma::GammaFamily::draw_partials(z[row], [values[0][i], values[1][j]]);
            expected[0][i] += seeds[row] * by[0];
            expected[1][j] += seeds[row] * by[1];
        }
        for (leaf, expected) in recorded.leaves.iter().zip(&expected) {
            for (got, expected) in recorded.run.tape.adjoint(*leaf).iter().zip(expected) {
                assert!((got - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn a_draw_without_a_pathwise_gradient_is_a_constant() {
    let case = Case::new(&[2]).input(&[0], &[], -1.0..1.0);
    let recorded = case.record(&[case.inputs[0].values.clone()], &|x, _| draw(Bernoulli::logits(real(x[0]))));
    assert!(!recorded.run.tape.node(recorded.out).has_gradient());
}
