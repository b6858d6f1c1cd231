//! Groups of parameters have learning rates of their own.

use super::*;
use ppl::optim::{AdamW, ClippedAdam, RmsProp};

/// The first step of Adam is as long as the rate.
#[test]
fn a_group_has_its_own_rate() {
    let optimiser = Adam::new(0.1).group("*_scale", 0.01);
    let mut svi = Svi::new(pair(), mean_field(), Elbo::default(), optimiser).seed(1);
    svi.step().unwrap();
    let moved = |name: &str, from: f64| (value(&svi, name) - from).abs();
    let stretched = |name: &str, from: f64| (value(&svi, name) / from).ln().abs();
    assert!((moved("a_loc", 0.3) - 0.1).abs() < 1e-6 && (moved("b_loc", 0.1) - 0.1).abs() < 1e-6);
    assert!(
        (stretched("a_scale", 0.7) - 0.01).abs() < 1e-6 && (stretched("b_scale", 0.9) - 0.01).abs() < 1e-6
    );
}

#[test]
fn of_several_groups_that_match_the_last_counts() {
    let optimiser = Adam::new(0.1)
        .group("*", 0.2)
        .group("b_*", 0.3)
        .group("b_loc", 0.4)
        .group("a_*", 0.5)
        .group("*", 0.6);
    let rates = |optimiser| {
        let mut svi = Svi::new(pair(), mean_field(), Elbo::default(), optimiser).seed(1);
        svi.step().unwrap();
        [("a_loc", 0.3), ("b_loc", 0.1)]
            .map(|(name, from)| ((value(&svi, name) - from).abs() * 1e4).round() / 1e4)
    };
    assert_eq!(rates(optimiser), [0.6, 0.6]);
    assert_eq!(rates(Adam::new(0.1).group("*", 0.2).group("b_*", 0.3).group("b_loc", 0.4)), [0.2, 0.4]);
    assert_eq!(rates(Adam::new(0.1).group("b_loc", 0.4).group("b_*", 0.3)), [0.1, 0.3]);
}

/// With a group of all parameters every rule goes the way that it goes with the group's schedule as its own.
#[test]
fn a_group_of_all_is_the_rule_with_the_groups_schedule() {
    let (constant, schedule) = (0.01, Schedule::exponential(0.05, 0.5, 3).after_warmup(2));
    macro_rules! goes_the_same_way {
        ($($new:expr),* $(,)?) => {$(
            let run = |optimiser| {
                let mut svi = Svi::new(pair(), mean_field(), Elbo::default(), optimiser).seed(3);
                for _ in 0..8 {
                    svi.step().unwrap();
                }
                svi.parameters()
            };
            let new = $new;
            assert_eq!(run(new(Schedule::from(constant)).group("*", schedule.clone())), run(new(schedule.clone())));
        )*};
    }
    goes_the_same_way!(
        Adam::new,
        |rate| AdamW::new(rate).weight_decay(0.2),
        |rate| ClippedAdam::new(rate).decay(0.9).weight_decay(0.1),
        |rate| RmsProp::new(rate).momentum(0.5),
        |rate| Sgd::new(rate).momentum(0.5).nesterov().clip_norm(1.0),
    );
}

#[model]
pub(super) fn rows(data: &[f64], batch: usize) {
    plate!("row", data.len(), subsample(batch), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), data.at(i));
    });
}

#[guide(rows)]
pub(super) fn of_rows(data: &[f64], batch: usize) {
    plate!("row", data.len(), subsample(batch), |_i| {
        let loc = param!("loc", 0.0);
        sample!("z", Normal::new(loc, param!("scale", 1.0, Positive)));
    });
}

/// Each row that is visited for the first time takes the first step of Adam, in its group.
#[test]
fn rows_of_a_subsampled_plate_are_in_the_group_of_their_parameter() {
    let data: Vec<f64> = (0..12).map(|i| 3.0 + f64::from(i)).collect();
    let optimiser = Adam::new(0.1).group("scale", 0.01);
    let mut svi = Svi::new(rows(&data, 5), of_rows(&data, 5), Elbo::default(), optimiser).seed(2);
    svi.step().unwrap();
    let parameters = svi.parameters();
    let counts = |name: &str, first: f64, rate: f64, unconstrained: fn(f64) -> f64| {
        let moves = parameters.get(name).unwrap().mapv(|v| (unconstrained(v) - unconstrained(first)).abs());
        let moved = moves.iter().filter(|&&m| (m - rate).abs() < 1e-6).count();
        (moved, moves.iter().filter(|&&m| m == 0.0).count())
    };
    assert_eq!(counts("loc", 0.0, 0.1, |v| v), (5, 7));
    assert_eq!(counts("scale", 1.0, 0.01, f64::ln), (5, 7));
}

#[model]
pub(super) fn switch() {
    let z = sample!("z", Bernoulli::new(0.3), concrete);
    observe!("x", Normal::new(if z { 1.0 } else { -1.0 }, 1.0), 0.4);
    if z {
        let _late = sample!("late", Normal::new(0.0, 1.0));
    }
}

#[guide(switch)]
pub(super) fn switched() {
    let z = sample!("z", Bernoulli::new(param!("net_p", 0.2, UnitInterval)), concrete);
    if z {
        sample!("late", Normal::new(param!("late_loc", 2.0), 1.0));
    }
}

/// A parameter that is first met after some steps joins its group then.
#[test]
fn a_parameter_that_comes_later_joins_its_group() {
    let optimiser = Adam::new(0.001).group("late_*", 0.25);
    let mut svi = Svi::new(switch(), switched(), Elbo::default(), optimiser).seed(4);
    svi.step().unwrap();
    assert!(svi.parameters().get("late_loc").is_err(), "another seed: it is to come later");
    let steps = (1..100).find(|_| {
        svi.step().unwrap();
        svi.parameters().get("late_loc").is_ok()
    });
    assert!(steps.is_some());
    assert!((value(&svi, "late_loc") - 1.75).abs() < 1e-6, "{}", value(&svi, "late_loc"));
}

#[test]
fn what_matches_nothing_is_an_error_that_leaves_the_parameters() {
    let refusal = |optimiser: Adam| {
        let mut svi = Svi::new(pair(), mean_field(), Elbo::default(), optimiser).seed(1);
        let error = svi.step().unwrap_err().to_string();
        assert_eq!((value(&svi, "a_loc"), value(&svi, "b_loc")), (0.3, 0.1));
        assert_eq!(svi.step().unwrap_err().to_string(), error);
        error
    };
    assert_eq!(
        refusal(Adam::new(0.1).group("*_loc", 0.2).group("baseline/*", 0.2)),
        "no parameter that matches `baseline/*` for a group of the optimiser; there are `a_loc`, `a_scale`, `b_loc`, `b_scale`"
    );
    assert_eq!(
        refusal(Adam::new(0.1).group("a_lock", 0.2)),
        "no parameter that matches `a_lock` for a group of the optimiser; did you mean `a_loc`?"
    );
}

#[test]
fn malformed_patterns_and_rates_are_errors() {
    let refusal = |optimiser: Sgd| {
        let mut svi = Svi::new(pair(), mean_field(), Elbo::default(), optimiser).seed(1);
        let error = svi.step().unwrap_err().to_string();
        assert_eq!(value(&svi, "a_loc"), 0.3);
        error
    };
    assert_eq!(
        refusal(Sgd::new(0.1).group("", 0.1)),
        "a pattern of parameters' names is empty; `*` is all of them"
    );
    assert_eq!(
        refusal(Sgd::new(0.1).group("a_**", 0.1)),
        "the pattern `a_**` has `**`; one `*` stands for any text, `/` included"
    );
    assert_eq!(
        refusal(Sgd::new(0.1).group("a_loc", -0.1)),
        "the group `a_loc`: the learning rate must be positive and finite, got -0.1"
    );
}
