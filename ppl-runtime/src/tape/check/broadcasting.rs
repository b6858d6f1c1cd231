//! Broadcasting: random programs of elementwise operations over random axes, against an interpreter of one element.

use super::Case;
use super::harness::{Dense, tensor, value};
use crate::value::{Handle, Tensor, Value};
use proptest::prelude::*;

/// A random expression; its leaves are inputs by number.
#[derive(Clone, Debug)]
enum Expression {
    Input(usize),
    Constant(f64),
    Unary(u8, Box<Expression>),
    Binary(u8, Box<Expression>, Box<Expression>),
}

impl Expression {
    /// Records the expression.
    fn record(&self, x: &[Value<f64>]) -> Tensor {
        match self {
            Expression::Input(k) => tensor(x[*k % x.len()]),
            Expression::Constant(c) => Tensor::from_value(Value::constant(*c)),
            Expression::Unary(k, a) => {
                let a = a.record(x);
                match k % 6 {
                    0 => a.tanh(),
                    1 => a.sin(),
                    2 => -a,
                    3 => a.sigmoid(),
                    4 => a.softplus(),
                    _ => a.square().ln_1p(),
                }
            }
            Expression::Binary(k, a, b) => {
                let (a, b) = (a.record(x), b.record(x));
                match k % 4 {
                    0 => a + b,
                    1 => a - b,
                    2 => a * b,
                    _ => a / (b.square() + 1.0),
                }
            }
        }
    }

    /// Computes one element; an input without event dimensions stands for all of them.
    fn element(&self, x: &[Dense], row: &[usize], event: &[usize]) -> f64 {
        match self {
            Expression::Input(k) => x[*k % x.len()].at(row, event),
            Expression::Constant(c) => *c,
            Expression::Unary(k, a) => {
                let a = a.element(x, row, event);
                match k % 6 {
                    0 => a.tanh(),
                    1 => a.sin(),
                    2 => -a,
                    3 => 1.0 / (1.0 + (-a).exp()),
                    4 => a.exp().ln_1p(),
                    _ => (a * a).ln_1p(),
                }
            }
            Expression::Binary(k, a, b) => {
                let (a, b) = (a.element(x, row, event), b.element(x, row, event));
                match k % 4 {
                    0 => a + b,
                    1 => a - b,
                    2 => a * b,
                    _ => a / (b * b + 1.0),
                }
            }
        }
    }
}

fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        8 => (0usize..4).prop_map(Expression::Input),
        1 => (-2.0..2.0).prop_map(Expression::Constant),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            (any::<u8>(), inner.clone()).prop_map(|(k, a)| Expression::Unary(k, Box::new(a))),
            (any::<u8>(), inner.clone(), inner).prop_map(|(k, a, b)| Expression::Binary(
                k,
                Box::new(a),
                Box::new(b)
            )),
        ]
    })
}

/// The sizes of three plates, which of them each input has, and whether it has the event dimensions.
fn extents() -> impl Strategy<Value = (Vec<usize>, Vec<(u8, bool)>, usize)> {
    let sizes = prop_oneof![
        proptest::collection::vec(1usize..4, 3),
        // A long dimension, around the vectors' widths, in each place.
        (0usize..3, 5usize..20).prop_map(|(k, n)| {
            let mut sizes = vec![2; 3];
            sizes[k] = n;
            sizes
        }),
    ];
    (sizes, proptest::collection::vec((0u8..8, any::<bool>()), 4), 0usize..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_random_expression_is_that_of_each_element(
        expression in expressions(),
        (sizes, inputs, rank) in extents(),
    ) {
        let shape = &[3, 2][..rank];
        let mut case = Case::new(&sizes);
        for (mask, whole) in inputs {
            let plates: Vec<usize> = (0..3).filter(|k| mask >> k & 1 != 0).collect();
            case = case.input(&plates, if whole { shape } else { &[] }, -1.5..1.5);
        }
        // Every input is used, so that every adjoint is defined.
        let op = |x: &[Value<f64>], _: &[_]| {
            value(x.iter().fold(expression.record(x), |sum, &v| sum + tensor(v) * 0.5))
        };
        case.check(
            "expression",
            op,
            |x, row, event| expression.element(x, row, event) + x.iter().map(|v| 0.5 * v.at(row, event)).sum::<f64>(),
        );
    }
}

#[test]
fn every_pattern_of_axes() {
    // Each operand along each subset of three plates, with and without an event, and plates of one element.
    for sizes in [[2, 3, 9], [1, 3, 1], [2, 1, 2], [9, 1, 1]] {
        for a in 0..8u8 {
            for b in 0..8u8 {
                let plates = |mask: u8| (0..3).filter(|k| mask >> k & 1 != 0).collect::<Vec<usize>>();
                for (shape_a, shape_b) in [(&[][..], &[][..]), (&[3], &[]), (&[3], &[3])] {
                    Case::new(&sizes)
                        .input(&plates(a), shape_a, -1.0..1.0)
                        .input(&plates(b), shape_b, -1.0..1.0)
                        .check(
                            &format!("{sizes:?} {a} {b}"),
                            |x, _| value(tensor(x[0]) * tensor(x[1]) + tensor(x[0])),
                            |x, row, e| x[0].at(row, e) * (x[1].at(row, e) + 1.0),
                        );
                }
            }
        }
    }
}

/// Returns an element of an array whose shape is broadcast to one with this event position.
fn repeated(x: &Dense, row: &[usize], event: &[usize]) -> f64 {
    let missing = event.len() - x.shape.len();
    let at: Vec<usize> =
        x.shape.iter().zip(&event[missing..]).map(|(&d, &i)| if d == 1 { 0 } else { i }).collect();
    x.at(row, &at)
}

/// Event shapes that fit each other without being equal.
const SHAPES: [(&[usize], &[usize]); 12] = [
    (&[5, 4], &[4]),
    (&[5, 4], &[5, 1]),
    (&[5, 1], &[4]),
    (&[5, 1], &[1, 4]),
    (&[2, 3, 4], &[3, 1]),
    (&[2, 1, 4], &[3, 1]),
    (&[1], &[3]),
    (&[1, 1], &[3]),
    (&[1, 3], &[3]),
    (&[2, 9], &[9]),
    (&[1, 2, 1, 2], &[2, 1, 3, 1]),
    (&[17, 1], &[2]),
];

#[test]
fn event_shapes_are_broadcast() {
    for (one, other) in SHAPES {
        for of in
            [(&[][..], &[][..]), (&[0], &[]), (&[], &[1]), (&[0], &[1]), (&[1], &[0, 1]), (&[0, 1], &[0, 1])]
        {
            for (a, b) in [(one, other), (other, one)] {
                let case = |range: std::ops::Range<f64>| {
                    Case::new(&[2, 3]).input(of.0, a, range.clone()).input(of.1, b, range)
                };
                let what = format!("{a:?} {b:?} along {of:?}");
                case(0.5..2.0).check(
                    &what,
                    |x, _| value(tensor(x[0]) - tensor(x[1])),
                    |x, row, e| repeated(&x[0], row, e) - repeated(&x[1], row, e),
                );
                case(0.5..2.0).check(
                    &what,
                    |x, _| value(tensor(x[0]) / tensor(x[1])),
                    |x, row, e| repeated(&x[0], row, e) / repeated(&x[1], row, e),
                );
            }
        }
    }
    for range in [0.01..0.1, 0.5..2.0, 20.0..100.0] {
        Case::new(&[2]).input(&[0], &[5, 4], range.clone()).input(&[0], &[5, 1], range).check(
            "product with itself and a column",
            |x, _| value(tensor(x[0]) * tensor(x[1]) * tensor(x[0]) + tensor(x[1])),
            |x, row, e| repeated(&x[1], row, e) * (x[0].at(row, e).powi(2) + 1.0),
        );
    }
}

#[test]
fn arrays_of_data_stand_beside_tensors() {
    let data = ndarray::array![[1.0, -2.0, 0.5, 3.0]];
    Case::new(&[2]).input(&[0], &[5, 1], -1.0..1.0).check(
        "data",
        |x, _| value(tensor(x[0]) * &data + Tensor::from(&data) - [0.5, 1.0, 1.5, 2.0]),
        |x, row, e| x[0].at(row, &[e[0], 0]) * data[[0, e[1]]] + data[[0, e[1]]] - 0.5 * (e[1] + 1) as f64,
    );
}

#[test]
fn dimensions_without_elements_are_broadcast() {
    for (of_a, of_b) in [(&[][..], &[][..]), (&[0], &[]), (&[], &[0])] {
        for (a, b) in
            [(&[0][..], &[1][..]), (&[5, 0], &[1]), (&[5, 1], &[0]), (&[0, 4], &[4]), (&[3, 0], &[0])]
        {
            Case::new(&[2]).input(of_a, a, -1.0..1.0).input(of_b, b, -1.0..1.0).check(
                "empty",
                |x, _| value((tensor(x[0]) * tensor(x[1])).sum() + tensor(x[0]).sum() + tensor(x[1]).sum()),
                |x, row, _| x[0].event(row).iter().sum::<f64>() + x[1].event(row).iter().sum::<f64>(),
            );
        }
    }
}

#[test]
fn what_does_not_fit_names_both_shapes() {
    for (a, b) in [(&[5, 4][..], &[5][..]), (&[2, 3], &[3, 2]), (&[0], &[2])] {
        let case = Case::new(&[]).input(&[], a, -1.0..1.0).input(&[], b, -1.0..1.0);
        let values: Vec<Vec<f64>> = case.inputs.iter().map(|i| i.values.clone()).collect();
        let mut recorded = case.record(&values, &|x, _| value(tensor(x[0]) * tensor(x[1])));
        let error = recorded.run.outcome().expect_err("the shapes do not fit").to_string();
        let words = format!("product of elements: the shapes {a:?} and {b:?} do not fit");
        assert!(error.ends_with(&words), "{error}");
    }
}
