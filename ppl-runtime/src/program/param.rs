//! Parameters: one flat vector in unconstrained space, and the constrained values that a program sees.

use super::address::{Name, Subject};
use super::first_value::{FirstValue, FirstValueOf, Init};
use super::param_gradient::each_row;
use super::pass::{Coverage, Listener};
use super::retrace::{Statement, What};
use super::run::Run;
use super::slot;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::random::{Key, Occasion, Purpose};
use crate::shape::Shape;
use crate::support::{AnyBijection, Bijection, Constraint, Map};
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::ops::Unary;
use crate::tape::walk::Extent;
use crate::value::{Handle, Value, ValueKind};
use std::panic::Location;

/// A parameter of a session.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) bijection: AnyBijection,
    /// The event shape of the constrained value.
    pub(crate) shape: Shape,
    pub(crate) unconstrained: Shape,
    /// The plates around it, from the outermost axis inwards, with their whole sizes.
    pub(crate) plates: Vec<(u32, usize)>,
    /// The first element in the flat vector.
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// The elements of one row of the plates.
    pub(crate) row: usize,
    /// The recording in which it was last used, its nodes there and whether only some rows were.
    pub(super) stamp: u32,
    pub(crate) leaf: NodeId,
    constrained: NodeId,
    pub(crate) partial: bool,
    /// Whether steps leave rows alone (along its first dimension) that no run has read: those whose gradient is zero.
    pub(crate) by_rows: bool,
    /// Whether it has values: not if its first value was refused, which a later run may try again.
    pub(crate) made: bool,
    /// Whether it is a number that is not to be fitted.
    pub(crate) held: bool,
    /// Whether it was made after a concrete site, so that other runs of the same programs may not have it.
    pub(crate) conditional: bool,
}

impl Param {
    /// A parameter that keeps its number's place until it is made.
    pub(crate) const UNMADE: Param = Param {
        bijection: AnyBijection(Map::RealLine(crate::support::RealLine)),
        shape: Shape::SCALAR,
        unconstrained: Shape::SCALAR,
        plates: Vec::new(),
        offset: 0,
        len: 0,
        row: 0,
        stamp: 0,
        leaf: NodeId::NONE,
        constrained: NodeId::NONE,
        partial: false,
        by_rows: false,
        made: false,
        held: false,
        conditional: false,
    };

    /// Returns a parameter that no run has used yet, of this event shape and unconstrained one, whose values are so many of
    /// the flat vector from an offset on.
    pub(crate) fn new(
        bijection: AnyBijection,
        [shape, unconstrained]: [Shape; 2],
        plates: Vec<(u32, usize)>,
        (offset, len): (usize, usize),
        conditional: bool,
    ) -> Param {
        let row = unconstrained.len();
        let made = true;
        Param {
            bijection,
            shape,
            unconstrained,
            plates,
            offset,
            len,
            row,
            made,
            conditional,
            ..Param::UNMADE
        }
    }
}

/// All parameters of a session.
#[derive(Debug)]
pub(crate) struct Params<E> {
    /// The unconstrained values, one parameter after the other.
    pub(crate) values: Vec<E>,
    /// Vectors that the values grew out of in this run: nodes still refer to them.
    retired: Vec<Vec<E>>,
    pub(crate) params: Vec<Param>,
    /// The parameters used in this run.
    pub(crate) used: Vec<u32>,
}

impl<E: Element> Params<E> {
    /// Returns the same parameters, with values of their own.
    pub(crate) fn twin(&self) -> Params<E> {
        let copy = |param: &Param| match param.made {
            true => Param::new(
                param.bijection,
                [param.shape, param.unconstrained],
                param.plates.clone(),
                (param.offset, param.len),
                param.conditional,
            ),
            false => Param::UNMADE,
        };
        let mut twin = Params::new();
        twin.values = self.values.clone();
        twin.params = self.params.iter().map(copy).collect();
        twin
    }

    pub(crate) fn new() -> Params<E> {
        Params { values: Vec::new(), retired: Vec::new(), params: Vec::new(), used: Vec::new() }
    }

    /// Begins a run: nothing refers to the vectors that were outgrown any more.
    pub(crate) fn begin(&mut self) {
        self.retired.clear();
        self.used.clear();
    }

    /// Returns whether the values have outgrown their vector in this run: some nodes refer to the old one.
    pub(crate) fn have_moved(&self) -> bool {
        !self.retired.is_empty()
    }

    fn extend(&mut self, more: &[E]) {
        if self.values.len() + more.len() > self.values.capacity() {
            let mut larger = Vec::with_capacity((2 * self.values.len() + more.len()).max(64));
            larger.extend_from_slice(&self.values);
            self.retired.push(std::mem::replace(&mut self.values, larger));
        }
        self.values.extend_from_slice(more);
    }

    /// Returns the elements of a parameter.
    pub(crate) fn slice(&self, param: &Param) -> &[E] {
        &self.values[param.offset..param.offset + param.len]
    }

    /// Writes the constrained value of a parameter into `out`.
    pub(crate) fn constrained_into(&self, param: &Param, out: &mut [E]) {
        let shape = param.shape.to_vec();
        let width = param.shape.len();
        if width == 0 || param.row == 0 {
            return;
        }
        for (x, y) in self.slice(param).chunks_exact(param.row).zip(out.chunks_exact_mut(width)) {
            param.bijection.forward(x, &shape, y);
        }
    }
}

impl<E: Element> Run<E> {
    fn parameter(
        &mut self,
        name: Name,
        first: FirstValueOf<'_>,
        bijection: AnyBijection,
    ) -> Result<NodeId, String> {
        let number = self.session.addresses.resolve(Subject::Parameter, name);
        if !self.session.params.params.get(number as usize).is_some_and(|p| p.made) {
            let mut made = Ok(());
            first(&mut |first| made = self.create(number, first, bijection));
            made?;
        }
        self.known_parameter(number, bijection)
    }

    /// Records a parameter that has been made.
    pub(super) fn known_parameter(&mut self, number: u32, bijection: AnyBijection) -> Result<NodeId, String> {
        let param = &self.session.params.params[number as usize];
        if param.stamp == self.tape.recording {
            if param.bijection != bijection {
                return Err(format!(
                    "is on {} elsewhere in this program, and on {} here",
                    param.bijection.name(),
                    bijection.name()
                ));
            }
            if param.plates.len() != self.scope.around_parameter().len() {
                return Err("is used inside other plates elsewhere in this program".to_owned());
            }
            return Ok(param.constrained);
        }
        self.record_parameter(number, bijection)
    }

    #[inline(never)]
    fn parameter_or_placeholder(
        &mut self,
        name: Name,
        first: FirstValueOf<'_>,
        bijection: AnyBijection,
        place: &'static Location<'static>,
    ) -> NodeId {
        self.parameter(name, first, bijection).unwrap_or_else(|detail| {
            let number = self.session.addresses.resolve(Subject::Parameter, name);
            let parameter = self.session.addresses.text(Subject::Parameter, number).to_owned();
            self.tape.fail(Error::Parameter { place: Place(place), parameter, detail });
            self.tape.placeholder(Extent::SCALAR)
        })
    }

    fn record_parameter(&mut self, number: u32, bijection: AnyBijection) -> Result<NodeId, String> {
        let Run { tape, session, scope, pass, .. } = self;
        let (params, plates) = (&mut session.params, &session.plates);
        let Params { values, params, used, .. } = params;
        let param = &mut params[number as usize];
        if param.bijection != bijection {
            return Err(format!(
                "was made on {}, and is on {} here",
                param.bijection.name(),
                bijection.name()
            ));
        }
        let mut axes = AxisSet::EMPTY;
        let mut partial = false;
        if param.plates.len() != scope.around_parameter().len() {
            return Err("was made inside other plates".to_owned());
        }
        for &(plate, size) in &param.plates {
            let open = &plates.plates[plate as usize];
            if !scope.is_open(plate) {
                return Err("was made inside other plates".to_owned());
            }
            if open.is_streamed() {
                return Err(format!(
                    "lies in the plate `{}`, whose elements are a part of a stream: the next ones are others; make it outside of the plate, and \
                     compute what belongs to an element from its data",
                    session.addresses.text(Subject::Plate, plate)
                ));
            }
            if open.size != size {
                let advice = match pass.coverage {
                    Coverage::ByElement(_) => format!(
                        "; fit rows of these data with `.refit_rows(\"{}\", steps)`",
                        session.addresses.text(Subject::Plate, plate)
                    ),
                    _ => String::new(),
                };
                let found = open.size;
                return Err(format!("has {size} rows for a plate that has {found} elements here{advice}"));
            }
            axes = axes.union(AxisSet::of(open.axis));
            partial |= open.visited() != size;
        }
        let extent = Extent { axes, shape: param.unconstrained };
        let whole = &values[param.offset..param.offset + param.len];
        let leaf = if partial {
            let row = param.row;
            tape.leaf(extent, Default::default(), |out| {
                let mut at = 0;
                each_row(&param.plates, plates, |k| {
                    out[at..at + row].copy_from_slice(&whole[k * row..(k + 1) * row]);
                    at += row;
                });
            })
        } else {
            // SAFETY: the values are changed only between runs, and a vector that is outgrown is kept until then. A recording
            // is followed only while the values are in the vector that it refers to.
            unsafe { tape.shared_leaf(extent, whole) }
        };
        if !param.held {
            tape.mark_parameter(leaf);
        }
        let of_rows = pass.listener == Listener::RowParameters && !param.plates.is_empty();
        if pass.listener == Listener::Parameters || of_rows {
            tape.cross(leaf, Deps::bit(number as usize));
        }
        let constrained = match bijection.0 {
            Map::RealLine(_) => leaf,
            Map::Positive(_) => tape.unary(Unary::Exp, crate::tape::node::Arg { id: leaf, value: E::zero() }),
            Map::UnitInterval(_) => {
                tape.unary(Unary::Sigmoid, crate::tape::node::Arg { id: leaf, value: E::zero() })
            }
            _ => tape.bijection(bijection, leaf, param.shape),
        };
        param.stamp = self.tape.recording;
        param.leaf = leaf;
        param.constrained = constrained;
        param.partial = partial;
        used.push(number);
        Ok(constrained)
    }

    #[cold]
    pub(super) fn create(
        &mut self,
        number: u32,
        init: &dyn FirstValue,
        bijection: AnyBijection,
    ) -> Result<(), String> {
        let at = number as usize;
        if at >= self.session.params.params.len() {
            self.session.params.params.resize_with(at + 1, || Param::UNMADE);
        }
        let known = &self.session.plates.plates;
        let open = self.scope.around_parameter().iter().map(|opened| opened.plate);
        let mut plates: Vec<(u32, usize)> = open.map(|plate| (plate, known[plate as usize].size)).collect();
        plates.sort_by_key(|&(p, _)| self.session.plates.plates[p as usize].axis);
        let leading: Vec<usize> = plates.iter().map(|&(_, size)| size).collect();
        let dims = init.shape(&leading)?;
        let shape = Shape::of(&dims).ok_or_else(|| format!("has too many dimensions: {dims:?}"))?;
        let free = Bijection::<f64>::unconstrained_shape(&bijection, &dims)?;
        let unconstrained = Shape::of(&free).ok_or_else(|| format!("has too many dimensions: {free:?}"))?;
        let rows: usize = leading.iter().product();
        let hash = self.session.addresses.entry(Subject::Parameter, number).hash;
        let mut rng =
            Key::new(self.session.seed, Occasion::new(Purpose::FirstValues, 0)).streams(hash).first();
        let mut event = vec![0.0; shape.len()];
        let mut x = vec![0.0; unconstrained.len()];
        let mut all = Vec::with_capacity(rows * x.len());
        for row in 0..rows {
            init.write(row, &mut rng, &mut event);
            bijection
                .check(&dims, &event)
                .map_err(|e| format!("starts outside {}: {e}", bijection.name()))?;
            bijection.inverse(&event, &dims, &mut x);
            if let Some(bad) = x.iter().find(|v| !v.is_finite()) {
                return Err(format!("starts at {bad} in unconstrained space"));
            }
            all.extend(x.iter().map(|&v| E::of(v)));
        }
        let stretch = (self.session.params.values.len(), all.len());
        let shapes = [shape, unconstrained];
        self.session.params.params[at] =
            Param::new(bijection, shapes, plates, stretch, self.scope.control != 0);
        self.session.params.extend(&all);
        Ok(())
    }

    /// Sets a parameter to a constrained value, given with all rows of the plates around it.
    pub(crate) fn set_parameter(&mut self, number: u32, value: &ndarray::ArrayD<f64>) -> Result<(), String> {
        let Params { values, params, .. } = &mut self.session.params;
        let param = &params[number as usize];
        let event = param.shape.to_vec();
        let expected: Vec<usize> =
            param.plates.iter().map(|&(_, size)| size).chain(event.iter().copied()).collect();
        if value.shape() != expected {
            let names: Vec<&str> = param
                .plates
                .iter()
                .map(|&(plate, _)| self.session.addresses.text(Subject::Plate, plate))
                .collect();
            let names = match names[..] {
                [] => String::new(),
                _ => format!(" (first {})", names.join(", ")),
            };
            return Err(format!("expected a value of shape {expected:?}{names}, got {:?}", value.shape()));
        }
        let given: Vec<f64> = value.iter().copied().collect();
        let (width, row) = (param.shape.len(), param.row);
        let mut x = vec![0.0; row];
        let mut all = Vec::with_capacity(param.len);
        for (k, y) in given.chunks_exact(width.max(1)).enumerate() {
            let element = || if param.plates.is_empty() { String::new() } else { format!(" at row {k}") };
            param
                .bijection
                .check(&event, y)
                .map_err(|e| format!("is set outside {}{}: {e}", param.bijection.name(), element()))?;
            param.bijection.inverse(y, &event, &mut x);
            if let Some(bad) = x.iter().find(|v| !v.is_finite()) {
                return Err(format!("would be {bad} in unconstrained space{}", element()));
            }
            all.extend(x.iter().map(|&v| E::of(v)));
        }
        values[param.offset..param.offset + param.len].copy_from_slice(&all);
        Ok(())
    }
}

/// Records a parameter: the body of `param!`.
#[doc(hidden)]
#[track_caller]
pub fn param<E: Element, I: Init, C: Constraint>(
    name: Name,
    init: impl FnOnce() -> I,
    constraint: C,
) -> <I::Kind as ValueKind>::Handle<E> {
    let mut init = Some(init);
    let mut show = |see: &mut dyn FnMut(&dyn FirstValue)| {
        if let Some(init) = init.take() {
            see(&init());
        }
    };
    Handle::from_value(E::parameter(name, &mut show, I::SHAPE, constraint.into(), Location::caller()))
}

/// Takes a parameter in the run in progress; returns an orphan where none runs.
pub(crate) fn take<E: Element>(
    name: Name,
    first: FirstValueOf<'_>,
    shape: Option<&'static [usize]>,
    bijection: AnyBijection,
    place: &'static Location<'static>,
) -> Value<E> {
    let statement = Statement::new(What::parameter(bijection, shape), place, &[]).named(name);
    // The same statement gave one number before: its shape has been looked at.
    if matches!(shape, Some([]))
        && let Some(value) = slot::followed(&statement)
    {
        return value;
    }
    take_anew(name, first, shape, bijection, place)
}

#[inline(never)]
fn take_anew<E: Element>(
    name: Name,
    first: FirstValueOf<'_>,
    shape: Option<&'static [usize]>,
    bijection: AnyBijection,
    place: &'static Location<'static>,
) -> Value<E> {
    slot::with_compared(|run: &mut Run<E>| {
        let statement = Statement::new(What::parameter(bijection, shape), place, &[]).named(name);
        let id = run.take(statement, |run| {
            run.count_part();
            run.parameter_or_placeholder(name, &mut *first, bijection, place)
        });
        if let Some(found) = run.other_shape(id, first, shape) {
            run.refuse_shape(name, id, found, place);
        }
        Value::of_node(id, &run.tape)
    })
    .unwrap_or_else(Value::orphan)
}
