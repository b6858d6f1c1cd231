//! What a module expects of the shapes of its inputs.

use super::Caller;
use crate::element::Element;
use crate::program::module::ThisModule;
use crate::program::run::Run;
use crate::program::slot;
use crate::shape::{MAX_RANK, Shape};
use crate::tape::walk::Extent;
use crate::value::Value;

/// Returns a value whose last dimensions are these, by their names and sizes; reports one of another shape.
pub(crate) fn expect<E: Element>(
    x: Value<E>,
    module: ThisModule,
    expected: &[(&'static str, usize)],
    place: Caller,
) -> Value<E> {
    slot::with(|run: &mut Run<E>| {
        let arg = run.tape.lift_waiting(x, place);
        let Extent { axes, shape } = run.tape.extent(&arg);
        let last = shape.rank().checked_sub(expected.len()).map(|leading| &shape.dims()[leading..]);
        let fits =
            |last: &[u32]| last.iter().zip(expected).all(|(&found, &(_, size))| found as usize == size);
        if last.is_some_and(fits) {
            return x;
        }
        run.refuse_dims(module, expected, Extent { axes, shape }, place);
        let mut shape = Shape::SCALAR;
        for &(_, size) in &expected[..expected.len().min(MAX_RANK)] {
            shape = shape.with_last(size).unwrap_or(shape);
        }
        let stands_in = run.tape.placeholder(Extent { axes, shape });
        Value::of_node(stands_in, &run.tape)
    })
    .unwrap_or_else(Value::orphan)
}

impl<E: Element> Run<E> {
    #[cold]
    fn refuse_dims(
        &mut self,
        module: ThisModule,
        expected: &[(&'static str, usize)],
        found: Extent,
        place: Caller,
    ) {
        let named: Vec<String> = expected.iter().map(|(name, size)| format!("{name} = {size}")).collect();
        let found = self.shape_in_plates(found);
        let detail = format!("expected a value of the shape [.., {}], got {found}", named.join(", "));
        self.fail_in_module(module, place, "module", detail);
    }
}
