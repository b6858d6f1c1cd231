//! Files that contradict themselves, as no saved one does: loading them is an error or gives a session that works.

use super::array::Array;
use super::file::SavedState;
use crate::dist::{Bernoulli, Normal};
use crate::estimator::{Baseline, Score};
use crate::optim::Adam;
use crate::program::address::Name;
use crate::program::batch::Whole;
use crate::program::model::{guide, model};
use crate::program::param::param;
use crate::program::plate::plate;
use crate::program::site::{guide_site, model_site, observe};
use crate::support::{Boolean, Interval, Positive, Simplex};
use crate::{AnyGuide, Elbo, Svi, Tensor};
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;

/// Returns a session of programs with nested plates, calls of nothing, parameters on several supports, and baselines.
macro_rules! session {
    () => {{
        let coins = model::<AnyGuide, f64, _, _>(|| {
            plate::<f64, _, _, _>(Name::new("group"), 2, Whole, |_| {
                plate::<f64, _, _, _>(Name::new("row"), 3, Whole, |_| {
                    let z =
                        model_site::<f64, Boolean, _>(Name::new("z"), Bernoulli::new(0.3)).draw().to_real();
                    observe::<f64, _, _>(Name::new("x"), Normal::new(z, 1.0), 0.7);
                });
            });
        });
        let proposal = guide::<AnyGuide, f64, _, _>(|| {
            let weights: Tensor = param::<f64, _, _>(Name::new("weights"), || [0.2, 0.3, 0.5], Simplex);
            plate::<f64, _, _, _>(Name::new("group"), 2, Whole, |_| {
                let scale = param::<f64, _, _>(Name::new("scale"), || 1.5, Positive);
                plate::<f64, _, _, _>(Name::new("row"), 3, Whole, |_| {
                    let logit = param::<f64, _, _>(Name::new("logit"), || 0.2, Interval::new(-3.0, 3.0));
                    let score = Score::baseline(Baseline::Default);
                    let logits = logit * scale + weights.sum();
                    guide_site::<f64, Boolean, _>(Name::new("z"), Bernoulli::logits(logits)).by(score).draw();
                });
            });
        });
        Svi::new(coins, proposal, Elbo::default(), Adam::new(0.1)).seed(3)
    }};
}

fn state() -> SavedState {
    let mut svi = session!();
    for _ in 0..3 {
        svi.step().unwrap();
    }
    svi.freeze("scale").unwrap();
    svi.fit().saved().unwrap()
}

/// Loads a state into a new session and uses it: nothing may panic. Returns whether it was taken.
fn is_taken(state: &SavedState) -> bool {
    let mut svi = session!();
    let taken = svi.fit().go_on_with(state, Path::new("damaged")).is_ok();
    let finite = svi.step().is_ok();
    // A refused state leaves a session that works, whatever is in the file.
    assert!(taken || finite);
    drop((svi.parameters(), svi.parts(), svi.posterior().draws(2)));
    drop(state.restored_run::<f64>().map(|run| crate::Parameters::of(&run)));
    drop(state.restored_run::<f32>().map(|run| crate::Parameters::of(&run)));
    taken
}

/// Changes the leaf of a JSON value that `at` counts down to; returns whether there was one.
fn change(value: &mut Value, at: &mut usize, by: &Change) -> bool {
    match value {
        Value::Array(items) => {
            if *at == 0 {
                match by {
                    Change::Number(_) => items.reverse(),
                    Change::Text(_) => drop(items.pop()),
                    Change::Twice => items.extend(items.first().cloned()),
                }
                return true;
            }
            *at -= 1;
            items.iter_mut().any(|item| change(item, at, by))
        }
        Value::Object(entries) => entries.values_mut().any(|item| change(item, at, by)),
        leaf => {
            if *at > 0 {
                *at -= 1;
                return false;
            }
            *leaf = match (by, &leaf) {
                (Change::Number(n), Value::Number(_)) => (*n).into(),
                (Change::Text(text), Value::String(_)) => text.as_str().into(),
                (_, Value::Bool(b)) => (!*b).into(),
                (Change::Twice, Value::Number(n)) => n.as_u64().map_or(0, |n| n.wrapping_add(1)).into(),
                _ => Value::Null,
            };
            true
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Number(u64),
    Text(String),
    Twice,
}

fn changes() -> impl Strategy<Value = Change> {
    let numbers = prop_oneof![0_u64..8, Just(u64::from(u32::MAX)), Just(1 << 40), Just(u64::MAX)];
    let texts = [
        "row", "group", "z", "scale", "logit", "weights", "Positive", "Simplex", "Bounded", "-3", "NaN",
        "1e999", "",
    ];
    prop_oneof![
        numbers.prop_map(Change::Number),
        prop::sample::select(texts.to_vec()).prop_map(|text| Change::Text(text.to_owned())),
        Just(Change::Twice),
    ]
}

fn fills() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0_u64..8, Just(u64::MAX), Just(u64::MAX - 1), Just(f64::NAN.to_bits())]
}

#[test]
fn what_was_saved_is_taken() {
    assert!(is_taken(&state()));
}

#[test]
fn states_without_one_of_their_arrays_or_with_another_are_refused() {
    let whole = state();
    for name in whole.arrays.keys() {
        let mut without = whole.clone();
        without.arrays.remove(name);
        assert!(!is_taken(&without), "without {name}");
        let mut other = whole.clone();
        other.arrays.insert(name.clone(), Array::new(vec![2, 1], [1.0, 2.0].into_iter()));
        assert!(!is_taken(&other), "{name}");
    }
    let mut more = whole.clone();
    more.arrays.insert("optimiser/third".to_owned(), Array::new(vec![1], [1.0].into_iter()));
    assert!(!is_taken(&more));
}

#[test]
fn averages_of_other_widths_are_refused() {
    for widths in [vec![5], vec![7], vec![u64::MAX], vec![3, 3], vec![]] {
        let mut other = state();
        let array = Array::new(vec![widths.len()], widths.iter().copied());
        let old = other.arrays.insert("objective/averages/widths".to_owned(), array).unwrap();
        assert!(old.read::<u64>().unwrap().eq([6]));
        assert!(!is_taken(&other), "{widths:?}");
    }
}

#[test]
fn a_short_file_cannot_ask_for_much_memory() {
    let mut huge = state();
    let simplex = huge.schema.parameters.iter_mut().find(|p| p.name == "weights").unwrap();
    simplex.shape = vec![1 << 20, 1 << 20, 1];
    huge.arrays.insert(
        "parameters/weights".to_owned(),
        Array::new(vec![1 << 20, 1 << 20, 0], std::iter::empty::<f64>()),
    );
    let refusal = huge.restored_run::<f64>().map(|_| ()).unwrap_err();
    assert_eq!(refusal, "has a parameter `weights` that cannot have the shape [1048576, 1048576, 1]");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_schema_makes_a_session_panic(at in 0_usize..80, by in changes(), again in 0_usize..80, more in changes()) {
        let mut damaged = state();
        let mut schema = serde_json::to_value(&damaged.schema).unwrap();
        change(&mut schema, &mut { at }, &by);
        change(&mut schema, &mut { again }, &more);
        if let Ok(schema) = serde_json::from_value(schema) {
            damaged.schema = schema;
            is_taken(&damaged);
        }
    }

    #[test]
    fn no_numbers_make_a_session_panic(which in 0_usize..20, len in 0_usize..40, fill in fills()) {
        let mut damaged = state();
        let names: Vec<String> = damaged.arrays.keys().cloned().collect();
        let array = damaged.arrays.get_mut(&names[which % names.len()]).unwrap();
        let len = if array.shape.len() == 1 { len } else { array.shape.iter().product() };
        if array.shape.len() == 1 {
            array.shape = vec![len];
        }
        array.bytes = std::iter::repeat_n(fill.to_le_bytes(), len).flatten().collect();
        is_taken(&damaged);
    }
}
