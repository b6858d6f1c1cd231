//! The twelve posteriors of posteriordb in `ppl/tests/data`, in raw columns, fitted without a guide.

use crate::twelve::{
    self, BETA, Named, autoregression, cauchy_noise, coefficients, flat, garch, gaussian_process, hmm, json,
    kilpisjarvi, mixture, noncentred, normal_noise,
};
use ppl::{Fitted, Guide, GuidedBy, Model, auto, fit};

/// What a fit came to.
struct Outcome {
    k_hat: f64,
    reliable: bool,
    /// The largest distance of a shown mean from the reference's, in reference deviations, and of a deviation, relative.
    shown: [f64; 2],
    /// The same of the guide's own numbers.
    raw: [f64; 2],
    /// Whether one of these is off and not marked, although the guide is said to be near.
    unmarked: bool,
    converged: bool,
}

fn judge<M, G>(what: &str, fitted: &Fitted<M, G>, reference: &str, names: &[Named]) -> Outcome
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
{
    let reference = json(reference);
    let summary = fitted.summary();
    let (mut shown, mut raw, mut unmarked) = ([0.0_f64; 2], [0.0_f64; 2], false);
    for &(theirs, ours, indices) in names {
        let of = |number: &str| reference["summary"][theirs][number].as_f64().unwrap();
        let (mean, sd) = (of("mean"), of("sd"));
        let row = summary.row(ours, indices).unwrap();
        let off = |m: f64, s: f64| [(m - mean).abs() / sd, (s / sd - 1.0).abs()];
        let (a, b) = (off(row.mean, row.deviation), off(row.raw_mean, row.raw_deviation));
        for k in 0..2 {
            shown[k] = shown[k].max(a[k]);
            raw[k] = raw[k].max(b[k]);
        }
        unmarked |= !row.is_off && b.iter().any(|&off| off > 0.15);
    }
    let (k_hat, converged) = (fitted.trust().k_hat, fitted.outcome().converged);
    println!(
        "{what}: k-hat {k_hat:.2}, ess {:.0}, shown {shown:.3?}, raw {raw:.3?}, {}",
        fitted.trust().effective_size,
        fitted.outcome()
    );
    let reliable = fitted.trust().is_reliable();
    unmarked &= reliable;
    Outcome { k_hat, reliable, shown, raw, unmarked, converged }
}

/// Where the guide is said to be near, the shown numbers are right, and what is off is marked.
#[track_caller]
fn assert_honest(found: &Outcome) {
    if found.reliable {
        assert!(found.shown[0] < 0.1 && found.shown[1] < 0.1, "shown {:?}", found.shown);
        assert!(!found.unmarked, "raw {:?}", found.raw);
    }
}

/// A full-rank guide is near a regression's posterior by itself.
#[track_caller]
fn assert_near(found: &Outcome) {
    assert!(found.converged && found.reliable && found.k_hat <= 0.7, "k-hat {}", found.k_hat);
    // Of 46 rows and 7 coefficients the posterior's deviation of the noise is 1 / sqrt(2 * 38) of it or a little more, and that of the
    // best normal guide 1 / sqrt(2 * 45), so that it is a tenth narrower.
    assert!(found.raw[0] < 0.1 && found.raw[1] < 0.115, "raw {:?}", found.raw);
}

macro_rules! both {
    ($model:expr, $reference:literal, $names:expr, $near:expr) => {{
        let most = if $near { 100_000 } else { 25_000 };
        let reference = include_str!(concat!("../data/", $reference, ".json"));
        let full = fit($model).guide(auto::FullRank).steps(most).seed(1).run().unwrap();
        let full = judge(concat!($reference, ", full rank"), &full, reference, $names);
        assert_honest(&full);
        if $near {
            assert_near(&full);
        }
        // As far as these steps take it: a fit that is not near must say so.
        let field = fit($model).steps(4_000).seed(1).run().unwrap();
        assert_honest(&judge(concat!($reference, ", mean field"), &field, reference, $names));
    }};
}

#[test]
fn kidiq() {
    let (x, y) = twelve::kidiq();
    both!(cauchy_noise(&x, &y), "kidiq-kidscore_momhsiq", &coefficients(&BETA[..3]), true);
}

#[test]
fn mesquite() {
    let (x, y) = twelve::mesquite();
    both!(flat(&x, &y), "mesquite-logmesquite", &coefficients(&BETA[..7]), true);
}

#[test]
fn earnings() {
    let (x, y) = twelve::earnings();
    both!(flat(&x, &y), "earnings-logearn_height", &coefficients(&BETA[..2]), true);
}

#[test]
fn nes() {
    let (x, y) = twelve::nes();
    both!(flat(&x, &y), "nes1972-nes", &coefficients(&BETA), true);
}

#[test]
fn sblri() {
    let (x, y) = twelve::sblri();
    both!(normal_noise(&x, &y), "sblri-blr", &coefficients(&BETA[..5]), true);
}

#[test]
fn ark() {
    let (x, y) = twelve::ark();
    both!(autoregression(&x, &y), "arK-arK", &coefficients(&twelve::ARK), true);
}

#[test]
fn kilpisjarvi_years() {
    let (x, y) = twelve::kilpisjarvi_years();
    both!(kilpisjarvi(&x, &y), "kilpisjarvi_mod-kilpisjarvi", &twelve::KILPISJARVI, true);
}

#[test]
fn eight_schools() {
    let (y, error) = twelve::eight_schools();
    let names: [Named; 4] =
        [("theta[1]", "theta", &[0]), ("theta[8]", "theta", &[7]), ("mu", "mu", &[]), ("tau", "tau", &[])];
    both!(noncentred(&y, &error), "eight_schools-eight_schools_noncentered", &names, false);
}

#[test]
fn low_dim_gauss_mix() {
    let y = twelve::low_dim_gauss_mix();
    both!(mixture(&y), "low_dim_gauss_mix-low_dim_gauss_mix", &twelve::MIXTURE, false);
}

#[test]
fn hmm_example() {
    let y = twelve::hmm_example();
    both!(hmm(&y), "hmm_example-hmm_example", &twelve::HMM, false);
}

#[test]
fn garch11() {
    let (y, sigma1) = twelve::garch11();
    both!(garch(&y, sigma1), "garch-garch11", &twelve::GARCH, false);
}

#[test]
fn gp_regression() {
    let (distances, y) = twelve::gp_regression();
    both!(gaussian_process(&distances, &y), "gp_pois_regr-gp_regr", &twelve::GP, false);
}
