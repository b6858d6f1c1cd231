//! Log-densities on the tape, in every use and with every pattern of axes, against the sum over elements.

use super::Case;
use super::harness::{Dense, positions, real, tensor};
use crate::dist::law::HasLaw;
use crate::dist::*;
use crate::family::{
    Need, Structured, Univariate, bernoulli, categorical, dirichlet, gamma, mvn_cholesky, mvn_precision,
    normal, student_t,
};
use crate::program::run::Run;
use crate::program::slot;
use crate::tape::ops::summand::Use;
use crate::value::{Handle, Value};
use std::panic::Location;

/// What a density is checked for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Depth {
    Value,
    Adjoints,
}

/// Checks the log-density of a distribution in each use; input 0 is the value, the others are the parameters, and `one`
/// is the naive log-density of one row of the plates.
#[track_caller]
pub(super) fn density<D: Distribution<f64>>(
    what: &str,
    case: &Case,
    depth: Depth,
    dist: impl Fn(&[Value<f64>]) -> D,
    one: impl Fn(&[Dense], &[usize]) -> f64,
) {
    for usage in [Use::Total, Use::Elements, Use::Seeded] {
        let case = if usage == Use::Seeded { case.clone() } else { case.clone().equal_seeds() };
        let op = |x: &[Value<f64>], _: &[_]| {
            let dist = dist(&x[1..]);
            slot::with(|run: &mut Run<f64>| {
                let id = dist.law().log_density(&mut run.tape, Location::caller(), x[0].arg(), usage);
                Value::of_node(id, &run.tape)
            })
            .expect("a run is in progress")
        };
        let reached = case.reached();
        let naive = |x: &[Dense], row: &[usize], _: &[usize]| {
            if usage != Use::Total {
                return one(x, row);
            }
            let sizes: Vec<usize> = reached.iter().map(|&p| case.size(p)).collect();
            let mut total = 0.0;
            for position in positions(&sizes) {
                let mut row = row.to_vec();
                for (&p, k) in reached.iter().zip(position) {
                    row[p] = k;
                }
                total += one(x, &row);
            }
            total
        };
        case.check_value(&format!("{what} {usage:?}"), &op, naive);
        if depth == Depth::Adjoints {
            case.check_adjoints(&format!("{what} {usage:?}"), &op);
        }
    }
}

/// The naive log-density of a row of a family of numbers, with this event shape.
fn numbers<F: Univariate<N>, const N: usize>(x: &[Dense], row: &[usize], event: &[usize]) -> f64 {
    positions(event)
        .iter()
        .map(|e| {
            let p = std::array::from_fn(|k| x[k + 1].at(row, e));
            F::log_density(x[0].at(row, e), p, Need::NONE).log
        })
        .sum()
}

/// The naive log-density of a row of a structured family.
fn rows<F: Structured<N>, const N: usize>(x: &[Dense], row: &[usize]) -> f64 {
    let shape: [&[usize]; N] = std::array::from_fn(|k| x[k + 1].shape.as_slice());
    let mut scratch = vec![0.0; F::scratch(shape)];
    F::log_density(
        x[0].event(row),
        std::array::from_fn(|k| x[k + 1].event(row)),
        shape,
        Need::NONE,
        1.0,
        &mut [],
        std::array::from_fn(|_| &mut [] as &mut [f64]),
        &mut scratch,
    )
}

fn subset(mask: usize) -> Vec<usize> {
    (0..2).filter(|k| mask >> k & 1 != 0).collect()
}

/// Every way in which three operands can vary along two plates.
fn patterns() -> impl Iterator<Item = [Vec<usize>; 3]> {
    (0..64).map(|k: usize| [subset(k & 3), subset(k >> 2 & 3), subset(k >> 4)])
}

#[test]
fn normal_along_every_pattern_of_axes() {
    for sizes in [[2, 3], [1, 5], [4, 1]] {
        for [x, loc, scale] in patterns() {
            let case = Case::new(&sizes).input(&x, &[], -1.0..1.0).input(&loc, &[], -1.0..1.0).input(
                &scale,
                &[],
                0.5..1.5,
            );
            density(
                &format!("Normal along {x:?} {loc:?} {scale:?}"),
                &case,
                Depth::Adjoints,
                |p| Normal::new(real(p[0]), real(p[1])),
                |x, row| numbers::<normal::NormalFamily, 2>(x, row, &[]),
            );
        }
    }
}

#[test]
fn normal_around_the_block_size() {
    for n in [1, 4, 5, 63, 64, 65, 200] {
        for sizes in [[2, n], [n, 2]] {
            for (k, [x, loc, scale]) in patterns().enumerate() {
                let case = Case::new(&sizes).input(&x, &[], -1.0..1.0).input(&loc, &[], -1.0..1.0).input(
                    &scale,
                    &[],
                    0.5..1.5,
                );
                density(
                    &format!("Normal along {x:?} {loc:?} {scale:?} of {sizes:?}"),
                    &case,
                    if k % 11 == 3 && n < 200 { Depth::Adjoints } else { Depth::Value },
                    |p| Normal::new(real(p[0]), real(p[1])),
                    |x, row| numbers::<normal::NormalFamily, 2>(x, row, &[]),
                );
            }
        }
    }
}

#[test]
fn normal_over_events() {
    for n in [1, 4, 5, 64, 65] {
        for plates in
            [[&[][..], &[], &[]], [&[0], &[], &[]], [&[], &[0], &[]], [&[0], &[], &[0]], [&[], &[], &[0]]]
        {
            for which in 1..8usize {
                let shape = |k: usize| if which >> k & 1 != 0 { vec![n] } else { vec![] };
                let case = Case::new(&[2])
                    .input(plates[0], &shape(0), -1.0..1.0)
                    .input(plates[1], &shape(1), -1.0..1.0)
                    .input(plates[2], &shape(2), 0.5..1.5);
                density(
                    &format!("Normal over [{n}], {which}, {plates:?}"),
                    &case,
                    if n < 64 { Depth::Adjoints } else { Depth::Value },
                    |p| Normal::new(tensor(p[0]), tensor(p[1])),
                    |x, row| numbers::<normal::NormalFamily, 2>(x, row, &[n]),
                );
            }
        }
    }
}

#[test]
fn gamma_and_student_t() {
    for n in [1, 4, 5, 64, 65] {
        for (k, [x, a, b]) in patterns().enumerate().filter(|(k, _)| k % 5 == 0) {
            let depth = if n < 64 || k == 15 { Depth::Adjoints } else { Depth::Value };
            let case =
                Case::new(&[2, n]).input(&x, &[], 0.5..2.0).input(&a, &[], 0.5..3.0).input(&b, &[], 0.5..2.0);
            density(
                &format!("Gamma along {x:?} {a:?} {b:?} of {n}"),
                &case,
                depth,
                |p| Gamma::new(real(p[0]), real(p[1])),
                |x, row| numbers::<gamma::GammaFamily, 2>(x, row, &[]),
            );
            let case = Case::new(&[2, n])
                .input(&x, &[], -2.0..2.0)
                .input(&a, &[], 2.0..5.0)
                .input(&b, &[], -1.0..1.0)
                .input(&a, &[], 0.5..2.0);
            density(
                &format!("StudentT along {x:?} {a:?} {b:?} of {n}"),
                &case,
                depth,
                |p| StudentT::new(real(p[0]), real(p[1]), real(p[2])),
                |x, row| numbers::<student_t::StudentTFamily, 3>(x, row, &[]),
            );
        }
    }
}

#[test]
fn bernoulli_by_logits() {
    for n in [1, 4, 5, 63, 64, 65] {
        for of_x in 0..4 {
            for of_logits in 0..4 {
                for shape in [&[][..], &[3]] {
                    let (x, logits) = (subset(of_x), subset(of_logits));
                    let len: usize =
                        x.iter().map(|&p| [2, n][p]).product::<usize>() * shape.iter().product::<usize>();
                    let case = Case::new(&[2, n])
                        .given(&x, shape, (0..len).map(|k| (k % 3 % 2) as f64).collect())
                        .constant()
                        .input(&logits, shape, -2.0..2.0);
                    density(
                        &format!("Bernoulli along {x:?} {logits:?} of {n}"),
                        &case,
                        if n < 63 { Depth::Adjoints } else { Depth::Value },
                        |p| Bernoulli::logits(tensor(p[0])),
                        |x, row| numbers::<bernoulli::BernoulliLogitsFamily, 1>(x, row, shape),
                    );
                }
            }
        }
    }
}

#[test]
fn categorical_by_logits() {
    for n in [1, 5, 65] {
        for of_x in 0..4 {
            for of_logits in 0..4 {
                let (x, logits) = (subset(of_x), subset(of_logits));
                let len: usize = x.iter().map(|&p| [2, n][p]).product();
                let case = Case::new(&[2, n])
                    .given(&x, &[], (0..len).map(|k| (k * 5 % 3) as f64).collect())
                    .constant()
                    .input(&logits, &[3], -2.0..2.0);
                density(
                    &format!("Categorical along {x:?} {logits:?} of {n}"),
                    &case,
                    if n < 65 { Depth::Adjoints } else { Depth::Value },
                    |p| Categorical::logits(tensor(p[0])),
                    rows::<categorical::CategoricalLogitsFamily, 1>,
                );
            }
        }
    }
}

#[test]
fn dirichlet_by_concentration() {
    for of_x in 0..4 {
        for of_concentration in 0..4 {
            let (x, concentration) = (subset(of_x), subset(of_concentration));
            let case = Case::new(&[2, 3]).input(&x, &[3], 0.2..0.4).input(&concentration, &[3], 0.5..3.0);
            // The value is made a simplex on the way, so that differences stay within the support.
            let what = format!("Dirichlet along {x:?} {concentration:?}");
            for usage in [Use::Total, Use::Elements, Use::Seeded] {
                let case = if usage == Use::Seeded { case.clone() } else { case.clone().equal_seeds() };
                case.check_adjoints(&what, &|x, _| {
                    let value = tensor(x[0]).softmax(0);
                    let dist = Dirichlet::new(tensor(x[1]));
                    slot::with(|run: &mut Run<f64>| {
                        let id = dist.law().log_density(
                            &mut run.tape,
                            Location::caller(),
                            value.to_value().arg(),
                            usage,
                        );
                        Value::of_node(id, &run.tape)
                    })
                    .expect("a run is in progress")
                });
            }
            let len: usize = x.iter().map(|&p| [2, 3][p]).product();
            let weights: Vec<f64> = (0..len).flat_map(|_| [0.2, 0.5, 0.3]).collect();
            let case =
                Case::new(&[2, 3]).given(&x, &[3], weights).constant().input(&concentration, &[3], 0.5..3.0);
            density(
                &what,
                &case,
                Depth::Adjoints,
                |p| Dirichlet::new(tensor(p[0])),
                rows::<dirichlet::DirichletFamily, 1>,
            );
        }
    }
}

#[test]
fn multivariate_normal_by_both_factors() {
    for [x, loc, tril] in patterns() {
        let len: usize = tril.iter().map(|&p| [2, 3][p]).product();
        let factors: Vec<f64> = (0..len).flat_map(|k| [1.0 + 0.1 * k as f64, 0.0, 0.3, 0.8]).collect();
        let case = Case::new(&[2, 3]).input(&x, &[2], -1.0..1.0).input(&loc, &[2], -1.0..1.0).given(
            &tril,
            &[2, 2],
            factors,
        );
        density(
            &format!("MultivariateNormal along {x:?} {loc:?} {tril:?}"),
            &case,
            Depth::Adjoints,
            |p| MultivariateNormal::new(tensor(p[0]), tensor(p[1])),
            rows::<mvn_cholesky::MvNormalCholeskyFamily, 2>,
        );
        density(
            &format!("MultivariateNormal by precision along {x:?} {loc:?} {tril:?}"),
            &case,
            Depth::Adjoints,
            |p| MultivariateNormal::precision(tensor(p[0]), tensor(p[1])),
            rows::<mvn_precision::MvNormalPrecisionFamily, 2>,
        );
    }
}
