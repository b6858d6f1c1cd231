//! A step in steady state allocates nothing: the tape, the trace and the optimiser keep their memory.

mod modules;

use ndarray::Array2;
use ppl::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts what this thread asks of it.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|c| c.set(c.get() + 1));
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|c| c.set(c.get() + 1));
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the allocations that `repeats` calls make, after two calls that may make any number.
fn allocations(repeats: usize, mut call: impl FnMut()) -> usize {
    call();
    call();
    let before = COUNT.with(|c| c.get());
    for _ in 0..repeats {
        call();
    }
    COUNT.with(|c| c.get()) - before
}

#[test]
fn the_counter_sees_an_allocation() {
    assert_eq!(allocations(10, || drop(std::hint::black_box(Box::new(3)))), 10);
}

#[model]
fn regression(x: &Array2<f64>, y: &[u32], group: &[usize], groups: usize) {
    let weights = sample!("weights", MultivariateNormal::new([0.0, 0.0], matrix([[1.0, 0.0], [0.5, 2.0]])));
    let shares = sample!("shares", Dirichlet::new([1.0, 2.0, 3.0]));
    let level = plate!("group", groups, |_g| sample!("level", Normal::new(0.0, 1.0)));
    let switch = sample!("switch", Bernoulli::new(0.3));
    plate!("row", y.len(), subsample(8), |i| {
        let rate = (x.at(i).dot(weights) + level.at(group.at(i)).to_real()).exp() + shares.at(0).to_real();
        observe!("y", Poisson::new(rate + switch.to_real()), y.at(i));
    });
}

#[guide(regression)]
fn proposal(groups: usize) {
    sample!(
        "weights",
        MultivariateNormal::new(
            param!("loc", [0.0, 0.0]),
            param!("tril", init::scaled_identity(2, 0.1), CovarianceCholesky)
        )
    );
    sample!("shares", Dirichlet::new(param!("concentration", [5.0, 5.0, 5.0], Positive)));
    plate!("group", groups, |_g| {
        sample!("level", Normal::new(param!("level_loc", 0.0), param!("level_scale", 0.1, Positive)));
    });
    sample!(
        "switch",
        Bernoulli::logits(param!("switch_logit", 0.0)),
        Score::baseline(DecayingAverage::new(0.9))
    );
}

/// Returns a constant matrix of the program.
fn matrix(rows: [[f64; 2]; 2]) -> Tensor {
    Tensor::stack(&rows.map(|row| Tensor::stack(&row)))
}

#[test]
fn a_step_of_every_mechanism_allocates_nothing() {
    let n = 40;
    let x = Array2::from_shape_fn((n, 2), |(i, j)| ((i * 7 + j * 3) as f64).sin());
    let y: Vec<u32> = (0..n as u32).map(|i| i % 4).collect();
    let group: Vec<usize> = (0..n).map(|i| i % 5).collect();
    for particles in [1, 3] {
        let mut svi = Svi::new(
            regression(&x, &y, &group, 5),
            proposal(5),
            Elbo::default().particles(particles),
            Adam::new(0.01),
        )
        .seed(2);
        let counted = allocations(50, || {
            svi.step().expect("a step");
        });
        assert_eq!(counted, 0, "with {particles} particles");
    }
}

#[model]
fn large_regression(x: &Array2<f64>, y: &[u32]) {
    let w = plate!("feature", x.ncols(), |_k| sample!("w", Normal::new(0.0, 1.0)));
    let b = sample!("b", Normal::new(0.0, 1.0));
    plate!("row", x.nrows(), |i| {
        let sum = x.at(i).dot(w) + b;
        observe!("odd", Bernoulli::logits(sum), y.at(i));
        // Another reader, for which the product is kept.
        let both = Tensor::stack(&[sum, b]).logsumexp();
        observe!("y", Poisson::new((both * 0.1).exp()), y.at(i));
    });
}

#[guide(large_regression)]
fn of_large_regression(x: &Array2<f64>) {
    plate!("feature", x.ncols(), |_k| {
        sample!("w", Normal::new(param!("w_loc", 0.0), param!("w_scale", 0.1, Positive)));
    });
    sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
}

#[test]
fn steps_on_a_matrix_larger_than_the_cache_allocate_nothing() {
    let x = Array2::from_shape_fn((4_000, 20), |(i, j)| ((i * 7 + j * 3) as f64).sin());
    let y: Vec<u32> = (0..4_000).map(|i| i % 2).collect();
    let (model, guide) = (large_regression(&x, &y), of_large_regression(&x));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.01)).seed(2);
    let counted = allocations(20, || {
        svi.step().expect("a step");
    });
    assert_eq!(counted, 0);
}

#[model]
fn levels(x: &[f64]) {
    plate!("row", x.len(), subsample(8), |i| {
        let level = sample!("level", Normal::new(0.0, 1.0));
        let switch = sample!("switch", Bernoulli::new(0.3));
        observe!("x", Normal::new(level + switch.to_real(), 1.0), x.at(i));
    });
}

#[guide(levels)]
fn of_levels(x: &[f64]) {
    let slope = param!("slope", 0.5);
    plate!("row", x.len(), subsample(8), |i| {
        sample!("level", Normal::new(slope * x.at(i), param!("scale", 1.0, Positive)));
        sample!("switch", Bernoulli::logits(slope));
    });
}

#[test]
fn steps_by_importance_weights_allocate_nothing() {
    let x: Vec<f64> = (0..40).map(|i| f64::from(i).sin()).collect();
    macro_rules! count {
        ($($objective:expr),*) => {$(
            let mut svi = Svi::new(levels(&x), of_levels(&x), $objective, Adam::new(0.01)).seed(2);
            let counted = allocations(50, || {
                svi.step().expect("a step");
            });
            assert_eq!(counted, 0, "{}", stringify!($objective));
        )*};
    }
    count!(Iwae::new(3), Vimco::new(3), Renyi::new(0.5, 3), WakeSleep::new(3));
}

#[model]
fn summed(x: &Array2<f64>) {
    let weights = param!("weights", [0.2, 0.3, 0.5], Simplex);
    let mean = param!("mean", 0.5);
    plate!("sequence", x.nrows(), |i| {
        let kind = sample!("kind", Categorical::new(weights), enumerate).to_real();
        markov!("time", x.ncols(), 0, |before, t| {
            let stays = 0.2 + 0.6 * before.to_real();
            let state = sample!("state", Bernoulli::new(stays), enumerate);
            observe!("x", Normal::new(mean * kind + state.to_real(), 1.0), x.at(i).at(t));
            state
        });
    });
}

#[guide(summed)]
fn nothing(_x: &Array2<f64>) {}

#[test]
fn steps_that_sum_sites_out_allocate_nothing() {
    let x = Array2::from_shape_fn((6, 9), |(i, t)| ((i * 7 + t * 3) as f64).sin());
    macro_rules! count {
        ($($objective:expr),*) => {$(
            let mut svi = Svi::new(summed(&x), nothing(&x), $objective, Adam::new(0.01));
            let counted = allocations(50, || {
                svi.step().expect("a step");
            });
            assert_eq!(counted, 0, "{}", stringify!($objective));
        )*};
    }
    count!(Elbo::default(), Evidence::new());
}

#[model]
fn switches(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let switch = sample!("switch", Bernoulli::new(0.3));
        observe!("x", Normal::new(switch.to_real(), 1.0), x.at(i));
    });
}

#[test]
fn steps_of_each_estimator_allocate_nothing() {
    let x: Vec<f64> = (0..40).map(|i| f64::from(i).sin()).collect();
    macro_rules! count {
        ($level:ident; $($name:ident: [$($estimator:tt)*],)*) => {$(
            #[guide(switches)]
            fn $name(x: &[f64]) {
                let $level = param!("level", 0.0);
                plate!("row", x.len(), |i| {
                    let logits = param!("slope", 0.5) * x.at(i) + 0.0 * $level;
                    sample!("switch", Bernoulli::logits(logits), $($estimator)*);
                });
            }

            let mut svi = Svi::new(switches(&x), $name(&x), Elbo::default(), Adam::new(0.01)).seed(2);
            let counted = allocations(50, || {
                svi.step().expect("a step");
            });
            assert_eq!(counted, 0, "{}", stringify!($name));
        )*};
    }
    count! {
        level;
        score: [Score::new()],
        average: [Score::baseline(DecayingAverage::new(0.9))],
        standardised: [Score::baseline(Standardised::new(0.9))],
        given: [Score::baseline(Given(level))],
        learned: [Score::baseline(Learned(level))],
        three_parts: [Score::baseline((Learned(level), Standardised::new(0.9)))],
        self_critical: [Score::baseline(SelfCritical)],
        leave_one_out: [LeaveOneOut::samples(2)],
        arm: [Arm],
        dis_arm: [DisArm],
        sum_and_sample: [SumAndSample::new(1)],
        measure_valued: [MeasureValued],
        enumerated: [enumerate],
    }
}

#[model]
fn arrays_of_categories(x: &[f64], first: &Array2<f64>) {
    let shared = param!("shared", first);
    plate!("row", x.len(), |i| {
        let kind = sample!("kind", Categorical::logits(first));
        let hidden = sample!("hidden", Categorical::logits(shared), enumerate);
        let mean = (kind.to_tensor() + hidden.to_tensor()).sum();
        observe!("x", Normal::new(mean, 1.0), x.at(i));
    });
    sample!("place", MultivariateNormal::precision(Tensor::zeros(&[4, 3]), Tensor::ones(&[3]).diag()));
}

#[test]
fn steps_of_arrays_of_categories_allocate_nothing() {
    let x: Vec<f64> = (0..20).map(|i| f64::from(i).sin()).collect();
    let first = Array2::from_shape_fn((2, 3), |(t, k)| 0.1 * t as f64 - 0.2 * k as f64);
    macro_rules! count {
        ($($name:ident: [$($estimator:tt)*],)*) => {$(
            #[guide(arrays_of_categories)]
            fn $name(x: &[f64], first: &Array2<f64>) {
                let q = param!("q", first);
                plate!("row", x.len(), |i| {
                    sample!("kind", Categorical::logits(q * x.at(i)), $($estimator)*);
                });
                let tril = param!("tril", init::scaled_identity(3, 0.1), CovarianceCholesky);
                sample!("place", MultivariateNormal::new(Tensor::zeros(&[4, 3]), tril));
            }

            let (model, guide) = (arrays_of_categories(&x, &first), $name(&x, &first));
            let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.01)).seed(2);
            let counted = allocations(50, || {
                svi.step().expect("a step");
            });
            assert_eq!(counted, 0, "{}", stringify!($name));
        )*};
    }
    count! {
        score_of_arrays: [Score::new()],
        self_critical_of_arrays: [Score::baseline(SelfCritical)],
        others_of_arrays: [LeaveOneOut::samples(2)],
        enumerated_arrays: [enumerate],
    }
}

/// Data with a mask and labels, of which some are missing.
fn sequences() -> (Array2<f64>, Vec<usize>, Array2<bool>, Vec<Option<usize>>) {
    let x = Array2::from_shape_fn((6, 5), |(i, t)| ((i * 7 + t * 3) as f64).sin());
    let lengths = (0..6).map(|i| 5 - i % 3).collect();
    let there = Array2::from_shape_fn((6, 5), |(i, t)| (i + t) % 4 != 0);
    let labels = (0..6).map(|i| (i % 2 == 0).then_some(i / 2 % 2)).collect();
    (x, lengths, there, labels)
}

#[model]
fn masked_chains(
    x: &Array2<f64>,
    lengths: &[usize],
    there: &Array2<bool>,
    labels: &[Option<usize>],
    present: &[bool],
) {
    let mean = param!("mean", 0.5);
    plate!("sequence", x.nrows(), mask(present), |i| {
        let kind = sample!("kind", Bernoulli::new(0.3), enumerate, given(labels.at(i))).to_real();
        markov!("time", x.ncols(), (0, 1), lengths(lengths.at(i)), |(first, second), t| {
            let next = sample!("next", Bernoulli::new(0.2 + 0.6 * first.to_real()), enumerate);
            let other = sample!("other", Bernoulli::new(0.7 - 0.4 * second.to_real()), enumerate);
            let loc = mean * kind + next.to_real() - other.to_real();
            observe!("x", Normal::new(loc, 1.0), x.at(i).at(t), mask(there.at(i).at(t)));
            (next, other)
        });
    });
}

#[guide(masked_chains)]
fn no_sites() {}

#[test]
fn masked_chains_with_ends_and_labels_allocate_nothing() {
    let (x, lengths, there, labels) = sequences();
    let present = [true, true, false, true, true, true];
    let model = masked_chains(&x, &lengths, &there, &labels, &present);
    let mut svi = Svi::new(model, no_sites(), Elbo::default(), Adam::new(0.01));
    let counted = allocations(50, || {
        svi.step().expect("a step");
    });
    assert_eq!(counted, 0);
}

#[model]
fn answered_chains(x: &Array2<f64>, lengths: &[usize], there: &Array2<bool>) {
    plate!("sequence", x.nrows(), |i| {
        markov!("time", x.ncols(), (0, 1), lengths(lengths.at(i)), |(first, second), t| {
            let next = sample!("next", Bernoulli::new(0.2 + 0.6 * first.to_real()));
            let other = sample!("other", Bernoulli::new(0.7 - 0.4 * second.to_real()));
            let loc = next.to_real() - other.to_real();
            observe!("x", Normal::new(loc, 1.0), x.at(i).at(t), mask(there.at(i).at(t)));
            (next, other)
        });
    });
}

#[test]
fn chains_of_a_guide_allocate_nothing() {
    let (x, lengths, there, _) = sequences();
    macro_rules! count {
        ($($name:ident: [$($estimator:tt)*],)*) => {$(
            #[guide(answered_chains)]
            fn $name(x: &Array2<f64>, lengths: &[usize]) {
                let (slope, level) = (param!("slope", 0.5), param!("level", -0.2));
                plate!("sequence", x.nrows(), |i| {
                    markov!("time", x.ncols(), (0, 1), lengths(lengths.at(i)), |(first, second), t| {
                        let by = slope * x.at(i).at(t);
                        let next = sample!("next", Bernoulli::logits(by + first.to_real()), $($estimator)*);
                        let other = sample!("other", Bernoulli::logits(level - second.to_real()), $($estimator)*);
                        (next, other)
                    });
                });
            }

            for particles in [1, 2] {
                let model = answered_chains(&x, &lengths, &there);
                let elbo = Elbo::default().particles(particles);
                let mut svi = Svi::new(model, $name(&x, &lengths), elbo, Adam::new(0.01)).seed(2);
                let counted = allocations(50, || {
                    svi.step().expect("a step");
                });
                assert_eq!(counted, 0, "{} with {particles} particles", stringify!($name));
            }
        )*};
    }
    count! {
        averaged: [enumerate],
        drawn: [Score::baseline(DecayingAverage::new(0.9))],
    }
}

/// Lomax's distribution, of a user's own.
struct LomaxFamily;

impl ppl::family::custom::CustomFamily<1> for LomaxFamily {
    type Support = Positive;
    type Gradient = ppl::family::custom::ByDraw<1>;
    const NAME: &'static str = "Lomax";
    const PARAMETERS: [ppl::family::custom::Parameter; 1] =
        [ppl::family::custom::Parameter::positive("shape")];
    const GRADIENT: Self::Gradient =
        ppl::family::custom::ByDraw(|x, [shape]| [-(1.0 + x) * x.ln_1p() / shape]);

    fn log_density(x: f64, [shape]: [f64; 1]) -> ppl::family::Density<f64, 1> {
        let ln = x.ln_1p();
        ppl::family::Density {
            log: shape.ln() - (shape + 1.0) * ln,
            by_value: -(shape + 1.0) / (1.0 + x),
            by_parameter: [1.0 / shape - ln],
        }
    }

    fn draw(random: &mut ppl::family::custom::RandomSource<'_>, [shape]: [f64; 1]) -> f64 {
        (random.exponential() / shape).exp_m1()
    }
}

type Lomax = Custom<LomaxFamily, 1>;

#[model]
fn waits(x: &[f64]) {
    let cuts = sample!("cuts", Sorted::new(Normal::new(0.0, 2.0), 30));
    let shape = sample!("shape", Lomax::new(1.5));
    plate!("row", x.len(), |i| observe!("x", Lomax::new(shape + cuts.at(3).to_real().exp()), x.at(i)));
}

#[guide(waits)]
fn waits_guide(_x: &[f64]) {
    sample!("cuts", Sorted::new(Normal::new(param!("loc", 0.1), param!("scale", 1.0, Positive)), 30));
    sample!("shape", Lomax::new(param!("shape", 2.0, Positive)));
}

#[test]
fn neither_do_a_users_own_distribution_and_a_sorted_vector() {
    let x: Vec<f64> = (0..20).map(|i| 0.1 + (f64::from(i)).sin().abs()).collect();
    for particles in [1, 3] {
        let elbo = Elbo::default().particles(particles);
        let mut svi = Svi::new(waits(&x), waits_guide(&x), elbo, Adam::new(0.01)).seed(2);
        let counted = allocations(30, || {
            svi.step().expect("a step");
        });
        assert_eq!(counted, 0, "with {particles} particles");
    }
}

#[model]
fn crowds(x: &[f64], kept: &[bool]) {
    plate!("row", x.len(), |i| {
        let own = sample!("own", Poisson::new(1.5), enumerate, up_to(4));
        let others = sample!("others", Poisson::new(2.0), mask(kept.at(i)));
        observe!("x", Normal::new(own.to_real() + others.to_real(), 1.0), x.at(i));
    });
}

#[guide(crowds)]
fn crowds_guide(x: &[f64], kept: &[bool]) {
    plate!("row", x.len(), |i| {
        sample!("others", Poisson::new(param!("rate", 1.0, Positive)), enumerate, up_to(5), mask(kept.at(i)));
    });
}

#[test]
fn neither_do_the_first_counts_of_a_list_without_an_end() {
    let (x, kept) = ([1.0, 2.5, 4.0], [true, false, true]);
    let mut svi = Svi::new(crowds(&x, &kept), crowds_guide(&x, &kept), Elbo::default(), Adam::new(0.01));
    let counted = allocations(30, || {
        svi.step().expect("a step");
    });
    assert_eq!(counted, 0);
}
