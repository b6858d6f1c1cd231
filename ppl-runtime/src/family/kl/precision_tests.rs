//! Divergences by precisions: against those by covariances, which are against cubatures, and against differences.

use super::*;
use crate::family::check::{assert_close, assert_derivative};
use crate::family::kl::{mvn_cholesky_mvn_cholesky, mvn_mvn_scratch, normal_normal};

type Parameters = [Vec<f64>; 2];

/// Value and gradients by the four parameters, by what a member is given by.
type Divergence = fn([&[f64]; 2], [&[f64]; 2], f64, [&mut [f64]; 2], [&mut [f64]; 2], &mut [f64]) -> f64;

/// What a multivariate normal distribution is given by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Given {
    Covariance,
    Precision,
    Scales,
}

use Given::{Covariance, Precision, Scales as ByScales};

const DIVERGENCES: [(Given, Given, Divergence); 4] = [
    (Covariance, Precision, mvn_cholesky_mvn_precision),
    (Precision, Covariance, mvn_precision_mvn_cholesky),
    (Precision, Precision, mvn_precision_mvn_precision),
    (Precision, ByScales, mvn_precision_normal),
];

/// Members at three scales: means with lower triangular factors.
fn pairs() -> [(Parameters, Parameters); 3] {
    let q3 = [vec![0.5, -1.0, 2.0], vec![1.5, 0.0, 0.0, 0.3, 0.7, 0.0, -0.2, 0.4, 2.0]];
    let p3 = [vec![0.1, -0.7, 1.1], vec![1.1, 0.0, 0.0, -0.4, 1.3, 0.0, 0.6, 0.2, 0.9]];
    let q2 = [vec![30.0, -0.01], vec![40.0, 0.0, -30.0, 0.2]];
    let p2 = [vec![29.0, 0.05], vec![60.0, 0.0, -25.0, 0.7]];
    [(q3, p3), (q2, p2), ([vec![0.3], vec![1e-3]], [vec![0.3001], vec![2e-3]])]
}

/// Returns the lower triangular factor of `M M^T`.
fn cholesky(m: &[f64], n: usize) -> Vec<f64> {
    let square = |i: usize, j: usize| -> f64 { (0..n).map(|k| m[i * n + k] * m[j * n + k]).sum() };
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let left = square(i, j) - (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum::<f64>();
            l[i * n + j] = if i == j { left.sqrt() } else { left / l[j * n + j] };
        }
    }
    l
}

/// Returns the factor of the covariance of a member.
fn covariance_factor(given: Given, of: &[f64], n: usize) -> Vec<f64> {
    match given {
        Given::Covariance => of.to_vec(),
        Given::Scales => (0..n * n).map(|k| if k % (n + 1) == 0 { of[k / (n + 1)] } else { 0.0 }).collect(),
        Given::Precision => {
            // The columns of T^-1 are the rows of T^-T, of which the covariance is the square.
            let mut inverse = vec![0.0; n * n];
            for j in 0..n {
                let mut column = vec![0.0; n];
                column[j] = 1.0;
                solve(of, &mut column);
                inverse[j * n..][..n].copy_from_slice(&column);
            }
            cholesky(&inverse, n)
        }
    }
}

fn slices(p: &Parameters) -> [&[f64]; 2] {
    p.each_ref().map(Vec::as_slice)
}

fn value(divergence: Divergence, q: &Parameters, p: &Parameters) -> f64 {
    let mut scratch = vec![f64::NAN; mvn_precision_scratch(q[0].len())];
    divergence(slices(q), slices(p), 1.0, [&mut [], &mut []], [&mut [], &mut []], &mut scratch)
}

fn by_covariances(q: &Parameters, p: &Parameters) -> f64 {
    let mut scratch = vec![f64::NAN; mvn_mvn_scratch(q[0].len())];
    mvn_cholesky_mvn_cholesky(slices(q), slices(p), 1.0, [&mut [], &mut []], [&mut [], &mut []], &mut scratch)
}

/// Returns the partials, each added to one half and taken twice.
fn partials(divergence: Divergence, q: &Parameters, p: &Parameters, needed: [bool; 4]) -> [Vec<f64>; 4] {
    let all = [&q[0], &q[1], &p[0], &p[1]];
    let mut by: [Vec<f64>; 4] = std::array::from_fn(|k| vec![0.5; if needed[k] { all[k].len() } else { 0 }]);
    let [a, b, c, d] = by.each_mut().map(Vec::as_mut_slice);
    let mut scratch = vec![f64::NAN; mvn_precision_scratch(q[0].len())];
    divergence(slices(q), slices(p), 2.0, [a, b], [c, d], &mut scratch);
    by.map(|by| by.iter().map(|by| (by - 0.5) / 2.0).collect())
}

/// Returns the second member with what it is given by.
fn given(kind: Given, p: &Parameters) -> Parameters {
    let n = p[0].len();
    match kind {
        Given::Scales => [p[0].clone(), p[1].iter().copied().step_by(n + 1).collect()],
        _ => p.clone(),
    }
}

#[test]
fn divergences_are_those_of_the_covariances() {
    for (of_q, of_p, divergence) in DIVERGENCES {
        for (q, p) in pairs() {
            let (n, p) = (q[0].len(), given(of_p, &p));
            let factors = |m: &Parameters, kind| [m[0].clone(), covariance_factor(kind, &m[1], n)];
            let expected = by_covariances(&factors(&q, of_q), &factors(&p, of_p));
            assert_close(&format!("{of_q:?} from {of_p:?}"), value(divergence, &q, &p), expected, 1e-9);
        }
    }
}

#[test]
fn diagonal_factors_are_sums_of_normal_divergences() {
    let (loc_q, loc_p, a, b) = ([0.3, -2.0, 1.0], [0.1, 1.5, 1.0], [0.4, 2.0, 1e-3], [1.3, 0.2, 7e-3]);
    let diagonal = |d: [f64; 3]| (0..9).map(|k| if k % 4 == 0 { d[k / 4] } else { 0.0 }).collect::<Vec<_>>();
    let deviation = |kind, d: f64| if kind == Precision { 1.0 / d } else { d };
    for (of_q, of_p, divergence) in DIVERGENCES {
        let q = [loc_q.to_vec(), diagonal(a)];
        let p = given(of_p, &[loc_p.to_vec(), diagonal(b)]);
        let terms = (0..3)
            .map(|k| normal_normal([loc_q[k], deviation(of_q, a[k])], [loc_p[k], deviation(of_p, b[k])]).0);
        assert_close(&format!("{of_q:?} from {of_p:?}"), value(divergence, &q, &p), terms.sum(), 1e-12);
    }
}

#[test]
fn partials_are_derivatives() {
    for (of_q, of_p, divergence) in DIVERGENCES {
        for (q, p) in pairs() {
            let p = given(of_p, &p);
            let by = partials(divergence, &q, &p, [true; 4]);
            for (side, member) in [&q, &p].into_iter().enumerate() {
                for k in 0..2 {
                    for j in 0..member[k].len() {
                        let at = |v| {
                            let mut moved = [q.clone(), p.clone()];
                            moved[side][k][j] = v;
                            value(divergence, &moved[0], &moved[1])
                        };
                        let what = format!("{of_q:?} from {of_p:?}: by {side} {k} {j}");
                        assert_derivative(&what, at, member[k][j], by[2 * side + k][j]);
                    }
                }
            }
            for which in 0..4 {
                let alone = partials(divergence, &q, &p, std::array::from_fn(|k| k == which));
                assert_eq!(alone[which], by[which], "{of_q:?} from {of_p:?}: {which} alone");
            }
        }
    }
}

/// Returns a factor whose diagonal falls by this much from each row to the next, with neighbours of the size of their row.
fn falling(n: usize, by: f64) -> Vec<f64> {
    let scale = |i: usize| by.powi(i as i32);
    let entry = |i: usize, j: usize| match i.cmp(&j) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => scale(i),
        std::cmp::Ordering::Greater => 0.7 * scale(i) * ((i * 3 + j) as f64).sin(),
    };
    (0..n * n).map(|k| entry(k / n, k % n)).collect()
}

#[test]
fn ill_conditioned_factors_lose_no_more_than_their_inverses() {
    let (n, loc) = (5, vec![0.0; 5]);
    for fall in [0.1, 1e-2, 1e-3] {
        let l = [loc.clone(), falling(n, fall)];
        // A distribution is at no distance from itself.
        let itself = value(mvn_precision_mvn_precision, &l, &l);
        assert_eq!(itself, 0.0, "fall {fall}");
        for by in partials(mvn_precision_mvn_precision, &l, &l, [true, false, true, false]) {
            assert!(by.iter().all(|&by| by == 0.0));
        }
        // T^T L is the identity where T = L^-T, up to a turn: of a diagonal, whose precision has the reciprocals.
        let diagonal: Vec<f64> = (0..n * n).map(|k| if k % (n + 1) == 0 { l[1][k] } else { 0.0 }).collect();
        let reciprocal =
            [loc.clone(), diagonal.iter().map(|&d| if d == 0.0 { 0.0 } else { 1.0 / d }).collect()];
        let diagonal = [loc.clone(), diagonal];
        for found in [
            value(mvn_cholesky_mvn_precision, &diagonal, &reciprocal),
            value(mvn_precision_mvn_cholesky, &reciprocal, &diagonal),
        ] {
            assert!(found.abs() < 1e-12, "fall {fall}: {found}");
        }
        // Scaling the rows of both sides alike changes nothing, however far apart the rows' scales are: of a factor of the covariance by
        // D, of one of a precision by 1 / D.
        let even = [loc.clone(), falling(n, 1.0)];
        let expected = value(mvn_cholesky_mvn_precision, &even, &even);
        let times = |m: &Parameters, power: i32| {
            let scaled = m[1].iter().enumerate().map(|(k, v)| v * fall.powi(power * (k / n) as i32));
            [m[0].clone(), scaled.collect()]
        };
        let (of_covariance, of_precision) = (times(&even, 1), times(&even, -1));
        let found = value(mvn_cholesky_mvn_precision, &of_covariance, &of_precision);
        assert_close(&format!("fall {fall}"), found, expected, 1e-10);
        let expected = value(mvn_precision_mvn_cholesky, &even, &even);
        let found = value(mvn_precision_mvn_cholesky, &of_precision, &of_covariance);
        assert_close(&format!("fall {fall}"), found, expected, 1e-10);
    }
}

#[test]
fn single_precision_is_that_of_double() {
    let [(q, p), ..] = pairs();
    let single = |m: &Parameters| m.each_ref().map(|v| v.iter().map(|&v| v as f32).collect::<Vec<f32>>());
    let (q32, p32) = (single(&q), single(&p));
    let of = |m: &[Vec<f32>; 2]| m.each_ref().map(|v| v.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>());
    let expected = value(mvn_precision_mvn_cholesky, &of(&q32), &of(&p32));
    let mut scratch = vec![0.0; mvn_precision_scratch(3)];
    let none = || [&mut [][..], &mut []];
    let [q, p] = [&q32, &p32].map(|m| m.each_ref().map(Vec::as_slice));
    let found = mvn_precision_mvn_cholesky(q, p, 1.0_f32, none(), none(), &mut scratch);
    assert!((f64::from(found) - expected).abs() < 1e-5 * expected.abs(), "{found}, {expected}");
}

/// The checks see an error: with `T` in the place of `T^T` neither the value nor a partial is right.
#[test]
fn a_planted_error_is_seen() {
    let [(q, p), ..] = pairs();
    let exact = value(mvn_cholesky_mvn_precision, &q, &p);
    let mut transposed = p.clone();
    (0..9).for_each(|k| transposed[1][k] = p[1][k % 3 * 3 + k / 3]);
    let product = |t: &[f64]| -> f64 {
        let entry = |i: usize, j: usize| (0..3).map(|k| t[k * 3 + i] * q[1][k * 3 + j]).sum::<f64>();
        (0..9).map(|k| entry(k / 3, k % 3).powi(2)).sum()
    };
    let rest = exact - 0.5 * product(&p[1]);
    assert_close("the trace", rest + 0.5 * product(&p[1]), exact, 1e-12);
    assert!((rest + 0.5 * product(&transposed[1]) - exact).abs() > 0.05 * exact);
    let by = partials(mvn_cholesky_mvn_precision, &q, &p, [true; 4]);
    let at = |v: f64| {
        let mut q = q.clone();
        q[1][3] = v;
        value(mvn_cholesky_mvn_precision, &q, &p)
    };
    let slope = (at(q[1][3] + 1e-5) - at(q[1][3] - 1e-5)) / 2e-5;
    assert!((by[1][3] - slope).abs() < 1e-6 && (by[1][6] - slope).abs() > 0.05 * slope.abs());
}
