//! Families of arrays with more dimensions than a member has: each row is a member of its own.

use super::Case;
use super::densities::{Depth, density};
use super::draws::draw;
use super::harness::{Dense, tensor};
use crate::dist::*;
use crate::family::{
    Need, Structured, categorical, dirichlet, multinomial, mvn_cholesky, mvn_precision, ordered_logistic,
};
use crate::tape::node::Op;
use crate::value::Value;

const PLATES: [usize; 2] = [2, 3];

/// The leading dimensions that are tried.
const LEADING: [&[usize]; 3] = [&[4], &[2, 3], &[1]];

/// Returns the elements of a member: those of the row, or all where there is no leading dimension.
fn member(x: &Dense, row: &[usize], rank: usize, k: usize) -> Vec<f64> {
    let width: usize = x.shape[x.shape.len() - rank..].iter().product();
    let first = if x.shape.len() > rank { k * width } else { 0 };
    x.event(row)[first..first + width].to_vec()
}

/// The naive log-density of an event: the sum of that of each member.
fn members<F: Structured<N>, const N: usize>(x: &[Dense], row: &[usize], leading: &[usize]) -> f64 {
    let one = |k: usize| {
        let value = member(&x[0], row, F::RANKS.value, k);
        let p: [Vec<f64>; N] = std::array::from_fn(|j| member(&x[j + 1], row, F::RANKS.parameters[j], k));
        let shape: [&[usize]; N] = std::array::from_fn(|j| {
            let dims = &x[j + 1].shape;
            &dims[dims.len() - F::RANKS.parameters[j]..]
        });
        let mut scratch = vec![0.0; F::scratch(shape)];
        let p: [&[f64]; N] = std::array::from_fn(|j| &p[j][..]);
        let nothing = std::array::from_fn(|_| &mut [] as &mut [f64]);
        F::log_density(&value, p, shape, Need::NONE, 1.0, &mut [], nothing, &mut scratch)
    };
    (0..leading.iter().product()).map(one).sum()
}

fn subset(mask: usize) -> Vec<usize> {
    (0..2).filter(|k| mask >> k & 1 != 0).collect()
}

fn joined(leading: &[usize], member: &[usize]) -> Vec<usize> {
    [leading, member].concat()
}

/// Returns how many rows of a member's length an array has.
fn rows(plates: &[usize], leading: &[usize]) -> usize {
    plates.iter().map(|&p| PLATES[p]).product::<usize>() * leading.iter().product::<usize>()
}

fn cycled(rows: usize, of: &[&[f64]]) -> Vec<f64> {
    (0..rows).flat_map(|k| of[k % of.len()].iter().copied()).collect()
}

/// Calls `check` with the leading dimensions, and with the plates of a value and of a parameter.
fn each(mut check: impl FnMut(&[usize], &[usize], &[usize])) {
    for leading in LEADING {
        for (x, p) in (0..16).map(|k| (subset(k & 3), subset(k >> 2))) {
            check(leading, &x, &p);
        }
    }
}

#[test]
fn categorical_arrays() {
    each(|leading, x, p| {
        let count = rows(x, leading);
        let case = || {
            Case::new(&PLATES).given(x, leading, (0..count).map(|k| (k * 5 % 3) as f64).collect()).constant()
        };
        let what = format!("{leading:?} along {x:?} {p:?}");
        density(
            &format!("Categorical by logits, {what}"),
            &case().input(p, &joined(leading, &[3]), -2.0..2.0),
            Depth::Adjoints,
            |p| Categorical::logits(tensor(p[0])),
            |x, row| members::<categorical::CategoricalLogitsFamily, 1>(x, row, leading),
        );
        let probs = cycled(rows(p, leading), &[&[0.2, 0.5, 0.3], &[0.1, 0.1, 0.8]]);
        density(
            &format!("Categorical by probabilities, {what}"),
            &case().given(p, &joined(leading, &[3]), probs),
            Depth::Adjoints,
            |p| Categorical::new(tensor(p[0])),
            |x, row| members::<categorical::CategoricalProbsFamily, 1>(x, row, leading),
        );
    });
}

#[test]
fn what_has_no_leading_dimension_stands_for_every_row() {
    each(|leading, x, p| {
        let what = format!("{leading:?} along {x:?} {p:?}");
        let labels: Vec<f64> = (0..rows(x, leading)).map(|k| (k * 2 % 3) as f64).collect();
        for (predictor, cutpoints) in [(leading, leading), (leading, &[][..]), (&[][..], leading)] {
            let cuts = cycled(rows(p, cutpoints), &[&[-0.5, 0.7], &[-1.2, 0.1]]);
            density(
                &format!("OrderedLogistic, {predictor:?} and {cutpoints:?}, {what}"),
                &Case::new(&PLATES)
                    .given(x, leading, labels.clone())
                    .constant()
                    .input(p, predictor, -1.0..1.0)
                    .given(p, &joined(cutpoints, &[2]), cuts),
                Depth::Adjoints,
                |p| OrderedLogistic::new(tensor(p[0]), tensor(p[1])),
                |x, row| members::<ordered_logistic::OrderedLogisticFamily, 2>(x, row, leading),
            );
            let counts = cycled(rows(x, leading), &[&[1.0, 0.0, 3.0], &[2.0, 2.0, 0.0]]);
            density(
                &format!("Multinomial, {predictor:?} and {cutpoints:?}, {what}"),
                &Case::new(&PLATES)
                    .given(x, &joined(leading, &[3]), counts)
                    .constant()
                    .given(&[], predictor, vec![4.0; rows(&[], predictor)])
                    .constant()
                    .input(p, &joined(cutpoints, &[3]), -1.0..1.0),
                Depth::Adjoints,
                |p| Multinomial::logits(tensor(p[0]), tensor(p[1])),
                |x, row| members::<multinomial::MultinomialLogitsFamily, 2>(x, row, leading),
            );
        }
    });
}

#[test]
fn arrays_of_vectors() {
    each(|leading, x, p| {
        let what = format!("{leading:?} along {x:?} {p:?}");
        let weights = cycled(rows(x, leading), &[&[0.2, 0.5, 0.3], &[0.6, 0.3, 0.1]]);
        density(
            &format!("Dirichlet, {what}"),
            &Case::new(&PLATES).given(x, &joined(leading, &[3]), weights).constant().input(
                p,
                &joined(leading, &[3]),
                0.5..3.0,
            ),
            Depth::Adjoints,
            |p| Dirichlet::new(tensor(p[0])),
            |x, row| members::<dirichlet::DirichletFamily, 1>(x, row, leading),
        );
        for (loc, tril) in [(leading, leading), (leading, &[][..]), (&[][..], leading)] {
            let case = Case::new(&PLATES)
                .input(x, &joined(leading, &[2]), -1.0..1.0)
                .input(p, &joined(loc, &[2]), -1.0..1.0)
                .given(p, &joined(tril, &[2, 2]), factors(rows(p, tril)));
            density(
                &format!("MultivariateNormal, {loc:?} and {tril:?}, {what}"),
                &case,
                Depth::Adjoints,
                |p| MultivariateNormal::new(tensor(p[0]), tensor(p[1])),
                |x, row| members::<mvn_cholesky::MvNormalCholeskyFamily, 2>(x, row, leading),
            );
            density(
                &format!("MultivariateNormal by precision, {loc:?} and {tril:?}, {what}"),
                &case,
                Depth::Value,
                |p| MultivariateNormal::precision(tensor(p[0]), tensor(p[1])),
                |x, row| members::<mvn_precision::MvNormalPrecisionFamily, 2>(x, row, leading),
            );
        }
    });
}

fn factors(rows: usize) -> Vec<f64> {
    (0..rows).flat_map(|k| [1.0 + 0.1 * k as f64, 0.0, 0.3, 0.8]).collect()
}

#[test]
fn draws_of_rows_move_with_their_own_parameters() {
    each(|leading, loc_plates, tril_plates| {
        for (loc, tril) in [(leading, leading), (leading, &[][..]), (&[][..], leading)] {
            let case = Case::new(&PLATES).input(loc_plates, &joined(loc, &[2]), -1.0..1.0).given(
                tril_plates,
                &joined(tril, &[2, 2]),
                factors(rows(tril_plates, tril)),
            );
            let what = format!("{loc:?} and {tril:?} along {loc_plates:?} {tril_plates:?}");
            case.check_adjoints(&format!("MultivariateNormal, {what}"), &|x, _| {
                draw(MultivariateNormal::new(tensor(x[0]), tensor(x[1])))
            });
            // Scales and one direction: of the factors' numbers none is negative, and those of the first row are positive.
            case.check_adjoints(&format!("LowRankMultivariateNormal, {what}"), &|x, _| {
                draw(LowRankMultivariateNormal::new(tensor(x[0]), tensor(x[1]) + 0.2))
            });
            case.check_adjoints(&format!("MultivariateNormal by precision, {what}"), &|x, _| {
                draw(MultivariateNormal::precision(tensor(x[0]), tensor(x[1])))
            });
        }
    });
}

#[test]
fn implicit_draws_of_rows_have_the_adjoints_of_the_family() {
    for plates in (0..4).map(subset) {
        let case = Case::new(&PLATES).input(&plates, &[4, 3], 0.5..3.0);
        let concentration = case.inputs[0].values.clone();
        let mut recorded = case.record(std::slice::from_ref(&concentration), &|x: &[Value<f64>], _| {
            draw(Dirichlet::new(tensor(x[0])))
        });
        let z = recorded.run.tape.value(recorded.out).to_vec();
        let &Op::RowDraw(rule) = &recorded.run.tape.node(recorded.out).op else { panic!("a draw of rows") };
        let noise = recorded.run.tape.row_draws[rule as usize].noise as usize;
        let noise = recorded.run.tape.values[noise..noise + z.len()].to_vec();
        let seeds: Vec<f64> = (0..z.len()).map(|k| (k as f64 + 1.0).sin()).collect();
        recorded.sweep(&seeds);
        let mut expected = vec![0.0; concentration.len()];
        for k in 0..z.len() / 3 {
            let (position, member) = ([k / 4 / 3, k / 4 % 3], k % 4);
            let event = plates.iter().fold(0, |at, &p| at * PLATES[p] + position[p]);
            let of = (event * 4 + member) * 3;
            let here = k * 3..k * 3 + 3;
            assert!((z[here.clone()].iter().sum::<f64>() - 1.0).abs() < 1e-12);
            dirichlet::DirichletFamily::pull_back(
                &z[here.clone()],
                &noise[here.clone()],
                &seeds[here],
                [&concentration[of..of + 3]],
                [&[3]],
                Need::ALL,
                [&mut expected[of..of + 3]],
                &mut [],
            );
        }
        let found = recorded.run.tape.adjoint(recorded.leaves[0]);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{plates:?}");
        }
    }
}

/// The check sees members that read the parameters of their neighbours.
#[test]
#[should_panic(expected = "a planted error")]
fn rows_that_are_not_their_own_are_seen() {
    let labels = vec![0.0, 2.0, 1.0];
    let case = Case::new(&PLATES).given(&[], &[3], labels).constant().input(&[0], &[3, 3], -2.0..2.0);
    let neighbours = |x: &[Dense], row: &[usize]| {
        let mut turned = x.to_vec();
        turned[1].values.rotate_left(3);
        members::<categorical::CategoricalLogitsFamily, 1>(&turned, row, &[3])
    };
    density("a planted error", &case, Depth::Value, |p| Categorical::logits(tensor(p[0])), neighbours);
}
