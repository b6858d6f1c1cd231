//! Families of numbers on a tape: what is compiled for each of them, and what serves all.

use super::distribution::{Caller, Request, Trouble, Wanted};
use super::form::Tag;
use super::member::{Family, lift};
use super::point_trouble::{PointTrouble, trouble_at};
use crate::element::{Element, Numeric};
use crate::family::wrapper::names;
use crate::family::{Density, Need, Outcomes, PARAMETERS, Standard, Univariate};
use crate::kernel::array::from_fn;
use crate::shape::Shape;
use crate::support::Support;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::known::Again;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::draw::DrawLoops;
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{NumberTerm, OPERANDS, TermLoops};
use crate::tape::walk::{Extent, Walk};
use crate::value::Value;
use std::marker::PhantomData;

/// The log-density of a family as a term of a sum: the value first, then the parameters.
pub(crate) struct DensityOf<F, const N: usize>(PhantomData<F>);

impl<F: Univariate<N>, const N: usize> NumberTerm for DensityOf<F, N> {
    const ARITY: usize = N + 1;
    const VECTORISES: bool = F::VECTORISES;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]) {
        Self::unpack(F::log_density(args[0], parameters(args), need))
    }

    const CONSTANT_IN: u8 = F::CONSTANT_IN << 1;
    const RECOMPUTES: bool = F::RECOMPUTES;

    #[inline(always)]
    fn constants<E: Numeric>(args: [E; OPERANDS]) -> [E; 2] {
        F::constants(parameters(args))
    }

    #[inline(always)]
    fn term_given<E: Numeric>(args: [E; OPERANDS], constants: [E; 2], need: Need) -> (E, [E; OPERANDS]) {
        Self::unpack(F::log_density_given(args[0], parameters(args), constants, need))
    }

    const HAS_SHORTCUT: bool = F::HAS_SHORTCUT;

    #[inline(always)]
    fn shortcut_fits<E: Numeric>(args: [E; OPERANDS]) -> bool {
        F::shortcut_fits(args[0], parameters(args))
    }

    #[inline(always)]
    fn shortcut<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]) {
        Self::unpack(F::shortcut(args[0], parameters(args), need))
    }
}

/// Returns the operands behind the value.
#[inline(always)]
fn parameters<E: Numeric, const N: usize>(args: [E; OPERANDS]) -> [E; N] {
    // A copy through memory would keep the loops over elements from becoming vectors.
    from_fn(E::zero(), |k| args[k + 1])
}

impl<F: Univariate<N>, const N: usize> DensityOf<F, N> {
    #[inline(always)]
    fn unpack<E: Numeric>(density: Density<E, N>) -> (E, [E; OPERANDS]) {
        let mut by = [E::zero(); OPERANDS];
        by[0] = density.by_value;
        for (by, partial) in by[1..=N].iter_mut().zip(density.by_parameter) {
            *by = partial;
        }
        (density.log, by)
    }
}

/// How far a family's values lie below the upper end of their support.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct NearEnd<E: Element> {
    /// The draws of that distance, by the parameters.
    pub(crate) draws: DrawLoops<E>,
    /// Whether the last parameter of these draws is the value.
    pub(crate) passes_value: bool,
    pub(crate) end: UpperEnd,
    /// The parameter that is the lower end, which is zero if none is.
    pub(crate) lower: Option<usize>,
    /// The family with the distance among its parameters, and its place there, if the density needs it: where the end is one.
    pub(crate) beside: Option<(&'static Numbers<E>, usize)>,
}

/// Where the upper end of a support is.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub enum UpperEnd {
    One,
    /// At a parameter: it is known where that is a constant.
    Parameter(usize),
}

impl UpperEnd {
    fn of<E: Element>(self, p: &[Arg<E>]) -> Option<E> {
        match self {
            UpperEnd::One => Some(E::one()),
            UpperEnd::Parameter(k) => p[k].as_constant().filter(|end| end.is_finite()),
        }
    }
}

/// A family of numbers for a run: the functions that are compiled for it.
#[doc(hidden)]
pub struct Numbers<E: Element> {
    pub(super) name: &'static str,
    pub(super) parameters: [&'static str; PARAMETERS],
    pub(super) count: usize,
    is_pathwise: bool,
    outcomes: Outcomes,
    /// The most probable value of a member, if it is known.
    mode: Option<fn([E; PARAMETERS]) -> E>,
    /// How many parameters, the first ones, move an end of the support where the density jumps.
    jumps: usize,
    standard: Standard,
    pub(super) is_custom: bool,
    is_proper: bool,
    tag: Option<Tag>,
    truncated: Option<&'static Numbers<E>>,
    zero_inflated: Option<[&'static Numbers<E>; 2]>,
    near_end: Option<NearEnd<E>>,
    /// The parameters that are probabilities, each with the family by its log-odds.
    by_log_odds: [Option<(usize, fn() -> &'static dyn Family<E>)>; 2],
    density: &'static TermLoops<E>,
    draws: DrawLoops<E>,
    pub(super) support: &'static str,
    trouble_at: fn(E, &[E], Wanted) -> Option<PointTrouble<E>>,
}

impl<E: Element> Numbers<E> {
    /// Returns the functions of a family.
    pub(crate) const fn of<F: Univariate<N>, const N: usize>() -> Numbers<E> {
        Numbers {
            name: F::NAME,
            parameters: names([], F::PARAMETERS),
            count: N,
            is_pathwise: F::PATHWISE,
            outcomes: F::OUTCOMES,
            mode: if F::HAS_MODE { Some(mode_of::<E, F, N>) } else { None },
            jumps: F::JUMPS,
            standard: F::STANDARD,
            is_custom: F::IS_CUSTOM,
            is_proper: F::IS_PROPER,
            tag: None,
            truncated: None,
            zero_inflated: None,
            near_end: None,
            by_log_odds: [None; 2],
            density: TermLoops::of::<DensityOf<F, N>>(),
            draws: DrawLoops::of::<F, N>(),
            support: F::Support::NAME,
            trouble_at: trouble_at::<E, F, N>,
        }
    }

    /// Returns the family as one that others know by name.
    pub(crate) const fn tagged(self, tag: Option<Tag>) -> Numbers<E> {
        Numbers { tag, ..self }
    }

    /// Returns the family as one that can be truncated, to this one.
    pub(crate) const fn truncated_to(self, truncated: &'static Numbers<E>) -> Numbers<E> {
        Numbers { truncated: Some(truncated), ..self }
    }

    /// Returns the family as one whose draws may lie so close to their upper end that the distance has to be drawn by itself.
    pub(crate) const fn with_end(self, near_end: NearEnd<E>) -> Numbers<E> {
        Numbers { near_end: Some(near_end), ..self }
    }

    /// Returns the family as one of which a parameter is a probability, which that one has by its log-odds.
    pub(crate) const fn with_log_odds(
        mut self,
        parameter: usize,
        family: fn() -> &'static dyn Family<E>,
    ) -> Numbers<E> {
        let place = self.by_log_odds[0].is_some() as usize;
        self.by_log_odds[place] = Some((parameter, family));
        self
    }

    /// Records the sum over the event of the log-density, by the value and the parameters: with one minus the value, where that is
    /// known by itself.
    fn sum_density(
        &self,
        tape: &mut Tape<E>,
        mut args: [Arg<E>; OPERANDS],
        event: Shape,
        usage: Use,
    ) -> NodeId {
        let (mut loops, mut count) = (self.density, self.count + 1);
        if let Some(NearEnd { end, beside: Some((beside, place)), .. }) = &self.near_end
            && end.of(&args[1..count]) == Some(E::one())
            && let Some(complement) = tape.complement(args[0].id)
        {
            args[place + 1] = Arg { id: complement, value: E::zero() };
            (loops, count) = (beside.density, beside.count + 1);
        }
        tape.sum_term(loops, &args[..count], event, usage)
    }

    /// Returns the family as one that can be inflated by zeros, by their share or by its log-odds.
    pub(crate) const fn inflated_to(self, inflated: [&'static Numbers<E>; 2]) -> Numbers<E> {
        Numbers { zero_inflated: Some(inflated), ..self }
    }
}

/// Returns the family of these functions: a user's crate that made the table of it would compile all that is in it.
pub(crate) fn as_family<E: Element>(numbers: &'static Numbers<E>) -> &'static dyn Family<E> {
    numbers
}

impl<E: Element> Family<E> for Numbers<E> {
    fn tag(&self) -> Option<Tag> {
        self.tag
    }

    fn is_pathwise(&self) -> bool {
        self.is_pathwise
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn jump_operands(&self, _: bool) -> usize {
        self.jumps
    }

    fn standard(&self) -> Standard {
        self.standard
    }

    fn mode(&self) -> Option<fn([E; PARAMETERS]) -> E> {
        self.mode
    }

    fn is_custom(&self) -> bool {
        self.is_custom
    }

    fn is_proper(&self) -> bool {
        self.is_proper
    }

    fn outcomes(&self) -> Outcomes {
        self.outcomes
    }

    fn truncated(&self) -> Option<&'static dyn Family<E>> {
        self.truncated.map(|family| family as &dyn Family<E>)
    }

    fn has_probabilities(&self) -> bool {
        self.by_log_odds[0].is_some()
    }

    fn by_log_odds(&self, parameter: usize) -> Option<&'static dyn Family<E>> {
        let mut found = self.by_log_odds.iter().flatten();
        found.find(|(k, _)| *k == parameter).map(|(_, family)| family())
    }

    fn zero_inflated(&self, by_logits: bool) -> Option<&'static dyn Family<E>> {
        self.zero_inflated.map(|families| families[usize::from(by_logits)] as &dyn Family<E>)
    }

    /// Returns the one shape that the parameters which are arrays have.
    fn event_shape(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> Result<Shape, String> {
        let mut shape = Shape::SCALAR;
        let mut from = 0;
        for (k, value) in p.iter().enumerate() {
            let arg = tape.lift_waiting(*value, place);
            let here = tape.extent(&arg).shape;
            if here.rank() == 0 {
                continue;
            }
            if shape.rank() == 0 {
                (shape, from) = (here, k);
            } else if shape != here {
                let names = self.parameters;
                return Err(format!(
                    "the parameters of {} do not fit: {} has the shape {shape}, {} has {here}",
                    self.name, names[from], names[k]
                ));
            }
        }
        Ok(shape)
    }

    fn draw(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>], request: Request) -> NodeId {
        let args: [_; PARAMETERS] = lift(tape, place, p);
        let Request { streams, extent, pathwise, deps } = request;
        let draw = tape.draw_numbers(&self.draws, &streams, &args[..p.len()], extent, pathwise, deps);
        if let Some(NearEnd { draws: loops, passes_value, end, lower, .. }) = self.near_end
            && let Some(end) = end.of(&args)
        {
            let starts_at_zero =
                lower.is_none_or(|k| args[k].as_constant().is_some_and(|low| low >= E::zero()));
            let again = Again {
                value: draw,
                end,
                starts_at_zero,
                loops,
                passes_value,
                streams,
                p: args,
                domain: extent,
                pathwise,
                deps,
            };
            tape.note_draw(again);
        }
        draw
    }

    fn log_density(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        usage: Use,
    ) -> NodeId {
        let mut args = [value; OPERANDS];
        for (arg, &p) in args[1..].iter_mut().zip(p) {
            *arg = tape.lift_waiting(p, place);
        }
        let event = joint_event(tape, &args[..=p.len()]);
        self.sum_density(tape, args, event, usage)
    }

    fn log_density_at(
        &self,
        tape: &mut Tape<E>,
        p: &[Arg<E>],
        value: Arg<E>,
        event: Shape,
        usage: Use,
    ) -> NodeId {
        let mut args = [value; OPERANDS];
        args[1..=p.len()].copy_from_slice(p);
        self.sum_density(tape, args, event, usage)
    }

    fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        let mut args = [value; OPERANDS];
        for (arg, &p) in args[1..].iter_mut().zip(p) {
            *arg = tape.lift(p, place);
        }
        let args = &args[..=p.len()];
        let shape = joint_event(tape, args);
        let axes = args.iter().fold(AxisSet::EMPTY, |set, arg| set.union(tape.extent(arg).axes));
        let domain = Extent { axes, shape };
        let mut extents = [Extent::SCALAR; OPERANDS];
        let mut data: [Vec<E>; OPERANDS] = std::array::from_fn(|_| Vec::new());
        for (k, arg) in args.iter().enumerate() {
            extents[k] = tape.extent(arg);
            data[k] = if arg.id.is_some() { tape.value(arg.id).to_vec() } else { vec![arg.value] };
        }
        let left_out = mask.map(|mask| tape.left_out(mask, axes));
        let width = shape.len().max(1);
        let mut trouble = None;
        let mut at = 0;
        Walk::new(&tape.sizes, domain, &extents[..args.len()]).rows(|offset, n, stride| {
            for i in 0..n {
                if trouble.is_none() && !left_out.as_ref().is_some_and(|left_out| left_out[at / width]) {
                    let element = |k: usize| data[k][offset[k] + i * stride[k]];
                    let mut point = [E::zero(); PARAMETERS];
                    for (k, slot) in point[..self.count].iter_mut().enumerate() {
                        *slot = element(k + 1);
                    }
                    let found = (self.trouble_at)(element(0), &point[..self.count], wanted);
                    trouble = found.map(|found| {
                        (at, found.silent, found.fault(), self.describe_trouble(&found, element(0), &point))
                    });
                }
                at += 1;
            }
        });
        trouble.map(|(at, silent, fault, detail)| Trouble {
            axes,
            row: at / width,
            event: (shape.rank() > 0).then_some(at % width),
            silent,
            fault,
            detail,
        })
    }
}

/// Returns the event shape of operands of which each is a scalar or has that shape.
fn mode_of<E: Element, F: Univariate<N>, const N: usize>(p: [E; PARAMETERS]) -> E {
    F::mode(std::array::from_fn(|k| p[k]))
}

fn joint_event<E: Element>(tape: &Tape<E>, args: &[Arg<E>]) -> Shape {
    args.iter().map(|arg| tape.extent(arg).shape).find(|s| s.rank() > 0).unwrap_or(Shape::SCALAR)
}
