//! Values that are one of several, element by element.

use super::Case;
use super::harness::{Dense, integers, real, tensor, value};
use crate::value::{At, Tensor, Value};

const AXES: [(&[usize], &[usize]); 6] =
    [(&[], &[]), (&[0], &[]), (&[], &[1]), (&[0], &[1]), (&[1], &[0, 1]), (&[0, 1], &[0, 1])];

const RANGES: [std::ops::Range<f64>; 3] = [0.01..0.1, -2.0..2.0, 10.0..100.0];

/// Returns an element of an array whose shape is broadcast.
fn repeated(x: &Dense, row: &[usize], event: &[usize]) -> f64 {
    let missing = event.len() - x.shape.len();
    let at = x.shape.iter().zip(&event[missing..]).map(|(&d, &i)| if d == 1 { 0 } else { i });
    x.at(row, &at.collect::<Vec<_>>())
}

/// Adds an input whose elements lie on a grid, so that no difference goes past a value from another grid.
fn apart(case: Case, plates: &[usize], shape: &[usize], range: &std::ops::Range<f64>, shift: f64) -> Case {
    let len = plates.iter().map(|&p| case.size(p)).product::<usize>() * shape.iter().product::<usize>();
    let width = (range.end - range.start) / 10.0;
    let values = (0..len).map(|k| range.start + width * ((k * 7 + k / 10) % 10) as f64 + width * shift);
    case.given(plates, shape, values.collect())
}

#[test]
fn larger_and_smaller_values() {
    for range in RANGES {
        for (of_a, of_b) in AXES {
            for (a, b) in [(&[][..], &[][..]), (&[5], &[5]), (&[3, 4], &[4]), (&[3, 1], &[2]), (&[1], &[])] {
                let case = Case::new(&[2, 9]);
                let case = apart(apart(case, of_a, a, &range, 0.2), of_b, b, &range, 0.7);
                case.check(
                    "maximum",
                    |x, _| value(tensor(x[0]).maximum(tensor(x[1]))),
                    |x, row, e| repeated(&x[0], row, e).max(repeated(&x[1], row, e)),
                );
                case.check(
                    "minimum",
                    |x, _| value(tensor(x[0]).minimum(tensor(x[1]))),
                    |x, row, e| repeated(&x[0], row, e).min(repeated(&x[1], row, e)),
                );
                case.check(
                    "leaky_relu",
                    |x, _| value((tensor(x[0]) - 1.0).leaky_relu(tensor(x[1]))),
                    |x, row, e| {
                        let x0 = repeated(&x[0], row, e) - 1.0;
                        if x0 > 0.0 { x0 } else { x0 * repeated(&x[1], row, e) }
                    },
                );
            }
        }
        let middle = (range.start + range.end) / 2.0;
        let high = range.end - 0.13 * (range.end - range.start);
        apart(Case::new(&[3]), &[0], &[7], &range, 0.2).given(&[], &[], vec![high]).check(
            "clamp",
            |x, _| value(tensor(x[0]).clamp(middle, real(x[1])) + real(x[1]) * 0.5),
            |x, row, e| x[0].at(row, e).max(middle).min(x[1].at(row, &[])) + 0.5 * x[1].at(row, &[]),
        );
    }
}

#[test]
fn elements_by_a_mask_of_data() {
    let masks = [true, false, true, true];
    for range in RANGES {
        for (of_a, of_b) in AXES {
            for (a, b) in
                [(&[4][..], &[4][..]), (&[3, 4], &[4]), (&[3, 1], &[]), (&[], &[3, 4]), (&[1], &[4])]
            {
                Case::new(&[2, 3]).input(of_a, a, range.clone()).input(of_b, b, range.clone()).check(
                    "where_data",
                    |x, _| value(tensor(x[0]).where_data(masks, tensor(x[1])) + tensor(x[0]) + tensor(x[1])),
                    |x, row, e| {
                        let (x, y) = (repeated(&x[0], row, e), repeated(&x[1], row, e));
                        (if masks[e[e.len() - 1]] { x } else { y }) + x + y
                    },
                );
            }
        }
    }
}

#[test]
fn elements_by_a_mask_along_plates() {
    let kinds = [1, 0, 1];
    for (of_a, of_b) in AXES {
        let case = Case::new(&[2, 3]).input(of_a, &[], -1.0..1.0).input(of_b, &[], -1.0..1.0);
        case.check(
            "where_data of a `Real`",
            |x, _| value(real(x[0]).where_data(integers(&[1], &kinds), real(x[1])) + real(x[0]) + real(x[1])),
            |x, row, e| {
                let (x, y) = (x[0].at(row, e), x[1].at(row, e));
                (if kinds[row[1]] == 1 { x } else { y }) + x + y
            },
        );
    }
}

/// Returns the value and the adjoints of an operation on two vectors of one shape.
fn sweep(a: Vec<f64>, b: Vec<f64>, seeds: &[f64], op: impl Fn(Tensor, Tensor) -> Tensor) -> [Vec<f64>; 3] {
    let case = Case::new(&[]).given(&[], &[a.len()], a.clone()).given(&[], &[b.len()], b.clone());
    let mut recorded = case.record(&[a, b], &|x: &[Value<f64>], _| value(op(tensor(x[0]), tensor(x[1]))));
    recorded.sweep(seeds);
    let tape = &recorded.run.tape;
    let [x, y] = [0, 1].map(|k| tape.adjoint(recorded.leaves[k]).to_vec());
    [tape.value(recorded.out).to_vec(), x, y]
}

#[test]
fn what_is_not_taken_has_no_derivative() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    // The logarithm and the root have infinite derivatives at zero, and none below.
    let logs = |x: Tensor, y: Tensor| x.ln().where_data([false, true, false], y.sqrt());
    let [value, dx, dy] = sweep(vec![0.0, 2.0, -1.0], vec![4.0, 0.0, 1.0], &[1.0, 1.0, 1.0], logs);
    assert_eq!(value, [2.0, 2f64.ln(), 1.0]);
    assert_eq!((dx, dy), (vec![0.0, 0.5, 0.0], vec![0.25, 0.0, 0.5]));
    // Values that are no numbers.
    let chosen = |x: Tensor, y: Tensor| x.where_data([true, false, true], y * x);
    let [value, dx, dy] = sweep(vec![1.0, nan, 3.0], vec![inf, 0.0, nan], &[1.0, 0.0, 1.0], chosen);
    assert_eq!((value[0], value[1].is_nan(), value[2]), (1.0, true, 3.0));
    assert_eq!((dx, dy), (vec![1.0, 0.0, 1.0], vec![0.0; 3]));
    // Seeds that are no numbers go where the elements came from, and nowhere else.
    let chosen = |x: Tensor, y: Tensor| x.where_data([true, false, true], y);
    let [_, dx, dy] = sweep(vec![1.0; 3], vec![1.0; 3], &[nan, inf, 1.0], chosen);
    assert_eq!((dx[0].is_nan(), &dx[1..]), (true, &[0.0, 1.0][..]));
    assert_eq!(dy, [0.0, inf, 0.0]);
}

#[test]
fn masks_that_do_not_fit_are_errors() {
    let fails = |op: &dyn Fn(Tensor) -> Tensor| {
        let case = Case::new(&[]).given(&[], &[2], vec![1.0, 2.0]);
        case.record(&[vec![1.0, 2.0]], &|x, _| value(op(tensor(x[0])))).run.outcome().unwrap_err().to_string()
    };
    let error = fails(&|x| x.where_data([true, false, true], 0.0));
    assert!(error.ends_with("where_data: the shapes [2], [3] (the mask) and [] do not fit"), "{error}");
    let error = fails(&|x| x.at(0).to_real().where_data(integers_of(&[1, 0]), 1.0).into());
    assert!(error.ends_with("where_data: the mask of a `Real` has the shape [2]"), "{error}");
}

/// Returns a vector of integers.
fn integers_of(values: &[u8]) -> crate::value::Discrete {
    crate::value::whole_integers(values)
}

#[test]
fn long_sums_of_what_is_repeated() {
    use crate::element::Element;
    fn derivative<E: Element>(n: usize) -> f64 {
        use crate::program::{pass::Pass, run::Run};
        use crate::tape::{deps::Deps, walk::Extent};
        let mut run: Run<E> = Run::new(1);
        run.begin(Pass::OBJECTIVE, 1);
        let tape = &mut run.tape;
        let x = tape.scalar(E::of(0.7));
        tape.mark_parameter(x);
        let shape = crate::shape::Shape::vector(n);
        let of = |shape| Extent { axes: crate::tape::axes::AxisSet::EMPTY, shape };
        let mask = tape.leaf(of(shape), Deps::NONE, |out| out.fill(E::one()));
        let out = tape.select(mask, x, x).expect("the shapes fit");
        tape.clear_adjoints();
        tape.adjoint_mut(out).fill(E::of(0.1));
        tape.sweep();
        tape.adjoint(x)[0].as_f64()
    }
    assert!((derivative::<f64>(1000) - 100.0).abs() < 1e-9);
    #[cfg(feature = "f32")]
    assert!((derivative::<f32>(10_000_000) / 1e6 - 1.0).abs() < 1e-5);
}
