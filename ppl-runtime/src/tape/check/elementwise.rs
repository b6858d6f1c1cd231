//! Functions of one and of two numbers, at three scales, for both kinds and in every order of operands.

use super::Case;
use super::harness::{real, tensor, value};
use crate::kernel::math;
use crate::value::{Real, Tensor, Value};

type Range = std::ops::Range<f64>;

/// Checks a function of one number: for scalars with and without axes and for arrays, of lengths around a vector's.
#[track_caller]
fn function(
    what: &str,
    of_real: impl Fn(Real) -> Real,
    of_tensor: impl Fn(Tensor) -> Tensor,
    twin: impl Fn(f64) -> f64,
    ranges: &[Range],
) {
    for range in ranges {
        for plates in [&[][..], &[1], &[7], &[8], &[3, 7]] {
            let all: Vec<usize> = (0..plates.len()).collect();
            Case::new(plates).input(&all, &[], range.clone()).check(
                what,
                |x, _| value(of_real(real(x[0]))),
                |x, row, _| twin(x[0].at(row, &[])),
            );
        }
        Case::new(&[2]).input(&[0], &[3, 3], range.clone()).check(
            what,
            |x, _| value(of_tensor(tensor(x[0]))),
            |x, row, event| twin(x[0].at(row, event)),
        );
    }
}

macro_rules! functions {
    ($($test:ident: $name:ident, $twin:expr, $ranges:expr;)*) => {$(
        #[test]
        fn $test() {
            function(stringify!($name), |x| x.$name(), |x| x.$name(), $twin, $ranges);
        }
    )*};
}

functions! {
    exp: exp, f64::exp, &[-0.1..0.1, -2.0..2.0, 5.0..20.0];
    ln: ln, f64::ln, &[0.05..0.1, 0.5..2.0, 10.0..1000.0];
    ln_1p: ln_1p, f64::ln_1p, &[-0.05..0.05, -0.5..2.0, 10.0..1000.0];
    exp_m1: exp_m1, f64::exp_m1, &[-0.1..0.1, -2.0..2.0, 5.0..20.0];
    sqrt: sqrt, f64::sqrt, &[0.05..0.1, 0.5..2.0, 10.0..1000.0];
    square: square, |x| x * x, &[-0.1..0.1, -2.0..2.0, 10.0..100.0];
    recip: recip, f64::recip, &[0.05..0.1, -2.0..-0.5, 10.0..100.0];
    tanh: tanh, f64::tanh, &[-0.1..0.1, -2.0..2.0, 3.0..6.0];
    sigmoid: sigmoid, |x: f64| 1.0 / (1.0 + (-x).exp()), &[-0.1..0.1, -2.0..2.0, -20.0..-5.0];
    softplus: softplus, |x: f64| if x > 30.0 { x } else { x.exp().ln_1p() }, &[-0.1..0.1, -2.0..2.0, -20.0..40.0];
    relu: relu, |x: f64| x.max(0.0), &[0.05..0.1, -2.0..-0.5, 10.0..100.0];
    sin: sin, f64::sin, &[-0.1..0.1, -2.0..2.0, 10.0..20.0];
    cos: cos, f64::cos, &[-0.1..0.1, -2.0..2.0, 10.0..20.0];
    abs: abs, f64::abs, &[0.05..0.1, -2.0..-0.5, 10.0..100.0];
    ln_gamma: ln_gamma, math::ln_gamma, &[0.05..0.1, 0.5..3.0, 10.0..100.0];
    digamma: digamma, math::digamma, &[0.05..0.1, 0.5..3.0, 10.0..100.0];
    erf: erf, math::erf, &[-0.1..0.1, -1.0..1.0, 1.0..2.5];
    elu: elu, |x: f64| if x > 0.0 { x } else { x.exp_m1() }, &[0.05..0.1, -2.0..-0.5, 10.0..100.0];
    silu: silu, |x: f64| x / (1.0 + (-x).exp()), &[-0.1..0.1, -2.0..2.0, 10.0..20.0];
    gelu: gelu, |x: f64| 0.5 * x * math::erfc(-x / 2f64.sqrt()), &[-0.1..0.1, -2.0..2.0, -6.0..-4.0];
    negation: square_of_negation, |x| x * x, &[-0.1..0.1, -2.0..2.0, 10.0..100.0];
}

trait SquareOfNegation: Sized + Copy {
    fn square_of_negation(self) -> Self;
}

impl SquareOfNegation for Real {
    fn square_of_negation(self) -> Real {
        (-self) * (-self)
    }
}

impl SquareOfNegation for Tensor {
    fn square_of_negation(self) -> Tensor {
        (-self) * (-self)
    }
}

#[test]
fn integer_powers() {
    for n in [-3, -2, -1, 0, 1, 2, 3, 4] {
        let ranges = [0.05..0.1, -2.0..-0.5, 10.0..20.0];
        function(&format!("powi {n}"), |x| x.powi(n), |x| x.powi(n), |x| x.powi(n), &ranges);
    }
}

#[test]
fn powers_by_a_number() {
    for p in [-1.5, 0.0, 0.5, 1.0, 2.5] {
        let ranges = [0.05..0.1, 0.5..2.0, 10.0..20.0];
        function(&format!("powf {p}"), |x| x.powf(p), |x| x.powf(p), |x| x.powf(p), &ranges);
    }
}

#[test]
fn powers_by_a_value() {
    for range in [0.05..0.1, 0.5..2.0, 10.0..20.0] {
        Case::new(&[3, 9]).input(&[0], &[], range.clone()).input(&[1], &[], -2.0..2.0).check(
            "powf",
            |x, _| value(real(x[0]).powf(real(x[1]))),
            |x, row, _| x[0].at(row, &[]).powf(x[1].at(row, &[])),
        );
        Case::new(&[3]).input(&[0], &[4], range).input(&[], &[], -2.0..2.0).check(
            "powf of an array",
            |x, _| value(tensor(x[0]).powf(real(x[1]))),
            |x, row, event| x[0].at(row, event).powf(x[1].at(row, &[])),
        );
    }
}

/// Returns the value and the derivative of a function at one point.
fn at(x: f64, op: impl Fn(Real) -> Real) -> (f64, f64) {
    let case = Case::new(&[]).given(&[], &[], vec![x]);
    let mut recorded = case.record(&[vec![x]], &|x, _| value(op(real(x[0]))));
    recorded.sweep(&[1.0]);
    (recorded.run.tape.value(recorded.out)[0], recorded.run.tape.adjoint(recorded.leaves[0])[0])
}

#[test]
fn edges_have_the_documented_derivative() {
    assert_eq!(at(0.0, |x| x.relu()), (0.0, 0.0));
    assert_eq!(at(0.0, |x| x.abs()), (0.0, 0.0));
    assert_eq!(at(-1.5, |x| x.abs()), (1.5, -1.0));
    assert_eq!(at(0.0, |x| x.powi(0)), (1.0, 0.0));
    assert_eq!(at(0.0, |x| x.powi(1)), (0.0, 1.0));
    assert_eq!(at(0.0, |x| x.powi(2)), (0.0, 0.0));
    assert_eq!(at(0.0, |x| x.powi(3)), (0.0, 0.0));
    assert_eq!(at(0.0, |x| x.powf(0.0)), (1.0, 0.0));
    assert_eq!(at(0.0, |x| x.powf(1.0)), (0.0, 1.0));
    assert_eq!(at(f64::INFINITY, |x| x.powi(0)), (1.0, 0.0));
    assert_eq!(at(-2.0, |x| x.powi(3)), (-8.0, 12.0));
    assert_eq!(at(-2.0, |x| x.powi(-1)), (-0.5, -0.25));
    assert_eq!(at(2.0, |x| x.powi(-3)), (0.125, -3.0 / 16.0));
    // The derivative by the exponent at a base of zero.
    assert_eq!(at(2.0, |x| Real::from(0.0).powf(x)), (0.0, 0.0));
    // The extremes stay finite.
    assert_eq!(at(800.0, |x| x.softplus()), (800.0, 1.0));
    assert_eq!(at(-800.0, |x| x.softplus()), (0.0, 0.0));
    assert_eq!(at(-800.0, |x| x.sigmoid()), (0.0, 0.0));
    assert_eq!(at(800.0, |x| x.sigmoid()), (1.0, 0.0));
    assert_eq!(at(800.0, |x| x.tanh()), (1.0, 0.0));
    assert!(at(f64::NAN, |x| x.relu()).0.is_nan());
    // The activations at zero, at the extremes and at what is no number.
    assert_eq!(at(0.0, |x| x.elu()), (0.0, 1.0));
    assert_eq!(at(0.0, |x| x.silu()), (0.0, 0.5));
    assert_eq!(at(0.0, |x| x.gelu()), (0.0, 0.5));
    assert_eq!(at(0.0, |x| x.leaky_relu(0.25)), (0.0, 0.25));
    for limit in [800.0, f64::INFINITY] {
        assert_eq!(at(limit, |x| x.elu()), (limit, 1.0));
        assert_eq!(at(limit, |x| x.silu()), (limit, 1.0));
        assert_eq!(at(limit, |x| x.gelu()), (limit, 1.0));
        assert_eq!(at(-limit, |x| x.elu()), (-1.0, 0.0));
        assert_eq!(at(-limit, |x| x.silu()), (0.0, 0.0));
        assert_eq!(at(-limit, |x| x.gelu()), (0.0, 0.0));
    }
    for f in [|x: Real| x.elu(), |x: Real| x.silu(), |x: Real| x.gelu(), |x: Real| x.leaky_relu(0.25)] {
        assert!(at(f64::NAN, f).0.is_nan());
    }
    // Of equal values the first takes the derivative; what is no number is passed on.
    assert_eq!(at(1.0, |x| x.maximum(1.0)), (1.0, 1.0));
    assert_eq!(at(1.0, |x| Real::from(1.0).maximum(x)), (1.0, 0.0));
    assert_eq!(at(1.0, |x| x.minimum(1.0)), (1.0, 1.0));
    assert_eq!(at(1.0, |x| x.clamp(1.0, 2.0)), (1.0, 1.0));
    assert_eq!(at(2.0, |x| x.clamp(1.0, 2.0)), (2.0, 1.0));
    assert_eq!(at(3.0, |x| x.clamp(1.0, 2.0)), (2.0, 0.0));
    assert_eq!(at(0.0, |x| x.clamp(1.0, 2.0)), (1.0, 0.0));
    assert!(at(f64::NAN, |x| x.maximum(1.0)).0.is_nan());
    assert!(at(f64::NAN, |x| Real::from(1.0).minimum(x)).0.is_nan());
    assert!(at(f64::NAN, |x| x.abs()).0.is_nan());
}

#[test]
fn constants_fold_to_the_same_numbers() {
    let pairs: [One; 20] = [
        (|x| x.exp(), "exp"),
        (|x| x.ln(), "ln"),
        (|x| x.ln_1p(), "ln_1p"),
        (|x| x.exp_m1(), "exp_m1"),
        (|x| x.sqrt(), "sqrt"),
        (|x| x.square(), "square"),
        (|x| x.recip(), "recip"),
        (|x| x.tanh(), "tanh"),
        (|x| x.sigmoid(), "sigmoid"),
        (|x| x.softplus(), "softplus"),
        (|x| x.relu(), "relu"),
        (|x| x.sin(), "sin"),
        (|x| x.cos(), "cos"),
        (|x| x.abs(), "abs"),
        (|x| x.ln_gamma(), "ln_gamma"),
        (|x| x.digamma(), "digamma"),
        (|x| x.erf(), "erf"),
        (|x| x.elu(), "elu"),
        (|x| x.silu(), "silu"),
        (|x| x.gelu(), "gelu"),
    ];
    for (f, name) in pairs {
        let folded = value(f(Real::from(0.7))).as_constant().expect("a constant");
        assert_eq!(folded, at(0.7, f).0, "{name}");
    }
}

type One = (fn(Real) -> Real, &'static str);
type Two = (&'static str, fn(Real, Real) -> Real, fn(f64, f64) -> f64);

const OPERATORS: [Two; 4] = [
    ("+", |a, b| a + b, |a, b| a + b),
    ("-", |a, b| a - b, |a, b| a - b),
    ("*", |a, b| a * b, |a, b| a * b),
    ("/", |a, b| a / b, |a, b| a / b),
];

macro_rules! each_operator {
    ($check:ident) => {
        $check!("+", +);
        $check!("-", -);
        $check!("*", *);
        $check!("/", /);
    };
}

#[test]
fn operators_of_two_scalars() {
    for range in [0.05..0.1, 0.5..2.0, -20.0..-10.0] {
        for (what, op, twin) in OPERATORS {
            Case::new(&[3, 9]).input(&[0, 1], &[], range.clone()).input(&[1], &[], range.clone()).check(
                what,
                |x, _| value(op(real(x[0]), real(x[1]))),
                |x, row, _| twin(x[0].at(row, &[]), x[1].at(row, &[])),
            );
            // Both operands are the same node.
            Case::new(&[9]).input(&[0], &[], range.clone()).check(
                what,
                |x, _| value(op(real(x[0]), real(x[0])) + real(x[0])),
                |x, row, _| twin(x[0].at(row, &[]), x[0].at(row, &[])) + x[0].at(row, &[]),
            );
        }
    }
}

#[test]
fn operators_with_numbers() {
    macro_rules! check {
        ($what:literal, $op:tt) => {
            for range in [0.05..0.1, 0.5..2.0, -20.0..-10.0] {
                let case = Case::new(&[9]).input(&[0], &[], range.clone());
                case.check($what, |x, _| value(real(x[0]) $op 1.7), |x, row, _| x[0].at(row, &[]) $op 1.7);
                case.check($what, |x, _| value(1.7 $op real(x[0])), |x, row, _| 1.7 $op x[0].at(row, &[]));
                let case = Case::new(&[2]).input(&[0], &[2, 5], range);
                case.check($what, |x, _| value(tensor(x[0]) $op 1.7), |x, row, e| x[0].at(row, e) $op 1.7);
                case.check($what, |x, _| value(1.7 $op tensor(x[0])), |x, row, e| 1.7 $op x[0].at(row, e));
            }
        };
    }
    each_operator!(check);
}

#[test]
fn operators_of_arrays_and_scalars() {
    macro_rules! check {
        ($what:literal, $op:tt) => {
            for range in [0.05..0.1, 0.5..2.0, -20.0..-10.0] {
                for (one, other) in [(&[0][..], &[1][..]), (&[1], &[0]), (&[0, 1], &[]), (&[], &[0]), (&[], &[])] {
                    let case = Case::new(&[2, 3]).input(one, &[2, 5], range.clone()).input(other, &[], range.clone());
                    case.check(
                        $what,
                        |x, _| value(tensor(x[0]) $op real(x[1])),
                        |x, row, e| x[0].at(row, e) $op x[1].at(row, &[]),
                    );
                    case.check(
                        $what,
                        |x, _| value(real(x[1]) $op tensor(x[0])),
                        |x, row, e| x[1].at(row, &[]) $op x[0].at(row, e),
                    );
                    let case = Case::new(&[2, 3]).input(one, &[2, 5], range.clone()).input(other, &[2, 5], range.clone());
                    case.check(
                        $what,
                        |x, _| value(tensor(x[0]) $op tensor(x[1])),
                        |x, row, e| x[0].at(row, e) $op x[1].at(row, e),
                    );
                }
            }
        };
    }
    each_operator!(check);
}

#[test]
fn a_stopped_value_is_a_constant() {
    Case::new(&[3]).input(&[0], &[], 0.5..2.0).input(&[], &[], 0.5..2.0).check_value(
        "stop_gradient",
        &|x: &[Value<f64>], _: &[_]| value(real(x[0]).stop_gradient() * real(x[1])),
        |x, row, _| x[0].at(row, &[]) * x[1].at(row, &[]),
    );
    let (y, dy) = at(1.5, |x| x * x.stop_gradient());
    assert_eq!((y, dy), (2.25, 1.5));
    let case = Case::new(&[]).given(&[], &[], vec![2.0]);
    let recorded = case.record(&[vec![2.0]], &|x, _| value(real(x[0]).exp().stop_gradient()));
    assert!(!recorded.run.tape.node(recorded.out).has_gradient());
}
