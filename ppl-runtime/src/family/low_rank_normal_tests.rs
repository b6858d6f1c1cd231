//! The normal distribution of a few directions, against exact rational arithmetic and against the one with a whole factor.

use super::*;
use crate::family::check::{assert_close, assert_distributed};
use crate::family::check_rows::*;
use crate::family::mvn_cholesky::MvNormalCholeskyFamily;
use crate::family::normal::standard_cdf;

type Family = LowRankNormalFamily;

const LOC: &[f64] = &[0.5, -1.0, 2.0, 0.1];
/// Four scales and two directions.
const ROWS: &[f64] = &[1.5, 0.7, 2.0, 0.4, 0.3, -0.2, 1.0, 0.5, 0.8, 0.1, -0.4, 2.0];

fn members() -> [Member<2>; 4] {
    [
        Member::new([(LOC, &[4]), (ROWS, &[3, 4])]),
        // Scales of different size, a direction that outweighs them.
        Member::new([(&[300.0, -0.01, 5.0], &[3]), (&[40.0, 0.02, 1.0, -30.0, 0.5, 7.0], &[2, 3])]),
        Member::new([(&[0.3], &[1]), (&[1e-3, 2e-3], &[2, 1])]),
        // More directions than dimensions.
        Member::new([(&[0.0, 1.0], &[2]), (&[0.5, 0.9, 0.3, 0.2, -0.7, 0.4, 1.1, 0.6], &[4, 2])]),
    ]
}

const POINTS: [&[f64]; 4] = [&[1.0, 0.0, -1.0, 0.7], &[310.0, -0.2, 4.0], &[0.3015], &[0.4, 0.6]];

/// The lower Cholesky factor of the covariance.
fn factor(rows: &[f64], n: usize) -> Vec<f64> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let directions = rows[n..].chunks_exact(n);
            let mut sum: f64 = directions.map(|w| w[i] * w[j]).sum();
            if i == j {
                sum += rows[i] * rows[i];
            }
            sum -= dot(&lower[i * n..i * n + j], &lower[j * n..j * n + j]);
            lower[i * n + j] = if i == j { sum.sqrt() } else { sum / lower[j * n + j] };
        }
    }
    lower
}

#[test]
fn the_density_is_that_of_the_covariance() {
    // By elimination in rational numbers.
    assert_row_log_density::<Family, 2>(POINTS[0], &members()[0], -6.936_105_025_467_2);
    for (x, member) in POINTS.into_iter().zip(members()) {
        let (loc, tril) = (&member.values[0], factor(&member.values[1], x.len()));
        let n = x.len();
        let whole = Member::new([(loc, &[n]), (&tril, &[n, n])]);
        let expected = row_log_density::<MvNormalCholeskyFamily, 2>(x, &whole);
        assert_row_log_density::<Family, 2>(x, &member, expected);
    }
}

#[test]
fn partials_are_derivatives() {
    for (x, member) in POINTS.into_iter().zip(members()) {
        assert_row_partials::<Family, 2>(x, &member, true, [true, true]);
        assert_pull_back::<Family, 2>(7, &member, [true, true]);
    }
}

/// By its noise a draw has the density and the derivatives that it has by its value.
#[test]
fn a_draw_is_known_by_its_noise() {
    let noise = [0.3, -1.2, 0.8, 0.05];
    let mut scratch = vec![f64::NAN; Family::scratch([&[4], &[3, 4]])];
    let mut x = [0.0; 4];
    let mut of = Capacitance::of(ROWS, 4, &mut scratch);
    of.image_of_noise(&noise);
    for k in 0..4 {
        x[k] = LOC[k] + ROWS[k] * of.white[k];
    }
    let mut of_draw = |needed| {
        let (mut value, mut loc, mut rows) = ([0.0; 4], [0.0; 4], [0.0; 12]);
        let by: [&mut [f64]; 3] = [&mut value, &mut loc, &mut rows];
        let log = log_density_of_draw([&noise, ROWS], needed, by, &mut scratch);
        (log, value, loc, rows)
    };
    let (mut value, mut loc, mut rows) = ([0.0; 4], [0.0; 4], [0.0; 12]);
    let by: [&mut [f64]; 2] = [&mut loc, &mut rows];
    let mut own = vec![f64::NAN; Family::scratch([&[4], &[3, 4]])];
    let shape: [&[usize]; 2] = [&[4], &[3, 4]];
    let log = Family::log_density(&x, [LOC, ROWS], shape, Need::ALL, 1.0, &mut value, by, &mut own);
    let same = |what: &str, a: &[f64], b: &[f64]| {
        a.iter().zip(b).for_each(|(&a, &b)| assert!((a - b).abs() < 1e-12, "{what}: {a} {b}"));
    };
    let (known, by_value, ..) = of_draw([true, false, false]);
    assert_close("log", known, log, 1e-14);
    same("value", &by_value, &value);
    let (_, _, by_loc, by_rows) = of_draw([false, true, true]);
    same("loc", &by_loc, &loc);
    same("rows", &by_rows, &rows);
    // What moves with the parameters has the sum of both ways: by the location it vanishes.
    let (_, by_value, by_loc, by_rows) = of_draw([true, true, true]);
    assert_eq!((by_value, by_loc), ([0.0; 4], [0.0; 4]));
    let (mut none, mut total) = ([0.0; 4], rows);
    let by: [&mut [f64]; 2] = [&mut none, &mut total];
    Family::pull_back(&x, &noise, &value, [LOC, ROWS], shape, Need::ALL, by, &mut own);
    same("moving", &by_rows, &total);
}

#[test]
fn every_projection_of_the_draws_is_normal() {
    let [member, ..] = members();
    let [loc, rows] = member.values();
    let draws = row_draws::<Family, 2>(1, 20_000, &member);
    let projections: [&[f64]; 6] = [
        &[1.0, 0.0, 0.0, 0.0],
        &[0.0, 1.0, 0.0, 0.0],
        &[0.0, 0.0, 1.0, 0.0],
        &[0.0, 0.0, 0.0, 1.0],
        &[1.0, -2.0, 0.5, 0.3],
        &[0.3, 3.0, 1.0, -1.0],
    ];
    let deviation = |a: &[f64]| {
        let own: f64 = a.iter().zip(rows).map(|(a, s)| (a * s) * (a * s)).sum();
        let shared: f64 = rows[4..].chunks_exact(4).map(|w| dot(a, w) * dot(a, w)).sum();
        (own + shared).sqrt()
    };
    for a in projections {
        let deviation = deviation(a);
        let standardised = draws.iter().map(|z| (dot(a, z) - dot(a, loc)) / deviation).collect();
        assert_distributed("projection", standardised, standard_cdf);
    }
    let (mut mean, mut variance) = ([0.0; 4], [0.0; 4]);
    Family::mean_into(member.values(), member.shapes(), &mut mean);
    Family::variance_into(member.values(), member.shapes(), &mut variance);
    assert_eq!(mean, LOC);
    for i in 0..4 {
        assert_close("variance", variance[i], deviation(projections[i]).powi(2), 1e-14);
    }
}

#[test]
fn edges() {
    let [member, ..] = members();
    let nan = [1.0, f64::NAN, 0.0, 0.0];
    assert!(row_log_density::<Family, 2>(&nan, &member).is_nan());
    assert!(!Family::contains(&nan, member.values(), member.shapes()));
    let check = |loc: [f64; 2], rows: [f64; 4]| Family::check([&loc, &rows], [&[2], &[2, 2]]);
    assert!(check([0.0, 0.0], [1.0, 0.5, -3.0, 0.0]).is_ok());
    assert_eq!(check([0.0, f64::NAN], [1.0, 0.5, -3.0, 0.0]).unwrap_err().name, "loc");
    for bad in [[1.0, 0.0, 0.5, 1.0], [-1.0, 1.0, 0.5, 1.0], [1.0, 1.0, f64::NAN, 1.0]] {
        assert_eq!(check([0.0, 0.0], bad).unwrap_err().name, "rows");
    }
    assert!(Family::event_shape([&[2], &[1, 2]]).is_err() && Family::event_shape([&[2], &[2]]).is_err());
    // Far out the logarithm is beyond no number.
    assert!(row_log_density::<Family, 2>(&[1e100, 0.0, 0.0, 0.0], &member) < -1e190);
}
