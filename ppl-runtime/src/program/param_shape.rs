//! Shapes of parameters, which are compared wherever and whenever an address is used.

use super::address::Name;
use super::first_value::FirstValueOf;
use super::run::Run;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::shape::Dims;
use crate::tape::axes::MAX_NESTING;
use crate::tape::node::NodeId;
use std::panic::Location;

/// The shape of a first value, or why it has none here.
pub(super) type FoundShape = Result<Vec<usize>, String>;

impl<E: Element> Run<E> {
    /// Returns the shape of a first value, if it is not that of the parameter that the statement got. `shape` is the one that its type says;
    /// otherwise the first value is evaluated, unless it has just been, to make the parameter.
    #[inline(always)]
    pub(super) fn other_shape(
        &self,
        parameter: NodeId,
        first: FirstValueOf<'_>,
        shape: Option<&[usize]>,
    ) -> Option<FoundShape> {
        let made = self.tape.node(parameter).shape;
        match shape {
            Some([]) if made.rank() == 0 => None,
            Some(shape) => (shape != Dims::of(made).as_slice()).then(|| Ok(shape.to_vec())),
            None => self.evaluated_shape(Dims::of(made), first),
        }
    }

    #[inline(never)]
    fn evaluated_shape(&self, made: Dims, first: FirstValueOf<'_>) -> Option<FoundShape> {
        let mut plates = [(0, 0); MAX_NESTING];
        let open = self.scope.around_parameter().iter();
        let open = open.map(|opened| &self.session.plates.plates[opened.plate as usize]);
        let mut count = 0;
        for (slot, plate) in plates.iter_mut().zip(open) {
            *slot = (plate.axis.0, plate.size);
            count += 1;
        }
        // The plates of a parameter stand in the order of their axes, in whichever they were opened.
        plates[..count].sort_unstable();
        let leading = plates.map(|(_, size)| size);
        let mut found = None;
        first(&mut |first| {
            if !first.has_shape(&leading[..count], made.as_slice()) {
                found = Some(first.shape(&leading[..count]));
            }
        });
        found
    }

    /// Reports a first value of another shape than the parameter has.
    #[cold]
    pub(super) fn refuse_shape(
        &mut self,
        name: Name,
        parameter: NodeId,
        found: FoundShape,
        place: &'static Location<'static>,
    ) {
        if self.tape.error.is_some() {
            // What stands for a parameter that could not be made has no shape of its own.
            return;
        }
        let made = self.tape.node(parameter).shape.to_vec();
        let detail = match found {
            Ok(found) => format!("was made with the shape {made:?}, and has the shape {found:?} here"),
            Err(detail) => detail,
        };
        if let Some(module) = self.scope.module {
            return self.refuse_shape_in_module(&module, name, &detail);
        }
        // A run that follows the last one would not look for errors.
        self.interrupt();
        let parameter = self.session.addresses.text_here(name);
        self.tape.fail(Error::Parameter { place: Place(place), parameter, detail });
    }
}
