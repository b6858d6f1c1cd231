//! Chains of rows that end at different steps, against the same rows run alone: behind its end a row keeps its last state, and has
//! no draws.

use super::*;
use ndarray::{Array2, Array3, ArrayD, Axis, arr1, arr2};

const STEPS: usize = 3;
const LENGTHS: [usize; 4] = [1, 3, 2, 0];
const FIRST: f64 = 0.25;
const A: f64 = 0.5;

/// What drives each row; behind its end it is no number.
const INPUTS: [&[f64]; 4] = [&[0.3], &[-0.6, 1.1, 0.4], &[1.7, -0.2], &[]];

fn inputs() -> Array2<f64> {
    Array2::from_shape_fn((4, STEPS), |(i, t)| INPUTS[i].get(t).copied().unwrap_or(f64::NAN))
}

/// The states of a row alone, the first one before its first step.
fn states_of(row: usize) -> Vec<f64> {
    let mut states = vec![FIRST];
    for x in INPUTS[row] {
        states.push(A * states[states.len() - 1] + x);
    }
    states
}

/// The state of a row after step `t`, or after its last one.
fn state(row: usize, t: usize) -> f64 {
    states_of(row)[(t + 1).min(LENGTHS[row])]
}

/// The derivative of a row's last state by `A`.
fn slope(row: usize) -> f64 {
    let before = states_of(row);
    (0..LENGTHS[row]).fold(0.0, |slope, t| A * slope + before[t])
}

fn log_normal(x: f64, loc: f64) -> f64 {
    -0.5 * (x - loc).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

#[model]
fn filtered(x: &Array2<f64>, lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        let a = param!("a", A);
        let states = markov!("time", STEPS, FIRST, lengths(lengths.at(i)), |prev, t| {
            prev * a + x.at(i).at(t).to_real()
        });
        observe!("y", Normal::new(states.at(STEPS - 1).to_real(), 1.0), 0.7);
    });
}

#[guide(filtered)]
fn nothing(_x: &Array2<f64>, _lengths: &[usize]) {}

#[test]
fn the_last_state_of_a_row_is_that_of_its_own_last_step() {
    let x = inputs();
    let mut svi = Svi::new(filtered(&x, &LENGTHS), nothing(&x, &LENGTHS), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    let last = |row: usize| state(row, STEPS - 1);
    close(step.loss, -(0..4).map(|row| log_normal(0.7, last(row))).sum::<f64>(), 1e-14);
    for row in 0..4 {
        close(gradient.get("a").unwrap()[[row]], (last(row) - 0.7) * slope(row), 1e-14);
    }
}

#[model]
fn alone(x: &[f64]) {
    let a = param!("a", A);
    let states = markov!("time", x.len(), FIRST, |prev, t| prev * a + x.at(t));
    observe!("y", Normal::new(states.at(x.len() - 1).to_real(), 1.0), 0.7);
}

#[guide(alone)]
fn without(_x: &[f64]) {}

#[test]
fn a_row_has_the_loss_and_the_gradient_that_it_has_alone() {
    for row in 0..3 {
        let x = inputs().index_axis(Axis(0), row).to_owned().insert_axis(Axis(0));
        let lengths = [LENGTHS[row]];
        let mut svi =
            Svi::new(filtered(&x, &lengths), nothing(&x, &lengths), Elbo::default(), Adam::new(0.1));
        let mut twin = Svi::new(alone(INPUTS[row]), without(INPUTS[row]), Elbo::default(), Adam::new(0.1));
        let ((found, ours), (expected, theirs)) = (svi.gradient().unwrap(), twin.gradient().unwrap());
        assert_eq!(found, expected);
        assert_eq!(ours.get("a").unwrap()[[0]], theirs.get("a").unwrap()[[]]);
    }
}

#[model]
fn plain() {
    plate!("row", 4, |_| sample!("z", Normal::new(0.0, 1.0)));
}

#[guide(plain)]
fn by_states(x: &Array2<f64>, lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        let a = param!("a", A);
        let states = markov!("time", STEPS, FIRST, lengths(lengths.at(i)), |prev, t| {
            prev * a + x.at(i).at(t).to_real()
        });
        sample!("z", Normal::new(states.at(STEPS - 1).to_real(), 1.0));
    });
}

#[test]
fn a_guide_has_the_last_states_of_rows_too() {
    let x = inputs();
    for particles in [1, 3] {
        let elbo = Elbo::default().particles(particles);
        let mut svi = Svi::new(plain(), by_states(&x, &LENGTHS), elbo, Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        let last = |row: usize| state(row, STEPS - 1);
        close(step.loss, (0..4).map(|row| 0.5 * last(row).powi(2)).sum(), 1e-14);
        for row in 0..4 {
            close(gradient.get("a").unwrap()[[row]], last(row) * slope(row), 1e-14);
        }
    }
}

/// So small a scale that draws are their location.
const TINY: f64 = 1e-12;

#[model]
fn of_two_parts(x: &Array3<f64>, codes: &Array2<usize>, lengths: &[usize], any: &Array2<f64>) {
    let first = param!("first", arr1(&[FIRST, -1.0]));
    plate!("row", lengths.len(), |i| {
        let (s, k) = markov!("time", STEPS, (first, 5), lengths(lengths.at(i)), |(prev, _k), t| {
            (prev * A + x.at(i).at(t), codes.at(i).at(t))
        });
        observe!("s", Normal::new(s, TINY), any);
        observe!("k", Normal::new(k.at(STEPS - 1).to_real(), TINY), 0.0);
    });
}

#[test]
fn every_part_of_a_state_is_held() {
    let x = Array3::from_shape_fn((4, STEPS, 2), |(i, t, d)| match INPUTS[i].get(t) {
        Some(x) => x * (1.0 + d as f64),
        None => f64::NAN,
    });
    let codes = Array2::from_shape_fn((4, STEPS), |(i, t)| 10 * i + t);
    let any = Array2::zeros((STEPS, 2));
    let draws = ppl::prior_predictive(of_two_parts(&x, &codes, &LENGTHS, &any), 2, 1).unwrap();
    let (s, k) = (draws.get("s").unwrap(), draws.get("k").unwrap());
    assert_eq!(s.shape(), [2, 4, STEPS, 2]);
    for draw in 0..2 {
        for row in 0..4 {
            let code = LENGTHS[row].checked_sub(1).map_or(5, |t| 10 * row + t);
            close(k[[draw, row]], code as f64, 1e-10);
            let mut other = vec![-1.0];
            other.extend(INPUTS[row].iter().scan(-1.0, |s, x| {
                *s = A * *s + 2.0 * x;
                Some(*s)
            }));
            for t in 0..STEPS {
                close(s[[draw, row, t, 0]], state(row, t), 1e-10);
                close(s[[draw, row, t, 1]], other[(t + 1).min(LENGTHS[row])], 1e-10);
            }
        }
    }
}

#[model]
fn walk(lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        let states = markov!("time", STEPS, FIRST, lengths(lengths.at(i)), |prev, _t| {
            let x = sample!("x", Normal::new(prev, 1.0));
            observe!("seen", Normal::new(x, TINY), 0.0);
            x
        });
        observe!("last", Normal::new(states.at(STEPS - 1).to_real(), TINY), 0.0);
    });
}

/// Checks that draws are numbers up to the ends of the rows, and none behind them, and what the last state was.
fn assert_ends(draws: &ppl::results::Draws) {
    let (x, last) = (draws.get("x").unwrap(), draws.get("last").unwrap());
    for draw in 0..draws.count() {
        for row in 0..4 {
            for t in 0..STEPS {
                assert_eq!(x[[draw, row, t]].is_nan(), t >= LENGTHS[row], "{x}");
            }
            let expected = LENGTHS[row].checked_sub(1).map_or(FIRST, |t| x[[draw, row, t]]);
            close(last[[draw, row]], expected, 1e-10);
        }
    }
}

#[test]
fn draws_behind_an_end_are_not_there() {
    let draws = ppl::prior_predictive(walk(&LENGTHS), 5, 1).unwrap();
    assert_ends(&draws);
    let (x, seen) = (draws.get("x").unwrap(), draws.get("seen").unwrap());
    assert!(x.iter().zip(seen).all(|(x, seen)| x.is_nan() == seen.is_nan()));
}

#[guide(walk)]
fn drawn(lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        let loc = param!("loc", vec![0.3; STEPS]);
        markov!("time", STEPS, 0.0, lengths(lengths.at(i)), |_prev, t| {
            sample!("x", Normal::new(loc.at(t).to_real(), 0.5))
        });
    });
}

#[test]
fn posterior_draws_behind_an_end_are_not_there() {
    let mut svi = Svi::new(walk(&LENGTHS), drawn(&LENGTHS), Elbo::default(), Adam::new(0.1)).seed(3);
    let joint = svi.posterior().joint(40).unwrap();
    assert_ends(&joint);
    assert_eq!(svi.posterior().predictive(40).unwrap().get("last").unwrap(), joint.get("last").unwrap());
    // A dream is data for programs, which may not be NaN where they do not look.
    assert!(svi.dream().unwrap().get("x").unwrap().iter().all(|x| x.is_finite()));
}

#[model]
fn steps(lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        let states = markov!("time", STEPS, FIRST, lengths(lengths.at(i)), |_prev, _t| {
            sample!("x", Normal::new(0.0, 1.0))
        });
        observe!("last", Normal::new(states.at(STEPS - 1).to_real(), 1.0), 2.0);
    });
}

#[guide(steps)]
fn pathwise(lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        let loc = param!("loc", vec![0.3; STEPS]);
        markov!("time", STEPS, 0.0, lengths(lengths.at(i)), |_prev, t| {
            sample!("x", Normal::new(loc.at(t).to_real(), 0.5))
        });
    });
}

#[test]
fn later_steps_give_a_row_no_gradient() {
    for particles in [1, 3] {
        let elbo = Elbo::default().particles(particles);
        let mut svi = Svi::new(steps(&LENGTHS), pathwise(&LENGTHS), elbo, Adam::new(0.1)).seed(5);
        let (_, gradient) = svi.gradient().unwrap();
        let gradient = gradient.get("loc").unwrap();
        for row in 0..4 {
            for t in 0..STEPS {
                let found = gradient[[row, t]];
                // The divergence has the derivative 0.3 at each step that is there; the last one moves the observation too.
                match (t + 1).cmp(&LENGTHS[row]) {
                    std::cmp::Ordering::Less => close(found, 0.3, 1e-14),
                    std::cmp::Ordering::Equal => assert!((found - 0.3).abs() > 0.1, "{gradient}"),
                    std::cmp::Ordering::Greater => assert_eq!(found, 0.0),
                }
            }
        }
    }
}

#[test]
fn values_behind_an_end_are_not_read() {
    let draws = ppl::prior_predictive(steps(&LENGTHS), 1, 1).unwrap();
    let x = draws.get("x").unwrap().index_axis(Axis(0), 0).to_owned();
    let mut expected = 0.0;
    for row in 0..4 {
        expected += (0..LENGTHS[row]).map(|t| log_normal(x[[row, t]], 0.0)).sum::<f64>();
        expected += log_normal(2.0, LENGTHS[row].checked_sub(1).map_or(FIRST, |t| x[[row, t]]));
    }
    close(ppl::log_density(steps(&LENGTHS), &Values::new().with("x", x)).unwrap(), expected, 1e-13);
}

#[test]
fn a_row_without_steps_needs_a_first_state_of_the_same_shape() {
    #[model]
    fn grows(x: &Array3<f64>, lengths: &[usize]) {
        let first = param!("first", arr1(&[0.0; 3]));
        plate!("row", lengths.len(), |i| {
            markov!("time", 1, first, lengths(lengths.at(i)), |_prev, t| x.at(i).at(t));
        });
    }
    let x = Array3::zeros((2, 1, 2));
    assert!(ppl::prior_predictive(grows(&x, &[1, 1]), 1, 1).is_ok());
    let error = ppl::prior_predictive(grows(&x, &[1, 0]), 1, 1).unwrap_err().to_string();
    let expected = "a row without steps keeps the first state, which has the shape [3] where the states after it have [2]";
    assert!(error.contains(expected), "{error}");
}

const STICKY: [[f64; 2]; 2] = [[0.75, 0.25], [0.25, 0.75]];

#[model]
fn hidden(y: &Array2<usize>, lengths: &[usize], table: &Array2<f64>) {
    plate!("row", lengths.len(), |i| {
        markov!("time", STEPS, 0, lengths(lengths.at(i)), |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
            observe!("y", Categorical::new(table.at(z)), y.at(i).at(t));
            z
        });
    });
}

#[guide(hidden)]
fn summed(_y: &Array2<usize>, _lengths: &[usize], _table: &Array2<f64>) {}

#[test]
fn assignments_behind_an_end_are_told_from_an_outcome() {
    let (table, y) = (arr2(&STICKY), arr2(&[[1, 1, 1], [0, 0, 1], [1, 1, 0], [1, 0, 0]]));
    let mut svi =
        Svi::new(hidden(&y, &LENGTHS, &table), summed(&y, &LENGTHS, &table), Elbo::default(), Adam::new(0.1));
    let likeliest = svi.posterior().likeliest(1).unwrap();
    let assigned = svi.posterior().assignments(50).unwrap();
    let marginals = svi.posterior().marginals(1).unwrap();
    for row in 0..4 {
        let length = LENGTHS[row];
        for t in 0..STEPS {
            let there = |z: f64| if t < length { z == 0.0 || z == 1.0 } else { z.is_nan() };
            assert!((0..50).all(|draw| there(assigned.get("z").unwrap()[[draw, row, t]])));
            assert!(there(likeliest.get("z").unwrap()[[0, row, t]]));
            let sum: f64 = (0..2).map(|z| marginals.get("z").unwrap()[[row, t, z]]).sum();
            if t < length {
                close(sum, 1.0, 1e-14);
            } else {
                assert!(sum.is_nan());
            }
        }
        if length == 0 {
            continue;
        }
        // The row alone.
        let own = y.index_axis(Axis(0), row).slice(ndarray::s![..length]).to_owned();
        let joint = |path: usize| -> f64 {
            let mut before = 0;
            let step = |t: usize| {
                let z = path >> t & 1;
                STICKY[std::mem::replace(&mut before, z)][z] * STICKY[z][own[t]]
            };
            (0..length).map(step).product()
        };
        let best = (0..1 << length).max_by(|&a, &b| joint(a).total_cmp(&joint(b))).unwrap();
        let evidence: f64 = (0..1 << length).map(joint).sum();
        let path: ArrayD<f64> = likeliest.get("z").unwrap().index_axis(Axis(0), 0).to_owned();
        let found = (0..length).map(|t| (path[[row, t]] as usize) << t).sum::<usize>();
        close(joint(found), joint(best), 1e-14);
        for t in 0..length {
            let one = (0..1 << length).filter(|path| path >> t & 1 == 1).map(joint).sum::<f64>() / evidence;
            close(marginals.get("z").unwrap()[[row, t, 1]], one, 1e-13);
        }
    }
}

#[test]
fn a_hidden_chain_of_a_simulation_ends_too() {
    let (table, y) = (arr2(&STICKY), Array2::zeros((4, STEPS)));
    let draws = ppl::prior_predictive(hidden(&y, &LENGTHS, &table), 20, 1).unwrap();
    for name in ["z", "y"] {
        for (place, value) in draws.get(name).unwrap().indexed_iter() {
            assert_eq!(value.is_nan(), place[2] >= LENGTHS[place[1]]);
        }
    }
}
