//! Checks that a family keeps the laws of [`Structured`].

use super::check::{assert_close, assert_derivative};
use super::{Need, Structured};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// One member of a family: its parameters' values and shapes.
#[derive(Clone, Debug)]
pub(crate) struct Member<const N: usize> {
    pub(crate) values: [Vec<f64>; N],
    pub(crate) shapes: [Vec<usize>; N],
}

impl<const N: usize> Member<N> {
    pub(crate) fn new(parameters: [(&[f64], &[usize]); N]) -> Self {
        Member { values: parameters.map(|p| p.0.to_vec()), shapes: parameters.map(|p| p.1.to_vec()) }
    }

    pub(crate) fn values(&self) -> [&[f64]; N] {
        self.values.each_ref().map(Vec::as_slice)
    }

    pub(crate) fn shapes(&self) -> [&[usize]; N] {
        self.shapes.each_ref().map(Vec::as_slice)
    }

    fn with(&self, k: usize, j: usize, value: f64) -> Self {
        let mut changed = self.clone();
        changed.values[k][j] = value;
        changed
    }

    /// Returns the number of elements of a value.
    pub(crate) fn len<F: Structured<N>>(&self) -> usize {
        F::event_shape(self.shapes()).expect("the shapes fit").len()
    }
}

/// Returns the need of parameter `k` alone.
fn only<const N: usize>(k: usize) -> Need {
    Need::of(false, std::array::from_fn::<bool, N, _>(|l| l == k))
}

/// What the slices hold before a density adds to them, so that a density that overwrites is found.
const BEFORE: f64 = 0.375;
const SEED: f64 = -0.75;

fn call<F: Structured<N>, const N: usize>(
    x: &[f64],
    member: &Member<N>,
    need: Need,
) -> (f64, Vec<f64>, [Vec<f64>; N]) {
    let slice = |needed: bool, n: usize| vec![BEFORE; if needed { n } else { 0 }];
    let mut by_value = slice(need.value(), x.len());
    let mut by: [Vec<f64>; N] = std::array::from_fn(|k| slice(need.parameter(k), member.values[k].len()));
    let mut scratch = vec![f64::NAN; F::scratch(member.shapes())];
    let log = F::log_density(
        x,
        member.values(),
        member.shapes(),
        need,
        SEED,
        &mut by_value,
        by.each_mut().map(Vec::as_mut_slice),
        &mut scratch,
    );
    let undo = |v: &f64| (v - BEFORE) / SEED;
    (log, by_value.iter().map(undo).collect(), by.map(|by| by.iter().map(undo).collect()))
}

pub(crate) fn row_log_density<F: Structured<N>, const N: usize>(x: &[f64], member: &Member<N>) -> f64 {
    call::<F, N>(x, member, Need::NONE).0
}

#[track_caller]
pub(crate) fn assert_row_log_density<F: Structured<N>, const N: usize>(
    x: &[f64],
    member: &Member<N>,
    expected: f64,
) {
    let got = row_log_density::<F, N>(x, member);
    assert!(
        got == expected || (got - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{} at {x:?} given {:?}: got {got}, expected {expected}",
        F::NAME,
        member.values
    );
}

/// Asserts the partials by the value (if `value`) and by the elements of those parameters that `which` marks.
#[track_caller]
pub(crate) fn assert_row_partials<F: Structured<N>, const N: usize>(
    x: &[f64],
    member: &Member<N>,
    value: bool,
    which: [bool; N],
) {
    let need = Need::of(value, which);
    let (log, by_value, by) = call::<F, N>(x, member, need);
    assert_eq!(log, row_log_density::<F, N>(x, member), "the log-density may not depend on what is needed");
    assert!(F::check(member.values(), member.shapes()).is_ok(), "{member:?} is a member");
    if value {
        for j in 0..x.len() {
            let at = |v| {
                let mut x = x.to_vec();
                x[j] = v;
                row_log_density::<F, N>(&x, member)
            };
            assert_derivative(&format!("{}: by value {j}", F::NAME), at, x[j], by_value[j]);
        }
        let alone = call::<F, N>(x, member, Need::of(true, [false; N]));
        assert_eq!(alone.1, by_value, "the derivative by the value alone");
    }
    for k in (0..N).filter(|&k| which[k]) {
        for (j, &got) in by[k].iter().enumerate() {
            let at = |v| row_log_density::<F, N>(x, &member.with(k, j, v));
            let name = format!("{}: by {} {j}", F::NAME, F::PARAMETERS[k]);
            assert_derivative(&name, at, member.values[k][j], got);
        }
        let alone = call::<F, N>(x, member, only::<N>(k));
        assert_eq!(alone.2[k], by[k], "the derivative by {} alone", F::PARAMETERS[k]);
    }
}

fn draw<F: Structured<N>, const N: usize>(
    rng: &mut Xoshiro256PlusPlus,
    member: &Member<N>,
) -> (Vec<f64>, Vec<f64>) {
    let n = member.len::<F>();
    let (mut z, mut noise) = (vec![f64::NAN; n], vec![f64::NAN; n]);
    let mut scratch = vec![f64::NAN; F::scratch(member.shapes())];
    F::draw(rng, member.values(), member.shapes(), &mut z, &mut noise, &mut scratch);
    assert!(
        F::contains(&z, member.values(), member.shapes()),
        "{}: the draw {z:?} lies outside the support",
        F::NAME
    );
    (z, noise)
}

/// Returns `n` draws.
pub(crate) fn row_draws<F: Structured<N>, const N: usize>(
    seed: u64,
    n: usize,
    member: &Member<N>,
) -> Vec<Vec<f64>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..n).map(|_| draw::<F, N>(&mut rng, member).0).collect()
}

/// Returns the gradient that [`Structured::pull_back`] gives for a draw with this seed and `dz`.
pub(crate) fn pulled_back<F: Structured<N>, const N: usize>(
    seed: u64,
    member: &Member<N>,
    dz: &[f64],
    need: Need,
) -> [Vec<f64>; N] {
    let (z, noise) = draw::<F, N>(&mut Xoshiro256PlusPlus::seed_from_u64(seed), member);
    let mut by: [Vec<f64>; N] =
        std::array::from_fn(|k| vec![BEFORE; if need.parameter(k) { member.values[k].len() } else { 0 }]);
    let mut scratch = vec![f64::NAN; F::scratch(member.shapes())];
    F::pull_back(
        &z,
        &noise,
        dz,
        member.values(),
        member.shapes(),
        need,
        by.each_mut().map(Vec::as_mut_slice),
        &mut scratch,
    );
    by.map(|by| by.iter().map(|v| v - BEFORE).collect())
}

/// Asserts the derivative of a draw with its noise held fixed, for families whose draws are smooth in the
/// parameters at a fixed seed.
#[track_caller]
pub(crate) fn assert_pull_back<F: Structured<N>, const N: usize>(
    seed: u64,
    member: &Member<N>,
    which: [bool; N],
) {
    let dz: Vec<f64> = (0..member.len::<F>()).map(|i| (1.0 + i as f64).sin()).collect();
    let by = pulled_back::<F, N>(seed, member, &dz, Need::of(false, which));
    for k in (0..N).filter(|&k| which[k]) {
        for (j, &got) in by[k].iter().enumerate() {
            let at = |v| {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                let z = draw::<F, N>(&mut rng, &member.with(k, j, v)).0;
                z.iter().zip(&dz).map(|(z, d)| z * d).sum::<f64>()
            };
            let name = format!("{}: d draw / d {} {j}", F::NAME, F::PARAMETERS[k]);
            assert_derivative(&name, at, member.values[k][j], got);
        }
        let alone = pulled_back::<F, N>(seed, member, &dz, only::<N>(k));
        assert_eq!(alone[k], by[k], "the derivative by {} alone", F::PARAMETERS[k]);
    }
}

/// Asserts for a family of finitely many outcomes that they sum to one, have the moments that the family states,
/// and are drawn as often as they should (chi-squared, level 1e-6).
#[track_caller]
pub(crate) fn assert_outcomes<F: Structured<N>, const N: usize>(
    seed: u64,
    member: &Member<N>,
    outcomes: &[Vec<f64>],
) {
    let n = member.len::<F>();
    let probs: Vec<f64> = outcomes.iter().map(|x| row_log_density::<F, N>(x, member).exp()).collect();
    assert_close(&format!("{}: total probability", F::NAME), probs.iter().sum(), 1.0, 1e-12);
    let (mut mean, mut variance) = (vec![f64::NAN; n], vec![f64::NAN; n]);
    F::mean_into(member.values(), member.shapes(), &mut mean);
    F::variance_into(member.values(), member.shapes(), &mut variance);
    for i in 0..n {
        let total =
            |f: &dyn Fn(f64) -> f64| outcomes.iter().zip(&probs).map(|(x, p)| f(x[i]) * p).sum::<f64>();
        let expected = total(&|x| x);
        assert_close(&format!("{}: mean {i}", F::NAME), mean[i], expected, 1e-12);
        let expected = total(&|x| (x - mean[i]).powi(2));
        assert_close(&format!("{}: variance {i}", F::NAME), variance[i], expected, 1e-10);
    }
    let count = 100_000;
    let mut seen = vec![0.0; outcomes.len()];
    for draw in row_draws::<F, N>(seed, count, member) {
        let i = outcomes.iter().position(|x| *x == draw).expect("the draw is an outcome");
        seen[i] += 1.0;
    }
    let (mut statistic, mut degrees, mut rare) = (0.0, 0.0, (0.0, 0.0));
    for (p, s) in probs.iter().zip(&seen) {
        let expected = p * count as f64;
        assert!(expected > 0.0 || *s == 0.0, "{}: an impossible outcome was drawn", F::NAME);
        if expected < 10.0 {
            rare = (rare.0 + expected, rare.1 + s);
        } else {
            statistic += (s - expected).powi(2) / expected;
            degrees += 1.0;
        }
    }
    if rare.0 >= 10.0 {
        statistic += f64::powi(rare.1 - rare.0, 2) / rare.0;
        degrees += 1.0;
    }
    // As in `check::assert_counts`: Wilson and Hilferty (1931) at level 1e-6.
    let degrees = f64::max(degrees - 1.0, 1.0);
    let spread = 2.0 / (9.0 * degrees);
    let limit = degrees * (1.0 - spread + 4.753 * spread.sqrt()).powi(3);
    assert!(statistic < limit, "{}: chi-squared is {statistic}, the limit is {limit}", F::NAME);
}
