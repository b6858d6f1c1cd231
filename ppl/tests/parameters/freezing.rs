//! Frozen parameters stay as they are, bit by bit, and so does what the optimiser knows of them.

use super::*;
use ppl::RunOptions;
use ppl::optim::{AdamW, ClippedAdam, RmsProp};

fn all<M, G, O, P>(svi: &Svi<M, G, O, P>) -> [u64; 4]
where
    M: ppl::Model<Element = f64>,
    M::Sites: ppl::GuidedBy<G::Sites>,
    G: ppl::Guide<Element = f64>,
    O: ppl::objective::Objective<f64>,
    P: ppl::optim::Optimiser<f64>,
{
    ["a_loc", "a_scale", "b_loc", "b_scale"].map(|name| value(svi, name).to_bits())
}

macro_rules! session {
    ($optimiser:expr) => {
        Svi::new(pair(), mean_field(), Elbo::default(), $optimiser).seed(1)
    };
}

#[test]
fn frozen_parameters_stay_and_the_others_move() {
    let mut svi = session!(Adam::new(0.1));
    svi.freeze("a_*").unwrap();
    let before = all(&svi);
    for _ in 0..5 {
        svi.step().unwrap();
    }
    let after = all(&svi);
    assert_eq!(before[..2], after[..2]);
    assert!(before[2] != after[2] && before[3] != after[3]);
    svi.unfreeze("a_loc").unwrap();
    svi.step().unwrap();
    let last = all(&svi);
    assert!(last[0] != after[0] && last[1] == after[1] && last[2] != after[2]);
}

/// The steps of a parameter after a pause are those that it would have taken without one: with a loss that does not depend on the
/// other parameter, and no noise, a session with pauses makes the same way as one without, step for step.
#[test]
fn the_optimisers_state_of_a_frozen_parameter_does_not_move() {
    #[model]
    fn nothing() {
        let _a = sample!("a", Normal::new(1.0, 1.0));
        let _b = sample!("b", Normal::new(-2.0, 1.0));
    }

    #[guide(nothing)]
    fn apart() {
        sample!("a", Normal::new(param!("p_a", 0.0), 1.0));
        sample!("b", Normal::new(param!("q_b", 0.0), 1.0));
    }

    macro_rules! assert_pauses {
        ($($optimiser:expr),* $(,)?) => {$(
            let new = || Svi::new(nothing(), apart(), Elbo::default(), $optimiser);
            let (mut through, mut taking_turns) = (new(), new());
            let (mut steps_of_a, mut steps_of_b) = (0, 0);
            let mut way = vec![["p_a", "q_b"].map(|_| 0.0)];
            for _ in 0..12 {
                through.step().unwrap();
                way.push(["p_a", "q_b"].map(|name| value(&through, name)));
            }
            for turn in 0..12 {
                let turn_of_a = turn % 3 == 0;
                let (rest, moves) = if turn_of_a { ("q_*", "p_*") } else { ("p_*", "q_*") };
                taking_turns.freeze(rest).unwrap();
                taking_turns.unfreeze(moves).unwrap();
                taking_turns.step().unwrap();
                *(if turn_of_a { &mut steps_of_a } else { &mut steps_of_b }) += 1;
                let expected: [f64; 2] = [way[steps_of_a][0], way[steps_of_b][1]];
                let found = ["p_a", "q_b"].map(|name| value(&taking_turns, name));
                assert_eq!(found, expected, "{} in turn {turn}", stringify!($optimiser));
            }
        )*};
    }
    assert_pauses!(
        Adam::new(0.1),
        AdamW::new(0.1).weight_decay(0.3),
        ClippedAdam::new(0.1),
        RmsProp::new(0.01).momentum(0.5),
        Sgd::new(0.1).momentum(0.9),
    );
}

/// A run says that it converged by the parameters that move, and leaves the frozen ones with the same bits: not with a mean of them.
#[test]
fn a_run_is_of_the_others() {
    let options = || RunOptions::default().progress(false).tolerance(0.05);
    let mut svi = session!(Adam::new(0.05));
    svi.set_parameter("a_loc", 0.1).unwrap();
    svi.set_parameter("a_scale", 0.3).unwrap();
    svi.freeze("a_*").unwrap();
    let before = all(&svi);
    let report = svi.run_with(60_000, options()).unwrap();
    let after = all(&svi);
    assert!(report.converged, "{report}");
    assert_eq!(before[..2], after[..2]);
    // With a ~ N(0.1, 0.3) held, b has precision 1/4 + 4 and the mean ((1/4) 0.1 + 4 * 1.7) / (1/4 + 4).
    let (loc, scale) = (value(&svi, "b_loc"), value(&svi, "b_scale"));
    assert!(
        (loc - 6.825 / 4.25).abs() < 0.05 && (scale * 4.25f64.sqrt() - 1.0).abs() < 0.05,
        "{loc} {scale}"
    );
    // Steps that are used up leave averages too.
    svi.unfreeze("*").unwrap();
    svi.freeze("b_loc").unwrap();
    let before = all(&svi);
    svi.run_with(3_001, options()).unwrap();
    assert_eq!(before[2], all(&svi)[2]);
    assert_ne!(before[0], all(&svi)[0]);
}

#[test]
fn a_run_in_which_everything_is_frozen_changes_nothing() {
    let mut svi = session!(Adam::new(0.05));
    svi.freeze("*").unwrap();
    let before = all(&svi);
    svi.run_with(5_000, RunOptions::default().progress(false)).unwrap();
    assert_eq!(before, all(&svi));
    svi.unfreeze("*").unwrap();
    svi.step().unwrap();
    assert_ne!(before, all(&svi));
}

/// The gradient of a frozen parameter can be read, and it can be set.
#[test]
fn a_frozen_parameter_has_a_gradient_and_can_be_set() {
    let mut svi = session!(Adam::new(0.05));
    svi.freeze("a_loc").unwrap();
    assert_ne!(svi.gradient().unwrap().1.get("a_loc").unwrap()[[]], 0.0);
    svi.set_parameter("a_loc", -1.0).unwrap();
    svi.step().unwrap();
    assert_eq!(value(&svi, "a_loc"), -1.0);
}

#[test]
fn patterns_that_match_nothing_or_are_malformed_change_nothing() {
    let (mut svi, mut twin) = (session!(Adam::new(0.1)), session!(Adam::new(0.1)));
    let missing = "no parameter that matches `decoder/*` in this session; there are `a_loc`, `a_scale`, `b_loc`, `b_scale`";
    for first in [true, false] {
        assert_eq!(svi.freeze("decoder/*").unwrap_err().to_string(), missing);
        assert_eq!(svi.unfreeze("decoder/*").unwrap_err().to_string(), missing);
        let malformed =
            "the pattern `a_?` has `?`, which no name of a parameter has; `*` stands for any text";
        assert_eq!(svi.freeze("a_?").unwrap_err().to_string(), malformed);
        assert_eq!(
            svi.freeze("").unwrap_err().to_string(),
            "a pattern of parameters' names is empty; `*` is all of them"
        );
        if first {
            assert_eq!(svi.step().unwrap(), twin.step().unwrap());
        }
        assert_eq!(all(&svi), all(&twin));
    }
}

#[test]
fn a_parameter_that_comes_later_is_frozen_if_its_name_is() {
    let mut svi = Svi::new(groups::switch(), groups::switched(), Elbo::default(), Adam::new(0.01)).seed(4);
    svi.step().unwrap();
    assert!(svi.parameters().get("late_loc").is_err(), "another seed: it is to come later");
    svi.freeze("*").unwrap();
    for _ in 0..60 {
        svi.step().unwrap();
    }
    assert_eq!((value(&svi, "net_p").to_bits(), value(&svi, "late_loc")), (svi_first("net_p"), 2.0));
    svi.unfreeze("late_loc").unwrap();
    for _ in 0..60 {
        svi.step().unwrap();
    }
    assert_ne!(value(&svi, "late_loc"), 2.0);
}

/// What the one parameter is after the first step of that session.
fn svi_first(name: &str) -> u64 {
    let mut svi = Svi::new(groups::switch(), groups::switched(), Elbo::default(), Adam::new(0.01)).seed(4);
    svi.step().unwrap();
    value(&svi, name).to_bits()
}

/// Rows of a subsampled plate, and the phase of sleep, go the same way.
#[test]
fn rows_that_are_visited_stay_too() {
    let data: Vec<f64> = (0..12).map(|i| 3.0 + f64::from(i)).collect();
    let new = || {
        Svi::new(groups::rows(&data, 5), groups::of_rows(&data, 5), Elbo::default(), Adam::new(0.1)).seed(2)
    };
    let mut svi = new();
    svi.freeze("loc").unwrap();
    for _ in 0..4 {
        svi.step().unwrap();
    }
    let dream = svi.dream().unwrap();
    svi.sleep_step(&dream, groups::of_rows(&data, 12)).unwrap();
    svi.step_on(groups::rows(&data, 3), groups::of_rows(&data, 3)).unwrap();
    assert!(svi.parameters().get("loc").unwrap().iter().all(|&loc| loc == 0.0));
    assert!(svi.parameters().get("scale").unwrap().iter().all(|&scale| scale != 1.0));
}
