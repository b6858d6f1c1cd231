//! What the methods of linear algebra record in the run in progress.

use super::{Caller, record, shaped};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::run::Run;
use crate::shape::Shape;
use crate::tape::node::NodeId;
use crate::tape::ops::square::{SingularMatrix, Solved, is_square};
use crate::tape::walk::Extent;
use crate::value::Value;

impl<E: Element> Run<E> {
    /// Returns a result of square matrices; a singular one is an error, unless a mask leaves it out.
    fn unless_singular(
        &mut self,
        (id, singular): Solved<E>,
        matrices: NodeId,
        operation: &'static str,
        place: Caller,
    ) -> NodeId {
        if !singular.is_empty() {
            self.refuse_singular(&singular, matrices, operation, place);
        }
        id
    }

    #[cold]
    fn refuse_singular(
        &mut self,
        singular: &[SingularMatrix<E>],
        matrices: NodeId,
        operation: &'static str,
        place: Caller,
    ) {
        let Extent { axes, shape } = self.tape.node(matrices).extent();
        let n = shape.dim(shape.rank() - 1);
        let each = (shape.len() / (n * n).max(1)).max(1);
        let left_out = self.scope.mask().map(|mask| self.tape.left_out(mask, axes));
        let counts =
            |&&(k, _): &&SingularMatrix<E>| left_out.as_ref().is_none_or(|left_out| !left_out[k / each]);
        let Some(&(k, pivot)) = singular.iter().find(counts) else { return };
        let event = (each > 1).then_some(k % each);
        let matrix =
            format!("matrix of shape {}{}", Shape::matrix(n, n), self.name_element(axes, k / each, event));
        let (pivot, value) = (pivot.column, pivot.value.to_string());
        self.tape.fail(Error::Singular { place: Place(place), operation, matrix, pivot, value });
    }
}

/// Records something of square matrices.
fn of_square<E: Element>(
    x: Value<E>,
    operation: &'static str,
    place: Caller,
    solve: impl FnOnce(&mut Run<E>, NodeId) -> Solved<E>,
) -> Value<E> {
    shaped(x, operation, place, |run, x, shape| {
        if !is_square(&shape) {
            return Err(format!("expected square matrices [.., n, n], got the shape {shape}"));
        }
        let solved = solve(run, x);
        Ok(run.unless_singular(solved, x, operation, place))
    })
}

/// Records the logarithms of the absolute values of determinants.
pub(crate) fn log_det<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    of_square(x, "log_det", place, |run, x| run.tape.log_determinant(x))
}

/// Records inverses.
pub(crate) fn inverse<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    of_square(x, "inverse", place, |run, x| run.tape.inverse_of_square(x))
}

/// Records the solutions of square systems.
pub(crate) fn solve_square<E: Element>(a: Value<E>, b: Value<E>, place: Caller) -> Value<E> {
    record(|run| {
        let (a, b) = (run.tape.lift(a, place), run.tape.lift(b, place));
        let (a, b) = (run.tape.materialise(a), run.tape.materialise(b));
        match run.tape.solve_square(a, b) {
            Ok(solved) => run.unless_singular(solved, a, "solve", place),
            Err(_) => {
                let [sa, sb] = [a, b].map(|x| run.shape_in_plates(run.tape.node(x).extent()));
                let detail = format!("expected [.., n, n] and [n] or [.., n, m], got {sa} and {sb}");
                run.tape.fail(Error::Shape { place: Place(place), operation: "solve", detail });
                run.tape.placeholder(Extent::SCALAR)
            }
        }
    })
}

/// Records the diagonal of a matrix, or the matrix of a diagonal.
pub(crate) fn diag<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    shaped(x, "diag", place, |run, x, shape| match shape.rank() {
        1 => Ok(run.tape.matrix_of_diagonal(x)),
        2 => Ok(run.tape.diagonal(x)),
        _ => Err(format!("expected a vector or a matrix, got the shape {shape}")),
    })
}
