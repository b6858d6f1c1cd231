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
