//! Bijections of vectors and square matrices: the last one or two dimensions are one event, the others are independent.

use super::bijection::{coordinates, element_name};
use crate::element::Element;
use crate::shape::Shape;

/// What a vector or matrix breaks.
pub(super) enum Broken {
    /// One element: its position within the event, and what was expected.
    Element(usize, String),
    /// The event as a whole: a predicate, and what was expected.
    Whole(String),
}

/// A bijection of one vector of length `n` or one `n` by `n` matrix, from which that of arrays of them follows.
pub(super) trait Rowwise: Copy {
    /// The number of trailing dimensions of one event: 1 (a vector) or 2 (a square matrix).
    const RANK: usize;
    /// The smallest `n`.
    const SMALLEST: usize;

    /// Returns the number of unconstrained coordinates.
    fn free(n: usize) -> usize;

    /// Refuses an event outside the interior of the support.
    fn check_row<E: Element>(n: usize, y: &[E]) -> Result<(), Broken>;

    /// Writes the event of `x` into `y`.
    fn forward_row<E: Element>(n: usize, x: &[E], y: &mut [E]);

    /// Writes the coordinates of `y` into `x`.
    fn inverse_row<E: Element>(n: usize, y: &[E], x: &mut [E]);

    /// Adds `J^T dy` to `dx`.
    fn pull_back_row<E: Element>(n: usize, x: &[E], y: &[E], dy: &[E], dx: &mut [E]);

    /// Adds `K^T dx` to `dy`, where `K` is the Jacobian of `inverse_row` at `y`.
    fn inverse_pull_back_row<E: Element>(n: usize, x: &[E], y: &[E], dx: &[E], dy: &mut [E]);

    /// Returns `ln |det J|`.
    fn log_det_row<E: Element>(n: usize, x: &[E], y: &[E]) -> E;

    /// Adds `seed` times the gradient of `ln |det J|` to `dx`.
    fn log_det_pull_back_row<E: Element>(n: usize, x: &[E], y: &[E], seed: E, dx: &mut [E]);
}

/// How an array of events lies in memory.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// The size of the event's dimensions.
    pub(super) n: usize,
    rows: usize,
    free: usize,
    full: usize,
}

impl Layout {
    /// Returns the layout of a shape that `unconstrained_shape` accepts; of any other one, no rows at all.
    pub(super) fn of<R: Rowwise>(shape: &[usize]) -> Self {
        let n = shape.last().copied().unwrap_or(0);
        let outer = shape.len().checked_sub(R::RANK).map_or(&[][..], |rank| &shape[..rank]);
        let rows = if shape.len() < R::RANK { 0 } else { outer.iter().product() };
        Layout { n, rows, free: R::free(n), full: n.pow(R::RANK as u32) }
    }

    /// Returns the ranges of each event in `x` and in `y`.
    pub(super) fn rows(self) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
        let Layout { rows, free, full, .. } = self;
        (0..rows).map(move |r| (r * free..(r + 1) * free, r * full..(r + 1) * full))
    }
}

pub(super) fn unconstrained_shape<R: Rowwise>(shape: &[usize]) -> Result<Vec<usize>, String> {
    let fits = match (R::RANK, shape) {
        (1, [.., n]) => *n >= R::SMALLEST,
        (2, [.., rows, columns]) => rows == columns && *rows >= R::SMALLEST,
        _ => false,
    };
    if !fits {
        let expected = if R::RANK == 1 { "a vector [n]" } else { "a square matrix [n, n]" };
        let least = match R::SMALLEST {
            0 => String::new(),
            least => format!(" with n of at least {least}"),
        };
        return Err(format!("expected {expected}{least}, got shape {shape:?}"));
    }
    let (outer, event) = shape.split_at(shape.len() - R::RANK);
    Ok(outer.iter().copied().chain([R::free(event[0])]).collect())
}

pub(super) fn constrained_shape<R: Rowwise>(free: Shape) -> Result<Shape, String> {
    let Some(last) = free.rank().checked_sub(1) else {
        return Err("expected a vector [n], got shape []".into());
    };
    let coordinates = free.dim(last);
    // A vector has about as many coordinates as elements, a matrix one for each pair of them.
    let about = if R::RANK == 1 { coordinates } else { (2 * coordinates).isqrt() };
    let n =
        (about.saturating_sub(1)..=about + 2).rev().find(|&n| n >= R::SMALLEST && R::free(n) == coordinates);
    let n =
        n.ok_or_else(|| format!("no square matrix has {coordinates} coordinates, as shape {free} says"))?;
    let event = free.with_dim(last, n);
    if R::RANK == 1 {
        return Ok(event);
    }
    event.with_last(n).ok_or_else(|| format!("the value of shape {free} would have too many dimensions"))
}

pub(super) fn check<R: Rowwise, E: Element>(shape: &[usize], y: &[E]) -> Result<(), String> {
    unconstrained_shape::<R>(shape)?;
    let layout = Layout::of::<R>(shape);
    for (row, (_, full)) in layout.rows().enumerate() {
        let start = full.start;
        let found = match y[full].iter().position(|y| !y.is_finite()) {
            Some(place) => Err(Broken::Element(place, "a finite number".into())),
            None => R::check_row(layout.n, &y[start..start + layout.full]),
        };
        match found {
            Ok(()) => {}
            Err(Broken::Element(place, expected)) => {
                let name = element_name(shape, start + place);
                return Err(format!("{name} is {}, expected {expected}", y[start + place]));
            }
            Err(Broken::Whole(predicate)) => {
                let event = if R::RANK == 1 { "vector" } else { "matrix" };
                let name = match coordinates(&shape[..shape.len() - R::RANK], row)[..] {
                    [] => format!("the {event}"),
                    [index] => format!("{event} {index}"),
                    ref indices => format!("{event} {indices:?}"),
                };
                return Err(format!("{name} {predicate}"));
            }
        }
    }
    Ok(())
}

/// Implements [`Bijection`](super::Bijection) by rows.
macro_rules! bijection_by_rows {
    ($name:ident) => {
        impl<E: $crate::element::Element> $crate::support::Bijection<E> for $name {
            const ELEMENTWISE: bool = false;

            fn unconstrained_shape(&self, shape: &[usize]) -> Result<Vec<usize>, String> {
                $crate::support::rowwise::unconstrained_shape::<$name>(shape)
            }

            fn constrained_shape(&self, free: $crate::shape::Shape) -> Result<$crate::shape::Shape, String> {
                $crate::support::rowwise::constrained_shape::<$name>(free)
            }

            fn check(&self, shape: &[usize], y: &[E]) -> Result<(), String> {
                $crate::support::rowwise::check::<$name, E>(shape, y)
            }

            fn forward(&self, x: &[E], shape: &[usize], y: &mut [E]) {
                let layout = $crate::support::rowwise::Layout::of::<$name>(shape);
                for (free, full) in layout.rows() {
                    $name::forward_row(layout.n, &x[free], &mut y[full]);
                }
            }

            fn inverse(&self, y: &[E], shape: &[usize], x: &mut [E]) {
                let layout = $crate::support::rowwise::Layout::of::<$name>(shape);
                for (free, full) in layout.rows() {
                    $name::inverse_row(layout.n, &y[full], &mut x[free]);
                }
            }

            fn pull_back(&self, x: &[E], y: &[E], dy: &[E], shape: &[usize], dx: &mut [E]) {
                let layout = $crate::support::rowwise::Layout::of::<$name>(shape);
                for (free, full) in layout.rows() {
                    $name::pull_back_row(
                        layout.n,
                        &x[free.clone()],
                        &y[full.clone()],
                        &dy[full],
                        &mut dx[free],
                    );
                }
            }

            fn inverse_pull_back(&self, x: &[E], y: &[E], dx: &[E], shape: &[usize], dy: &mut [E]) {
                let layout = $crate::support::rowwise::Layout::of::<$name>(shape);
                for (free, full) in layout.rows() {
                    let (x, dx) = (&x[free.clone()], &dx[free]);
                    $name::inverse_pull_back_row(layout.n, x, &y[full.clone()], dx, &mut dy[full]);
                }
            }

            fn log_det(&self, x: &[E], y: &[E], shape: &[usize]) -> E {
                let layout = $crate::support::rowwise::Layout::of::<$name>(shape);
                layout.rows().map(|(free, full)| $name::log_det_row(layout.n, &x[free], &y[full])).sum()
            }

            fn log_det_pull_back(&self, x: &[E], y: &[E], shape: &[usize], seed: E, dx: &mut [E]) {
                let layout = $crate::support::rowwise::Layout::of::<$name>(shape);
                for (free, full) in layout.rows() {
                    $name::log_det_pull_back_row(layout.n, &x[free.clone()], &y[full], seed, &mut dx[free]);
                }
            }
        }
    };
}
pub(super) use bijection_by_rows;
