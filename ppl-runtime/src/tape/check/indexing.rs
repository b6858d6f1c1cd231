//! Indexing by numbers, by plates and by discrete values, and the stacks of plates.

use super::Case;
use super::harness::{integers, real, tensor, value};
use crate::program::address::Name;
use crate::program::batch::{Subsample, Whole};
use crate::program::plate::plate;
use crate::value::{At, Tensor};
use ndarray::{Array2, Array3};

#[test]
fn by_a_number() {
    for (plates, of) in [(&[][..], &[][..]), (&[3], &[0]), (&[2, 3], &[0, 1]), (&[2, 3], &[1])] {
        for shape in [&[4][..], &[4, 2], &[4, 2, 3]] {
            for k in 0..4 {
                Case::new(plates).input(of, shape, -1.0..1.0).check(
                    "at",
                    |x, _| value(tensor(x[0]).at(k).sin()),
                    |x, row, e| x[0].at(row, &[&[k], e].concat()).sin(),
                );
            }
        }
    }
}

#[test]
fn by_a_plate() {
    // The indexed array lies outside of the plate, inside of it, along other plates, or along the plate itself.
    let sizes = [4, 3, 2];
    for (p, &size) in sizes.iter().enumerate() {
        for mask in 0..8u8 {
            let of: Vec<usize> = (0..3).filter(|k| mask >> k & 1 != 0).collect();
            for rest in [&[][..], &[2]] {
                let shape = [&[size], rest].concat();
                Case::new(&sizes).input(&of, &shape, -1.0..1.0).input(&[], &[], -1.0..1.0).check(
                    &format!("at plate {p} of {of:?}"),
                    |x, i| value(tensor(x[0]).at(i[p]) * real(x[1]) + tensor(x[0]).sum()),
                    |x, row, e| {
                        let at = [&[row[p]], e].concat();
                        x[0].at(row, &at) * x[1].at(row, &[]) + x[0].event(row).iter().sum::<f64>()
                    },
                );
            }
        }
    }
}

#[test]
fn by_a_subsampled_plate() {
    for p in 0..3 {
        for mask in 0..8u8 {
            let of: Vec<usize> = (0..3).filter(|k| mask >> k & 1 != 0).collect();
            let case = Case::new(&[5, 5, 5]).subsampled(0, 3).subsampled(1, 2).subsampled(2, 4);
            let rows = case.rows(p);
            assert_eq!(rows.len(), [3, 2, 4][p]);
            case.input(&of, &[5, 2], -1.0..1.0).check(
                "at a subsample",
                |x, i| value(tensor(x[0]).at(i[p]).sin()),
                |x, row, e| x[0].at(row, &[rows[row[p]], e[0]]).sin(),
            );
        }
    }
}

#[test]
fn by_a_discrete_value() {
    let index = |len: usize| (0..len).map(|k| (k * 7 + 1) % 4).collect::<Vec<usize>>();
    let sizes = [2, 3, 2];
    for of_x in 0..8u8 {
        for of_index in 0..8u8 {
            let plates = |mask: u8| (0..3).filter(|k| mask >> k & 1 != 0).collect::<Vec<usize>>();
            let (px, pi) = (plates(of_x), plates(of_index));
            let chosen = index(pi.iter().map(|&p| sizes[p]).product());
            for rest in [&[][..], &[2]] {
                let shape = [&[4], rest].concat();
                Case::new(&sizes).input(&px, &shape, -1.0..1.0).check(
                    &format!("at discrete {px:?} {pi:?}"),
                    |x, _| value(tensor(x[0]).at(integers(&pi, &chosen)).sin()),
                    |x, row, e| {
                        let k = pi.iter().fold(0, |at, &p| at * sizes[p] + row[p]);
                        x[0].at(row, &[&[chosen[k]], e].concat()).sin()
                    },
                );
            }
        }
    }
}

#[test]
fn by_a_constant_discrete_value() {
    Case::new(&[2]).input(&[0], &[4], -1.0..1.0).check(
        "at a constant",
        |x, _| value(tensor(x[0]).at(crate::Discrete::from(2)).sin()),
        |x, row, _| x[0].at(row, &[2]).sin(),
    );
}

#[test]
fn data_by_a_plate() {
    let flat: Vec<f64> = (0..5).map(|k| k as f64 + 0.5).collect();
    let matrix = Array2::from_shape_fn((5, 3), |(i, j)| (10 * i + j) as f64);
    let cube = Array3::from_shape_fn((5, 3, 2), |(i, j, k)| (100 * i + 10 * j + k) as f64);
    let turned = cube.view().reversed_axes();
    let counts: Vec<u32> = (0..5).map(|k| k * k).collect();
    for m in [5, 3] {
        let case = Case::new(&[5, 3]);
        let case = if m == 5 { case } else { case.subsampled(0, m) };
        let rows = case.rows(0);
        let case = case.input(&[0], &[], -1.0..1.0);
        case.check(
            "vector data",
            |x, i| value(real(x[0]) * flat.at(i[0])),
            |x, row, _| x[0].at(row, &[]) * flat[rows[row[0]]],
        );
        case.check(
            "matrix data",
            |x, i| value(real(x[0]) * matrix.at(i[0])),
            |x, row, e| x[0].at(row, &[]) * matrix[[rows[row[0]], e[0]]],
        );
        case.check(
            "matrix data by two plates",
            |x, i| value(real(x[0]) * matrix.at(i[0]).at(i[1])),
            |x, row, _| x[0].at(row, &[]) * matrix[[rows[row[0]], row[1]]],
        );
        case.check(
            "cube by two plates",
            |x, i| value(real(x[0]) * cube.at(i[0]).at(i[1])),
            |x, row, e| x[0].at(row, &[]) * cube[[rows[row[0]], row[1], e[0]]],
        );
        case.check(
            "a view in another order",
            |x, i| value(real(x[0]) * turned.at(1).at(i[1]).at(i[0])),
            |x, row, _| x[0].at(row, &[]) * cube[[rows[row[0]], row[1], 1]],
        );
        case.check(
            "integers",
            |x, i| value(real(x[0]) * counts.at(i[0]).to_real()),
            |x, row, _| x[0].at(row, &[]) * f64::from(counts[rows[row[0]]]),
        );
        case.check(
            "data by a discrete value",
            |x, i| value(real(x[0]) * matrix.at([2usize, 0, 4, 1, 3][..].at(i[0]))),
            |x, row, e| x[0].at(row, &[]) * matrix[[[2, 0, 4, 1, 3][rows[row[0]]], e[0]]],
        );
        case.check(
            "data by a number",
            |x, _| value(real(x[0]) * matrix.at(3)),
            |x, row, e| x[0].at(row, &[]) * matrix[[3, e[0]]],
        );
    }
}

#[test]
fn a_stack_of_the_inner_plate() {
    for outer in [&[][..], &[2], &[2, 3]] {
        let all: Vec<usize> = (0..outer.len()).collect();
        for rest in [&[][..], &[2]] {
            let shape = [&[4], rest].concat();
            Case::new(outer).input(&all, &shape, -1.0..1.0).input(&all, &[], -1.0..1.0).check(
                "inner stack",
                |x, _| {
                    let stack: Tensor = plate::<f64, _, _, _>(Name::new("inner"), 4, Whole, |k| {
                        tensor(x[0]).at(k).sin() * real(x[1])
                    });
                    value(stack)
                },
                |x, row, e| x[0].at(row, e).sin() * x[1].at(row, &[]),
            );
        }
    }
}

#[test]
fn a_stack_of_the_outer_plate() {
    // The plate opened first is the outer axis, here inside the plate opened second.
    for rest in [&[][..], &[2]] {
        let shape = [&[4], rest].concat();
        Case::new(&[]).input(&[], &shape, -1.0..1.0).input(&[], &[3], -1.0..1.0).check(
            "outer stack",
            |x, _| {
                plate::<f64, _, _, _>(Name::new("first"), 4, Whole, |_| ());
                let stack: Tensor = plate::<f64, _, _, _>(Name::new("second"), 3, Whole, |j| {
                    let row: Tensor = plate::<f64, _, _, _>(Name::new("first"), 4, Whole, |i| {
                        tensor(x[0]).at(i) * tensor(x[1]).at(j).to_real()
                    });
                    row.sin()
                });
                value(stack)
            },
            |x, _, e| (x[1].at(&[], &e[..1]) * x[0].at(&[], &e[1..])).sin(),
        );
    }
}

#[test]
fn stacks_of_several_values_and_of_constants() {
    Case::new(&[2]).input(&[0], &[3], -1.0..1.0).input(&[0], &[], -1.0..1.0).check(
        "tuple",
        |x, _| {
            let (a, b, c) = plate::<f64, _, _, _>(Name::new("inner"), 3, Whole, |k| {
                // The second value does not vary along the plate, the third is a constant of it.
                (tensor(x[0]).at(k).sin(), real(x[1]).exp(), crate::Real::from(2.0))
            });
            value(a * b * c)
        },
        |x, row, e| 2.0 * x[0].at(row, e).sin() * x[1].at(row, &[]).exp(),
    );
}

#[test]
fn a_stack_of_a_subsample_has_its_rows() {
    let case = Case::new(&[]).input(&[], &[5], -1.0..1.0);
    let stacked = |x: Tensor| -> Tensor {
        plate::<f64, _, _, _>(Name::new("inner"), 5, Subsample(3), |k| x.at(k).sin())
    };
    let recorded = case.record(&[case.inputs[0].values.clone()], &|x, _| value(stacked(tensor(x[0]))));
    let rows: Vec<usize> = (0..3).map(|k| recorded.run.session.plates.row(0, k)).collect();
    case.check("stack", |x, _| value(stacked(tensor(x[0]))), |x, _, e| x[0].at(&[], &[rows[e[0]]]).sin());
}

#[test]
fn an_index_of_a_stack_goes_back() {
    Case::new(&[2]).input(&[0], &[3], -1.0..1.0).check(
        "stack and index",
        |x, _| {
            let stack: Tensor =
                plate::<f64, _, _, _>(Name::new("inner"), 3, Whole, |k| tensor(x[0]).at(k).sin());
            let again: Tensor =
                plate::<f64, _, _, _>(Name::new("inner"), 3, Whole, |k| stack.at(k) * tensor(x[0]).at(k));
            value(again)
        },
        |x, row, e| x[0].at(row, e).sin() * x[0].at(row, e),
    );
}
