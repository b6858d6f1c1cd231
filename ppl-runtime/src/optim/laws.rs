//! The laws of [`Optimiser`] as assertions, and reference steps.

use super::{Optimiser, Rows, Schedule};

/// The gradients of the reference steps.
const GRADIENTS: [[f64; 3]; 4] = [[0.3, -2.0, 40.0], [-0.1, -1.0, -0.5], [0.7, 0.0, 3.0], [1.2, 0.5, 0.01]];
const START: [f64; 3] = [1.0, -2.0, 0.5];

type Steps = [[f64; 3]; 4];

pub(super) const ADAM: Steps = [
    [0.9000000033333332, -1.9000000005, 0.400000000025],
    [0.8599781479280808, -1.8067820372085104, 0.33392997778414696],
    [0.7890257503390989, -1.7347242815120456, 0.2782188924095983],
    [0.7087533306339567, -1.689823492686295, 0.232569254541349],
];

pub(super) const ADAM_W: Steps = [
    [0.8700000033333332, -1.8400000005, 0.385000000025],
    [0.8038781478280808, -1.6915820371935104, 0.30737997778339693],
    [0.7088094058042564, -1.5687768203812402, 0.24244749307534635],
    [0.6072727039249866, -1.4768127269440523, 0.18952443041483666],
];

pub(super) const CLIPPED_ADAM: Steps = [
    [0.9100000569209619, -1.9100000316227654, 0.41000004743413987],
    [0.8466820098722193, -1.8290468348260467, 0.3999404894399562],
    [0.7829675312513376, -1.7619715685221682, 0.3655051991517552],
    [0.7224782797076226, -1.7170998710260597, 0.336834060211633],
];

pub(super) const RMS_PROP: Steps = [
    [0.6837722673164919, -1.683772238983162, 0.18377223423316202],
    [0.6304868736579199, -1.3782164044937588, 0.029824656370211478],
    [0.31113389788374723, -1.2254384872490571, -0.0734081554989131],
    [-0.11996147924326839, -1.228344712331105, -0.12511682623133671],
];

pub(super) const MOMENTUM: Steps = [
    [0.97, -1.8, -3.5],
    [0.953, -1.52, -7.050000000000001],
    [0.8676999999999999, -1.268, -10.545000000000002],
    [0.6709299999999999, -1.0912, -13.691500000000001],
];

pub(super) const NESTEROV: Steps = [
    [0.943, -1.62, -7.1000000000000005],
    [0.9377, -1.268, -10.245000000000001],
    [0.7909299999999999, -1.0412, -13.6905],
    [0.4938369999999999, -0.9320799999999999, -16.52335],
];

/// Asserts the values after each of four updates, from an outside source.
pub(super) fn assert_steps(mut optimiser: impl Optimiser<f64>, expected: Steps) {
    let mut values = START;
    optimiser.check().unwrap();
    optimiser.resize(3);
    for ((gradient, expected), count) in GRADIENTS.iter().zip(expected).zip(1..) {
        optimiser.update(&[Rows::new(0..3, count)], gradient, &mut values);
        for (value, expected) in values.iter().zip(expected) {
            assert!(
                (value - expected).abs() < 1e-13 * expected.abs(),
                "update {count}: {values:?}, not {expected}"
            );
        }
    }
}

fn noise(seed: u64) -> f64 {
    ((seed * 7_919 % 1_009) as f64 / 504.5 - 1.0) * 3.0
}

/// Asserts that rows are updated as a vector of their own, that others stay, and that the state survives growth.
pub(super) fn assert_laws<O: Optimiser<f64>>(new: impl Fn() -> O) {
    let n = 37;
    let gradient = |step: u64| -> Vec<f64> { (0..n).map(|i| noise(31 * step + i)).collect() };

    // Two groups of rows, the second one touched in every other step, against two optimisers of their own. The steps
    // that skip it still count for the schedule, so they are updates without elements.
    let (mut all, mut first, mut second) = (new(), new(), new());
    let start: Vec<f64> = (0..n).map(|i| noise(1_000 + i)).collect();
    let (mut values, mut left, mut right) = (start.clone(), start[..20].to_vec(), start[25..].to_vec());
    all.resize(20);
    all.resize(n as usize);
    let mut touched = 0;
    for step in 0..12 {
        let gradient = gradient(step);
        let ours = [Rows::new(0..20, step + 1), Rows::new(25..37, touched + 1)];
        let skip = step % 2 == 1;
        all.update(if skip { &ours[..1] } else { &ours }, &gradient, &mut values);
        first.update(&[Rows::new(0..20, step + 1)], &gradient[..20], &mut left);
        touched += u64::from(!skip);
        let theirs = [Rows::new(0..12, touched)];
        second.update(if skip { &[] } else { &theirs }, &gradient[25..], &mut right);
    }
    assert_eq!(values[..20], left);
    assert_eq!(values[20..25], start[20..25]);
    assert_eq!(values[25..], right);
}

/// Asserts that the rows of a group are updated as by an optimiser with the group's schedule.
pub(super) fn assert_groups<O: Optimiser<f64>>(
    new: impl Fn(Schedule) -> O,
    group: impl Fn(O, &'static str, Schedule) -> O,
) {
    let (rate, other) = (Schedule::constant(0.1), Schedule::exponential(0.3, 0.5, 3));
    let mut all = group(group(new(rate.clone()), "a", Schedule::constant(5.0)), "b", other.clone());
    let (mut first, mut second) = (new(rate), new(other));
    let start: Vec<f64> = (0..37).map(|i| noise(500 + i)).collect();
    let (mut values, mut left, mut right) = (start.clone(), start[..20].to_vec(), start[20..].to_vec());
    all.check().unwrap();
    all.resize(37);
    for step in 0..9 {
        let gradient: Vec<f64> = (0..37).map(|i| noise(17 * step + i)).collect();
        let rows = [Rows::new(0..20, step + 1), Rows::new(20..37, step + 1).in_group(1)];
        all.update(&rows, &gradient, &mut values);
        first.update(&[Rows::new(0..20, step + 1)], &gradient[..20], &mut left);
        second.update(&[Rows::new(0..17, step + 1)], &gradient[20..], &mut right);
    }
    assert_eq!(values[..20], left);
    assert_eq!(values[20..], right);
}

/// Asserts that the optimiser finds the minimum of an elliptic bowl.
pub(super) fn assert_converges(mut optimiser: impl Optimiser<f64>, steps: u64, tolerance: f64) {
    let (target, curvature) = ([1.0, -3.0, 0.2], [1.0, 10.0, 0.5]);
    let mut values = [0.0; 3];
    optimiser.check().unwrap();
    optimiser.resize(3);
    for count in 1..=steps {
        let gradient: [f64; 3] = std::array::from_fn(|i| curvature[i] * (values[i] - target[i]));
        optimiser.update(&[Rows::new(0..3, count)], &gradient, &mut values);
    }
    for (value, target) in values.iter().zip(target) {
        assert!((value - target).abs() < tolerance, "{values:?} after {steps} steps");
    }
}
