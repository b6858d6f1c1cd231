//! Copies in another order: transposes, reshapes, slices, concatenations, stacks.

use super::Case;
use super::harness::{tensor, value};
use crate::value::Tensor;

const AXES: [(&[usize], &[usize]); 4] = [(&[], &[]), (&[3], &[0]), (&[2, 3], &[0, 1]), (&[2, 3], &[0])];

#[test]
fn transposes() {
    for (plates, of) in AXES {
        Case::new(plates).input(of, &[3, 4], -1.0..1.0).check(
            "transpose",
            |x, _| value(tensor(x[0]).transpose()),
            |x, row, e| x[0].at(row, &[e[1], e[0]]),
        );
        Case::new(plates).input(of, &[2, 3, 4], -1.0..1.0).check(
            "transpose of rank 3",
            |x, _| value(tensor(x[0]).transpose()),
            |x, row, e| x[0].at(row, &[e[0], e[2], e[1]]),
        );
    }
}

#[test]
fn reshapes() {
    for (plates, of) in AXES {
        Case::new(plates).input(of, &[3, 4], -1.0..1.0).check(
            "reshape",
            |x, _| value(tensor(x[0]).reshape(&[2, 2, 3]).square()),
            |x, row, e| x[0].event(row)[(e[0] * 2 + e[1]) * 3 + e[2]].powi(2),
        );
        // A view shares its source's adjoint with every other use.
        Case::new(plates).input(of, &[6], -1.0..1.0).check(
            "reshape and source",
            |x, _| value(tensor(x[0]).reshape(&[2, 3]).reshape(&[6]) * tensor(x[0])),
            |x, row, e| x[0].at(row, e).powi(2),
        );
    }
}

#[test]
fn slices() {
    for (plates, of) in AXES {
        for dim in 0..3 {
            for range in [0..1, 1..3, 0..3, 2..3] {
                let from = range.start;
                Case::new(plates).input(of, &[3, 4, 3], -1.0..1.0).check(
                    &format!("slice {dim} {range:?}"),
                    |x, _| value(tensor(x[0]).slice(dim, range.clone()).sin()),
                    |x, row, e| {
                        let mut at = e.to_vec();
                        at[dim] += from;
                        x[0].at(row, &at).sin()
                    },
                );
            }
        }
    }
}

#[test]
fn an_empty_slice_sums_to_zero() {
    Case::new(&[2]).input(&[0], &[3, 2], -1.0..1.0).check(
        "empty slice",
        |x, _| value(tensor(x[0]).slice(0, 1..1).sum() + tensor(x[0]).sum()),
        |x, row, _| x[0].event(row).iter().sum(),
    );
}

#[test]
fn concatenations() {
    for (one, other) in
        [(&[][..], &[][..]), (&[0], &[]), (&[], &[0]), (&[0], &[1]), (&[1], &[0]), (&[0, 1], &[1])]
    {
        for dim in 0..3 {
            let (mut first, mut second) = ([2, 3, 2], [2, 3, 2]);
            first[dim] = 1;
            second[dim] = 4;
            Case::new(&[2, 3]).input(one, &first, -1.0..1.0).input(other, &second, -1.0..1.0).check(
                &format!("concat {dim}"),
                |x, _| value(Tensor::concat(&[tensor(x[0]), tensor(x[1]), tensor(x[0])], dim).sin()),
                |x, row, e| {
                    let mut at = e.to_vec();
                    let which = match at[dim] {
                        0 => 0,
                        1..=4 => {
                            at[dim] -= 1;
                            1
                        }
                        _ => {
                            at[dim] -= 5;
                            0
                        }
                    };
                    x[which].at(row, &at).sin()
                },
            );
        }
    }
}

#[test]
fn stacks_of_values() {
    for (one, other) in
        [(&[][..], &[][..]), (&[0], &[]), (&[], &[0]), (&[0], &[1]), (&[1], &[0]), (&[0, 1], &[1])]
    {
        for shape in [&[][..], &[2], &[2, 3]] {
            Case::new(&[2, 3]).input(one, shape, -1.0..1.0).input(other, shape, -1.0..1.0).check(
                "stack",
                |x, _| value(Tensor::stack(&[tensor(x[0]), tensor(x[1]), tensor(x[1])]).sin()),
                |x, row, e| x[e[0].min(1)].at(row, &e[1..]).sin(),
            );
        }
    }
}

#[test]
fn a_single_element_as_a_scalar() {
    Case::new(&[3]).input(&[0], &[1, 1], -1.0..1.0).check(
        "to_real",
        |x, _| value(tensor(x[0]).to_real().exp()),
        |x, row, _| x[0].event(row)[0].exp(),
    );
}
