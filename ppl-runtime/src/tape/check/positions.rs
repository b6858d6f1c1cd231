//! Running sums, and elements by their positions.

use super::Case;
use super::harness::{tensor, value};
use crate::value::{Discrete, Handle, Tensor, Value};
use ndarray::{ArrayD, IxDyn};

const AXES: [(&[usize], &[usize]); 4] = [(&[], &[]), (&[3], &[0]), (&[2, 3], &[0, 1]), (&[2, 3], &[0])];

#[test]
fn running_sums() {
    for (plates, of) in AXES {
        for dim in 0..3 {
            for scale in [0.01, 1.0, 100.0] {
                Case::new(plates).input(of, &[2, 3, 4], -scale..scale).check(
                    "cumsum",
                    |x, _| value(tensor(x[0]).cumsum(dim)),
                    |x, row, e| {
                        let mut at = e.to_vec();
                        (0..=e[dim])
                            .map(|k| {
                                at[dim] = k;
                                x[0].at(row, &at)
                            })
                            .sum()
                    },
                );
            }
        }
        Case::new(plates).input(of, &[2, 0], -1.0..1.0).input(of, &[1], -1.0..1.0).check(
            "cumsum of nothing, and of one",
            |x, _| {
                value(tensor(x[0]).cumsum(1).sum() + tensor(x[0]).cumsum(0).sum() + tensor(x[1]).cumsum(0))
            },
            |x, row, e| x[1].at(row, e),
        );
    }
}

#[test]
fn positions_of_the_largest() {
    for (plates, of) in AXES {
        for dim in 0..3 {
            Case::new(plates).input(of, &[2, 3, 4], -1.0..1.0).check_value(
                "argmax",
                &|x, _| value(tensor(x[0]).argmax(dim)),
                |x, row, e| {
                    let at = |k: usize| {
                        let mut at = e.to_vec();
                        at.insert(dim, k);
                        x[0].at(row, &at)
                    };
                    let size = x[0].shape[dim];
                    (0..size).find(|&k| (0..size).all(|j| at(j) <= at(k))).expect("one is the largest") as f64
                },
            );
        }
    }
    let of = |values: Vec<f64>| {
        let case = Case::new(&[]).given(&[], &[values.len()], values.clone());
        let recorded = case.record(&[values], &|x, _| value(tensor(x[0]).argmax(0)));
        assert!(!recorded.run.tape.node(recorded.out).has_gradient());
        recorded.run.tape.value(recorded.out)[0]
    };
    assert_eq!(of(vec![1.0, 3.0, 3.0]), 1.0);
    assert_eq!(of(vec![f64::NEG_INFINITY, f64::NEG_INFINITY]), 0.0);
    assert_eq!(of(vec![1.0, f64::NAN, 3.0, f64::NAN]), 1.0);
}

#[test]
fn positions_as_vectors() {
    for (plates, of) in AXES {
        Case::new(plates).input(of, &[2, 3], -1.0..1.0).check(
            "one_hot",
            |x, _| {
                let x = tensor(x[0]);
                value(x.argmax(1).one_hot(3) * x)
            },
            |x, row, e| {
                let at = |k: usize| x[0].at(row, &[e[0], k]);
                if (0..3).all(|k| at(k) <= at(e[1])) { at(e[1]) } else { 0.0 }
            },
        );
    }
}

#[test]
fn elements_by_an_index_along_a_dimension() {
    for (plates, of) in AXES {
        for dim in 0..3 {
            for count in [1, 2, 5, 0] {
                let mut shape = [2, 3, 4];
                let size = shape[dim];
                shape[dim] = count;
                let index = ArrayD::from_shape_fn(IxDyn(&shape), |i| {
                    ((i[0] * 5 + i[1] * 3 + i[2] * 7 + 1) % size) as u32
                });
                Case::new(plates).input(of, &[2, 3, 4], -1.0..1.0).check(
                    &format!("gather {dim} {count}"),
                    |x, _| {
                        let x = tensor(x[0]);
                        let gathered = x.gather(dim, Discrete::from(&index)).sin();
                        value(if count == 0 { Tensor::from(gathered.sum() + x.sum()) } else { gathered })
                    },
                    |x, row, e| {
                        if count == 0 {
                            return x[0].event(row).iter().sum();
                        }
                        let mut at = e.to_vec();
                        at[dim] = index[IxDyn(e)] as usize;
                        x[0].at(row, &at).sin()
                    },
                );
            }
        }
    }
    // An index along plates that the array does not have.
    Case::new(&[2, 3]).input(&[0], &[4], -1.0..1.0).input(&[1], &[4], -1.0..1.0).check(
        "gather by the largest of another array",
        |x, _| {
            let largest: Tensor = Tensor::stack(&[tensor(x[1]).argmax(0).to_real()]);
            value(tensor(x[0]).gather(0, Discrete::from_value(value(largest))) + tensor(x[1]).sum())
        },
        |x, row, _| {
            let others = x[1].event(row);
            let largest = (0..4).find(|&k| others.iter().all(|&o| o <= others[k])).expect("one");
            x[0].at(row, &[largest]) + others.iter().sum::<f64>()
        },
    );
}

/// Returns the error of an operation on one array.
fn error(shape: &[usize], op: impl Fn(Tensor) -> Value<f64>) -> String {
    let values = vec![1.0; shape.iter().product()];
    let case = Case::new(&[]).given(&[], shape, values.clone());
    let mut recorded = case.record(&[values], &|x, _| op(tensor(x[0])));
    recorded.run.outcome().expect_err("it cannot be done").to_string()
}

#[test]
fn what_is_not_there_is_an_error() {
    let ends = |found: String, words: &str| assert!(found.ends_with(words), "{found}");
    ends(error(&[2], |x| value(x.cumsum(1))), "cumsum: there is no dimension 1 in the shape [2]");
    ends(error(&[2], |x| value(x.argmax(1))), "argmax: there is no dimension 1 in the shape [2]");
    ends(error(&[2, 0], |x| value(x.argmax(1))), "argmax: dimension 1 of the shape [2, 0] has no elements");
    let index = ndarray::array![[0_u8, 2]];
    ends(
        error(&[1, 2], |x| value(x.gather(1, Discrete::from(&index)))),
        "index 2 is out of range for a dimension of 2",
    );
    ends(
        error(&[2, 2], |x| value(x.gather(1, Discrete::from(&index)))),
        "gather: expected integers of the shape [2, 2] but for the size of dimension 1, got the shape [1, 2]",
    );
    ends(
        error(&[], |x| value(x.gather(0, Discrete::from(0)))),
        "gather: expected integers of the shape [] but for the size of dimension 0, got the shape []",
    );
    let hot = |k: usize| move |_: Tensor| value(Discrete::from(k).one_hot(3));
    ends(error(&[], hot(3)), "index 3 is out of range for a dimension of 3");
    let negative = |x: Tensor| value(Discrete::from_value(value(x - 2.0)).one_hot::<f64>(3));
    ends(error(&[], negative), "index -1 is out of range for a dimension of 3");
}
