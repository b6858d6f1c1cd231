//! The laws of [`Bijection`] as assertions.

use super::Bijection;
use crate::element::Element;
use crate::shape::Shape;

/// Returns the value at `x`.
fn value<E: Element>(map: &impl Bijection<E>, shape: &[usize], x: &[E]) -> Vec<E> {
    let mut y = vec![E::of(7.0); shape.iter().product()];
    map.forward(x, shape, &mut y);
    y
}

/// Returns the derivatives of `f`'s outputs by input `k`, by six-point central differences.
fn difference(f: impl Fn(&[f64]) -> Vec<f64>, x: &[f64], k: usize) -> Vec<f64> {
    let h = 1e-3 * x[k].abs().max(0.01);
    let at = |step: f64| {
        let mut x = x.to_vec();
        x[k] += step * h;
        f(&x)
    };
    let mut slope = vec![0.0; f(x).len()];
    for (step, weight) in [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)] {
        for ((slope, up), down) in slope.iter_mut().zip(at(step)).zip(at(-step)) {
            *slope += weight * (up - down) / (60.0 * h);
        }
    }
    slope
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1e-5), "{what}: {found}, not {expected}");
}

/// Returns `ln |det|` by Gaussian elimination with pivoting.
fn log_abs_determinant(mut matrix: Vec<Vec<f64>>) -> f64 {
    let n = matrix.len();
    let mut sum = 0.0;
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| matrix[a][k].abs().total_cmp(&matrix[b][k].abs())).unwrap();
        matrix.swap(k, pivot);
        sum += matrix[k][k].abs().ln();
        for i in k + 1..n {
            let factor = matrix[i][k] / matrix[k][k];
            let (above, below) = matrix.split_at_mut(i);
            below[0].iter_mut().zip(&above[k]).for_each(|(below, above)| *below -= factor * above);
        }
    }
    sum
}

/// Returns the coordinates of `y` that determine the others: for each row of the Jacobian in turn, those that are not
/// fixed by the ones before (so that the choice is made from the map and not from the support's name).
fn determining(jacobian: &[Vec<f64>], free: usize) -> Vec<usize> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut chosen = Vec::new();
    for (row, derivatives) in jacobian.iter().enumerate() {
        let mut rest = derivatives.clone();
        for direction in &basis {
            let along: f64 = rest.iter().zip(direction).map(|(a, b)| a * b).sum();
            rest.iter_mut().zip(direction).for_each(|(rest, direction)| *rest -= along * direction);
        }
        let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm(&rest) > 1e-6 * norm(derivatives) && chosen.len() < free {
            let length = norm(&rest);
            basis.push(rest.iter().map(|v| v / length).collect());
            chosen.push(row);
        }
    }
    chosen
}

/// Returns the logarithm of the volume that the Jacobian's columns span, in the coordinates that determine the others.
fn log_volume_in_coordinates(jacobian: &[Vec<f64>], free: usize) -> f64 {
    let rows = determining(jacobian, free);
    assert_eq!(rows.len(), free, "the coordinates that determine the others");
    log_abs_determinant(rows.iter().map(|&row| jacobian[row].clone()).collect())
}

/// Returns the logarithm of the volume that the Jacobian's columns span, in the surface that they span.
fn log_volume_in_surface(jacobian: &[Vec<f64>], free: usize) -> f64 {
    let product = |i: usize, j: usize| jacobian.iter().map(|row| row[i] * row[j]).sum::<f64>();
    0.5 * log_abs_determinant((0..free).map(|i| (0..free).map(|j| product(i, j)).collect()).collect())
}

/// Asserts every law at one point of moderate size.
pub(super) fn assert_laws(map: impl Bijection<f64>, shape: &[usize], x: &[f64]) {
    assert_laws_by(log_volume_in_coordinates, map, shape, x);
}

/// Asserts every law at one point of moderate size, of a support whose volumes are measured in its surface.
pub(super) fn assert_laws_on_surface(map: impl Bijection<f64>, shape: &[usize], x: &[f64]) {
    assert_laws_by(log_volume_in_surface, map, shape, x);
}

fn assert_laws_by(
    log_volume: fn(&[Vec<f64>], usize) -> f64,
    map: impl Bijection<f64>,
    shape: &[usize],
    x: &[f64],
) {
    let free: usize = map.unconstrained_shape(shape).unwrap().iter().product();
    assert_eq!(free, x.len(), "the number of coordinates");
    let y = value(&map, shape, x);
    assert_eq!(map.check(shape, &y), Ok(()));
    assert_round_trip_of(&map, shape, x, 1e-9);

    let columns: Vec<Vec<f64>> = (0..free).map(|k| difference(|x| value(&map, shape, x), x, k)).collect();
    let jacobian: Vec<Vec<f64>> =
        (0..y.len()).map(|row| columns.iter().map(|column| column[row]).collect()).collect();

    let dy: Vec<f64> = (0..y.len()).map(|k| (1.7 * k as f64 + 0.4).sin()).collect();
    let mut dx = vec![0.25; free];
    map.pull_back(x, &y, &dy, shape, &mut dx);
    for (k, column) in columns.iter().enumerate() {
        let terms: Vec<f64> = column.iter().zip(&dy).map(|(a, b)| a * b).collect();
        // The error of a difference is relative to its terms, not to a sum in which they cancel.
        let scale: f64 = terms.iter().map(|term| term.abs()).sum();
        let (found, expected) = (dx[k] - 0.25, terms.iter().sum::<f64>());
        assert!((found - expected).abs() <= 1e-6 * scale.max(1e-6), "pull_back {k}: {found}, not {expected}");
    }

    let free_shape = map.unconstrained_shape(shape).unwrap();
    let event = map.constrained_shape(Shape::of(&free_shape).unwrap()).unwrap().to_vec();
    assert_eq!(map.unconstrained_shape(&event).unwrap(), free_shape);
    assert!(event == shape || free == 0, "the constrained shape is {event:?}");
    // `K J` is the identity: what comes back through both is what was sent.
    for k in 0..free {
        let sent: Vec<f64> = (0..free).map(|j| f64::from(u8::from(j == k))).collect();
        let mut through = vec![0.0; y.len()];
        map.inverse_pull_back(x, &y, &sent, shape, &mut through);
        for (j, column) in columns.iter().enumerate() {
            let terms: Vec<f64> = column.iter().zip(&through).map(|(a, b)| a * b).collect();
            let scale: f64 = terms.iter().map(|term| term.abs()).sum();
            let found = terms.iter().sum::<f64>();
            assert!((found - sent[j]).abs() <= 1e-6 * scale.max(1.0), "inverse_pull_back {k} {j}: {found}");
        }
    }

    assert_close(map.log_det(x, &y, shape), log_volume(&jacobian, free), "log_det");

    let mut dx = vec![0.25; free];
    map.log_det_pull_back(x, &y, shape, -1.5, &mut dx);
    for (k, dx) in dx.iter().enumerate() {
        let slope = difference(|x| vec![map.log_det(x, &value(&map, shape, x), shape)], x, k)[0];
        assert_close(dx - 0.25, -1.5 * slope, "log_det_pull_back");
    }

    for (k, &x) in x.iter().enumerate() {
        if <_ as IsElementwise>::elementwise(&map) {
            let (point, slope) = map.forward_point(x);
            assert_eq!(point, y[k]);
            assert_close(slope, jacobian[k][k], "forward_point");
        }
    }
}

trait IsElementwise {
    fn elementwise(&self) -> bool;
}

impl<B: Bijection<f64>> IsElementwise for B {
    fn elementwise(&self) -> bool {
        B::ELEMENTWISE
    }
}

/// Asserts that `x` comes back.
pub(super) fn assert_round_trip(map: impl Bijection<f64>, shape: &[usize], x: &[f64], tolerance: f64) {
    assert_round_trip_of(&map, shape, x, tolerance);
}

fn assert_round_trip_of(map: &impl Bijection<f64>, shape: &[usize], x: &[f64], tolerance: f64) {
    let mut back = vec![f64::NAN; x.len()];
    map.inverse(&value(map, shape, x), shape, &mut back);
    for (k, (&back, &x)) in back.iter().zip(x).enumerate() {
        assert!(
            (back - x).abs() <= tolerance * x.abs().max(1e-9 / tolerance),
            "coordinate {k}: {back}, not {x}"
        );
    }
}

/// Asserts at an extreme point that the value is inside, that it has coordinates, and that no derivative is NaN.
pub(super) fn assert_stays_inside<E: Element>(map: impl Bijection<E>, shape: &[usize], x: &[E]) {
    let y = value(&map, shape, x);
    assert_eq!(map.check(shape, &y), Ok(()), "at {x:?}");
    let mut back = vec![E::nan(); x.len()];
    map.inverse(&y, shape, &mut back);
    assert!(back.iter().all(|x| x.is_finite()), "the inverse at {x:?} is {back:?}");
    let mut dx = vec![E::zero(); x.len()];
    map.pull_back(x, &y, &vec![E::min_positive_value(); y.len()], shape, &mut dx);
    map.log_det_pull_back(x, &y, shape, E::one(), &mut dx);
    assert!(dx.iter().all(|dx| dx.is_finite()), "the gradient at {x:?} is {dx:?}");
    assert!(map.log_det(x, &y, shape).is_finite());
}

mod tests {
    use super::*;

    /// The exponential function with one planted mistake.
    #[derive(Clone, Copy)]
    enum Planted {
        Slope,
        Determinant,
        Bend,
        Inverse,
        Back,
    }

    impl Bijection<f64> for Planted {
        const ELEMENTWISE: bool = false;

        fn unconstrained_shape(&self, shape: &[usize]) -> Result<Vec<usize>, String> {
            Ok(shape.to_vec())
        }

        fn constrained_shape(&self, free: Shape) -> Result<Shape, String> {
            Ok(free)
        }

        fn check(&self, _shape: &[usize], _y: &[f64]) -> Result<(), String> {
            Ok(())
        }

        fn forward(&self, x: &[f64], _shape: &[usize], y: &mut [f64]) {
            y[0] = x[0].exp();
        }

        fn inverse(&self, y: &[f64], _shape: &[usize], x: &mut [f64]) {
            x[0] = y[0].ln() * if matches!(self, Planted::Inverse) { 1.00001 } else { 1.0 };
        }

        fn pull_back(&self, _x: &[f64], y: &[f64], dy: &[f64], _shape: &[usize], dx: &mut [f64]) {
            dx[0] += dy[0] * y[0] * if matches!(self, Planted::Slope) { 1.00001 } else { 1.0 };
        }

        fn inverse_pull_back(&self, _x: &[f64], y: &[f64], dx: &[f64], _shape: &[usize], dy: &mut [f64]) {
            dy[0] += dx[0] / y[0] * if matches!(self, Planted::Back) { 1.00001 } else { 1.0 };
        }

        fn log_det(&self, x: &[f64], _y: &[f64], _shape: &[usize]) -> f64 {
            x[0] + if matches!(self, Planted::Determinant) { 1e-5 } else { 0.0 }
        }

        fn log_det_pull_back(&self, _x: &[f64], _y: &[f64], _shape: &[usize], seed: f64, dx: &mut [f64]) {
            dx[0] += seed * if matches!(self, Planted::Bend) { 1.00001 } else { 1.0 };
        }
    }

    #[test]
    #[should_panic(expected = "pull_back 0")]
    fn a_wrong_slope_is_found() {
        assert_laws(Planted::Slope, &[1], &[0.7]);
    }

    #[test]
    #[should_panic(expected = "log_det:")]
    fn a_wrong_determinant_is_found() {
        assert_laws(Planted::Determinant, &[1], &[0.7]);
    }

    #[test]
    #[should_panic(expected = "log_det_pull_back")]
    fn a_wrong_gradient_of_the_determinant_is_found() {
        assert_laws(Planted::Bend, &[1], &[0.7]);
    }

    #[test]
    #[should_panic(expected = "inverse_pull_back 0 0")]
    fn a_wrong_slope_of_the_inverse_is_found() {
        assert_laws(Planted::Back, &[1], &[0.7]);
    }

    #[test]
    #[should_panic(expected = "coordinate 0")]
    fn a_wrong_inverse_is_found() {
        assert_laws(Planted::Inverse, &[1], &[0.7]);
    }
}
