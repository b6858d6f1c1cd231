//! Distances to upper ends, beside closed forms at values that round to the end.

use super::*;
use crate::family::beta::BetaFamily;
use crate::family::beta_complement::BetaComplementFamily;
use crate::random::Streams;
use crate::support::Interval;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::ops::draw::DrawLoops;
use crate::tape::walk::Extent;

fn leaf(tape: &mut Tape<f64>, values: &[f64]) -> NodeId {
    let extent = Extent { axes: AxisSet::EMPTY, shape: [values.len()].into() };
    let id = tape.leaf(extent, Deps::NONE, |out| out.copy_from_slice(values));
    tape.mark_parameter(id);
    id
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let close = found == expected || (found / expected - 1.0).abs() < 1e-13;
        assert!(close, "found {found:e}, expected {expected:e}");
    }
}

/// Asserts the complement, its logarithm, the logarithm and the log-odds.
#[track_caller]
fn assert_aspects(tape: &mut Tape<f64>, value: NodeId, rest: &[f64], ln_rest: &[f64], ln: &[f64]) {
    let found = tape.complement(value).unwrap();
    assert_close(tape.value(found), rest);
    let found = tape.aspect(value, Aspect::LnRest).unwrap();
    assert_close(tape.value(found), ln_rest);
    let found = tape.aspect(value, Aspect::Ln).unwrap();
    assert_close(tape.value(found), ln);
    let found = tape.log_odds(value).unwrap();
    let odds: Vec<f64> = ln.iter().zip(ln_rest).map(|(a, b)| a - b).collect();
    assert_close(tape.value(found), &odds);
}

#[test]
fn what_picks_elements_hands_the_complement_on() {
    let mut tape = Tape::<f64>::new();
    let logits = leaf(&mut tape, &[50.0, -1.0, 3.0]);
    let p = tape.bijection(UnitInterval.into(), logits, [3].into());
    let index = leaf(&mut tape, &[2.0, 0.0]);
    let index = tape.view(index, Extent { axes: AxisSet::EMPTY, shape: [2].into() }, 0);
    let (first, stopped) = (tape.slice(p, 0, 0, 1), tape.stop_gradient(p));
    let joined = tape.join(&[first, index], 0);
    let sine = tape.unary(Unary::Sin, node(p));
    // 1 / (1 + e^50), which one minus the value is not.
    let small = 1.928_749_847_963_917_8e-22;
    let complements = |tape: &mut Tape<f64>, id| tape.complement(id).map(|id| tape.value(id).to_vec());
    for id in [p, first, stopped] {
        let found = complements(&mut tape, id).unwrap();
        assert!((found[0] / small - 1.0).abs() < 1e-14, "{found:?}");
    }
    let found = complements(&mut tape, joined).unwrap();
    assert!((found[0] / small - 1.0).abs() < 1e-14 && found[1..] == [-1.0, 1.0], "{found:?}");
    assert_eq!(complements(&mut tape, sine), None);
    // Asking again records nothing, and no derivative passes where it was stopped.
    let complement = tape.complement(p).unwrap();
    assert_eq!(tape.complement(p), Some(complement));
    let of_stopped = tape.complement(stopped).unwrap();
    assert!(tape.node(complement).has_gradient() && !tape.node(of_stopped).has_gradient());
    // The log-odds are those that the value was made of.
    assert_eq!(tape.log_odds(p), Some(logits));
    let odds = tape.log_odds(first).unwrap();
    assert_eq!(tape.value(odds), [50.0]);
}

#[test]
fn functions_tell_their_complements() {
    let mut tape = Tape::<f64>::new();
    let x = leaf(&mut tape, &[-1e-20, -0.5, -40.0]);
    let exponential = tape.unary(Unary::Exp, node(x));
    let rest = [1e-20, 0.393_469_340_287_366_6, 1.0];
    assert_aspects(&mut tape, exponential, &rest, &rest.map(f64::ln), &[-1e-20, -0.5, -40.0]);
    // One minus it, written either way, has the exponential for complement.
    let lack = tape.unary(Unary::ExpM1, node(x));
    let lack = tape.affine(lack, -1.0, 0.0);
    let difference = tape.affine(exponential, -1.0, 1.0);
    for p in [lack, difference] {
        let found = tape.complement(p).unwrap();
        assert_close(tape.value(found), &[1.0, (-0.5_f64).exp(), (-40.0_f64).exp()]);
        let found = tape.aspect(p, Aspect::LnRest).unwrap();
        assert_close(tape.value(found), &[-1e-20, -0.5, -40.0]);
    }
    let y = leaf(&mut tape, &[800.0, 1.0, -800.0]);
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let logistic = |x: f64| (1.0 + (-x).exp()).recip();
    let sigmoid = tape.unary(Unary::Sigmoid, node(y));
    let (rest, ln) = ([-800.0, -1.0, 800.0].map(logistic), [-800.0, -1.0, 800.0].map(|x| -softplus(x)));
    assert_aspects(&mut tape, sigmoid, &rest, &[800.0, 1.0, -800.0].map(|x| -softplus(x)), &ln);
    // (1 + tanh x) / 2 and (1 - tanh x) / 2 are logistic functions of 2 x and -2 x.
    let z = leaf(&mut tape, &[30.0, -0.3, -30.0]);
    let tanh = tape.unary(Unary::Tanh, node(z));
    let (up, down) = (tape.affine(tanh, 0.5, 0.5), tape.affine(tanh, -0.5, 0.5));
    for (p, sign) in [(up, 2.0), (down, -2.0)] {
        let found = tape.complement(p).unwrap();
        assert_close(tape.value(found), &[30.0, -0.3, -30.0].map(|x| logistic(-sign * x)));
        let found = tape.log_odds(p).unwrap();
        assert_close(tape.value(found), &[30.0, -0.3, -30.0].map(|x| sign * x));
    }
}

#[test]
fn powers_and_products_of_values_that_end_at_one() {
    let mut tape = Tape::<f64>::new();
    let logits = leaf(&mut tape, &[50.0, 0.0, -3.0]);
    let p = tape.unary(Unary::Sigmoid, node(logits));
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let logs = [50.0, 0.0, -3.0].map(|x| -softplus(-x));
    for exponent in [2.0, 0.5, 1e-3, 300.0] {
        let power = tape.binary(Binary::Pow, node(p), Arg::constant(exponent)).unwrap();
        let found = tape.complement(power).unwrap();
        assert_close(tape.value(found), &logs.map(|log| -(exponent * log).exp_m1()));
        let found = tape.aspect(power, Aspect::Ln).unwrap();
        assert_close(tape.value(found), &logs.map(|log| exponent * log));
    }
    // A power of the complement that underflows: its logarithm does not.
    let rest = tape.complement(p).unwrap();
    let power = tape.binary(Binary::Pow, node(rest), Arg::constant(100.0)).unwrap();
    let value = tape.affine(power, -1.0, 1.0);
    let found = tape.aspect(value, Aspect::LnRest).unwrap();
    assert_close(tape.value(found), &[50.0, 0.0, -3.0].map(|x| -100.0 * softplus(x)));
    // So does that of a root of it: 1 - sqrt(1 - r) is half of a small r.
    let root = tape.unary(Unary::Sqrt, node(value));
    let found = tape.aspect(root, Aspect::LnRest).unwrap();
    let of_large = |x: f64| (-(0.5 * (-(-100.0 * softplus(x)).exp()).ln_1p()).exp_m1()).ln();
    assert_close(tape.value(found), &[-5000.0 - 2.0_f64.ln(), of_large(0.0), of_large(-3.0)]);
    let product = tape.binary(Binary::Mul, node(p), node(p)).unwrap();
    let found = tape.complement(product).unwrap();
    assert_close(tape.value(found), &logs.map(|log| -(2.0 * log).exp_m1()));
}

#[test]
fn whole_powers_of_what_may_be_negative() {
    let mut tape = Tape::<f64>::new();
    let x = leaf(&mut tape, &[20.0, 0.4, -0.4]);
    let tanh = tape.unary(Unary::Tanh, node(x));
    let square = tape.unary(Unary::Square, node(tanh));
    let cube = tape.binary(Binary::Pow, node(tanh), Arg::constant(3.0)).unwrap();
    let t = 0.4_f64.tanh();
    let tiny = 2.0 / (1.0 + 40.0_f64.exp());
    for (power, expected) in [
        (square, [2.0 * tiny, 1.0 - t * t, 1.0 - t * t]),
        (cube, [3.0 * tiny, 1.0 - t.powi(3), 1.0 + t.powi(3)]),
    ] {
        let found = tape.complement(power).unwrap();
        assert_close(tape.value(found), &expected);
    }
    // Of numbers that need not be probabilities: 1 - (1 - 3)^2.
    let y = leaf(&mut tape, &[3.0]);
    let lack = tape.affine(y, -1.0, 1.0);
    let square = tape.unary(Unary::Square, node(lack));
    let found = tape.complement(square).unwrap();
    assert_eq!(tape.value(found), [-3.0]);
    let fractional = tape.binary(Binary::Pow, node(lack), Arg::constant(9.0)).unwrap();
    assert_eq!(tape.complement(fractional), None);
}

#[test]
fn ends_elsewhere_and_affine_functions() {
    let mut tape = Tape::<f64>::new();
    let logits = leaf(&mut tape, &[50.0, -1.0]);
    let y = tape.bijection(Interval::new(-1.0, 3.0).into(), logits, [2].into());
    let logistic = |x: f64| (1.0 + (-x).exp()).recip();
    let expected = [4.0 * logistic(-50.0), 4.0 * logistic(1.0)];
    // 3 - y, 1 - (y + 1) / 4, and 1 - (2 y - 5).
    let gap = tape.distance(y, -1.0, 3.0).unwrap();
    assert_close(tape.value(gap), &expected);
    let unit = tape.affine(y, 0.25, 0.25);
    let found = tape.complement(unit).unwrap();
    assert_close(tape.value(found), &expected.map(|gap| gap / 4.0));
    let shifted = tape.affine(y, 2.0, -5.0);
    let found = tape.complement(shifted).unwrap();
    assert_close(tape.value(found), &expected.map(|gap| 2.0 * gap));
    // A weighted mean of two values that end at one does.
    let p = tape.unary(Unary::Sigmoid, node(logits));
    let (some, rest) = (tape.affine(p, 0.3, 0.0), tape.affine(unit, 0.7, 0.0));
    let mean = tape.binary(Binary::Add, node(some), node(rest)).unwrap();
    let found = tape.complement(mean).unwrap();
    assert_close(tape.value(found), &[50.0, -1.0].map(|x| logistic(-x)));
    // Of other ends nothing is known, and a sum with one minus it needs nothing.
    assert_eq!(tape.distance(y, -1.0, 2.0), None);
    assert_eq!(tape.distance(y, 1.0, 3.0), None);
    let plain = leaf(&mut tape, &[0.25]);
    let lack = tape.affine(plain, -3.0, 1.0);
    let found = tape.complement(lack).unwrap();
    assert_eq!(tape.value(found), [0.75]);
    assert_eq!(tape.complement(plain), None);
}

#[test]
fn complements_of_what_has_no_end() {
    let mut tape = Tape::<f64>::new();
    // Of two numbers that are no probabilities by themselves one is the rest of the other: either may be asked first.
    let x = leaf(&mut tape, &[1e-20]);
    let rest = tape.affine(x, -1.0, 1.0);
    let odds = tape.log_odds(rest).unwrap();
    assert_close(tape.value(odds), &[-(1e-20_f64.ln())]);
    assert_eq!((tape.complement(rest), tape.log_odds(x)), (Some(x), None));
    // One minus a product of small numbers has the product for complement.
    let logits = leaf(&mut tape, &[-30.0]);
    let p = tape.unary(Unary::Sigmoid, node(logits));
    let both = tape.binary(Binary::Mul, node(p), node(p)).unwrap();
    let either = tape.distance(both, -1.0, 1.0).unwrap();
    let found = tape.complement(either).unwrap();
    assert_eq!(found, both);
    let odds = tape.log_odds(either).unwrap();
    assert_close(tape.value(odds), &[60.0 + 2.0 * (-30.0_f64).exp().ln_1p()]);
}

#[test]
fn draws_are_made_again_and_forgotten() {
    let mut tape = Tape::<f64>::new();
    let draws = DrawLoops::of::<BetaFamily, 2>();
    let p = [Arg::constant(1.0), Arg::constant(0.05), Arg::constant(0.0), Arg::constant(0.0)];
    let domain = Extent { axes: AxisSet::EMPTY, shape: [200].into() };
    let streams = Streams::new(3, 0, 0);
    let value = tape.draw_numbers(&draws, &streams, &p[..2], domain, false, Deps::NONE);
    let before = tape.nodes.len();
    let loops = DrawLoops::of::<BetaComplementFamily, 3>();
    tape.note_draw(Again {
        value,
        end: 1.0,
        starts_at_zero: true,
        loops,
        passes_value: true,
        streams,
        p,
        domain,
        pathwise: false,
        deps: Deps::NONE,
    });
    let rest = tape.complement(value).unwrap();
    let pairs: Vec<(f64, f64)> =
        tape.value(value).iter().zip(tape.value(rest)).map(|(&value, &rest)| (value, rest)).collect();
    assert!(pairs.iter().all(|(value, rest)| (value + rest - 1.0).abs() < 1e-15 && *rest > 0.0));
    assert!(pairs.iter().any(|(_, rest)| *rest < 1e-30), "none has lost its distance");
    // The complement of the complement is the value.
    assert_eq!(tape.complement(rest), Some(value));
    // Behind a place to which the recording is cut back nothing is known.
    tape.nodes.truncate(before);
    tape.forget_known_from(before);
    let again = tape.complement(value).unwrap();
    assert_eq!(again, rest);
    tape.nodes.truncate(value.0 as usize);
    tape.forget_known_from(value.0 as usize);
    assert!(tape.draws_again.is_empty());
}

#[test]
fn logarithms_that_an_operation_tells() {
    let mut tape = Tape::<f64>::new();
    let x = leaf(&mut tape, &[-800.0, 2.0]);
    let exponential = tape.unary(Unary::Exp, node(x));
    assert_eq!(tape.known_logarithm(Unary::Ln, exponential), Some(x));
    let sigmoid = tape.unary(Unary::Sigmoid, node(x));
    let part = tape.slice(sigmoid, 0, 0, 1);
    let log = tape.known_logarithm(Unary::Ln, part).unwrap();
    assert_eq!(tape.value(log), [-800.0]);
    let negative = tape.affine(sigmoid, -1.0, 0.0);
    let log = tape.known_logarithm(Unary::Ln1p, negative).unwrap();
    assert_close(tape.value(log), &[0.0, -(1.0 + 2.0_f64.exp()).ln()]);
    assert_eq!(tape.known_logarithm(Unary::Ln, x), None);
    assert_eq!(tape.known_logarithm(Unary::Ln1p, x), None);
    assert_eq!(tape.known_logarithm(Unary::Sqrt, exponential), None);
}
