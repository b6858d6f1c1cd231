//! Distributions of numbers: an elementwise family on a tape.

use super::distribution::{Caller, Operands, Request, Trouble};
use super::family::{Density, Need, Univariate};
use super::outcomes::Outcomes;
use crate::element::{Element, Numeric};
use crate::program::run::Run;
use crate::support::Support;
use crate::tape::axes::AxisSet;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::{OPERANDS, Term, Use};
use crate::tape::shape::Shape;
use crate::tape::walk::{Extent, Walk};
use crate::value::Value;
use std::marker::PhantomData;

/// The log-density of a family as a term of a sum: the value first, then the parameters.
pub(crate) struct LogDensity<F, const N: usize>(PhantomData<F>);

impl<F: Univariate<N>, const N: usize> Term for LogDensity<F, N> {
    const ARITY: usize = N + 1;
    const VECTORISES: bool = F::VECTORISES;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]) {
        Self::unpack(F::log_density(args[0], std::array::from_fn(|k| args[k + 1]), need))
    }

    const CONSTANT_IN: u8 = F::CONSTANT_IN << 1;
    const RECOMPUTES: bool = F::RECOMPUTES;

    #[inline(always)]
    fn constants<E: Numeric>(args: [E; OPERANDS]) -> [E; 2] {
        F::constants(std::array::from_fn(|k| args[k + 1]))
    }

    #[inline(always)]
    fn term_given<E: Numeric>(args: [E; OPERANDS], constants: [E; 2], need: Need) -> (E, [E; OPERANDS]) {
        Self::unpack(F::log_density_given(args[0], std::array::from_fn(|k| args[k + 1]), constants, need))
    }

    const HAS_SHORTCUT: bool = F::HAS_SHORTCUT;

    #[inline(always)]
    fn shortcut_fits<E: Numeric>(args: [E; OPERANDS]) -> bool {
        F::shortcut_fits(args[0], std::array::from_fn(|k| args[k + 1]))
    }

    #[inline(always)]
    fn shortcut<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]) {
        Self::unpack(F::shortcut(args[0], std::array::from_fn(|k| args[k + 1]), need))
    }
}

impl<F: Univariate<N>, const N: usize> LogDensity<F, N> {
    #[inline(always)]
    fn unpack<E: Numeric>(density: Density<E, N>) -> (E, [E; OPERANDS]) {
        let mut by = [E::zero(); OPERANDS];
        by[0] = density.by_value;
        by[1..=N].copy_from_slice(&density.by_parameter);
        (density.log, by)
    }
}

pub(crate) fn lift<E: Element, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
) -> [Arg<E>; N] {
    std::array::from_fn(|k| run.lift_at(p[k], place))
}

pub(crate) fn operands<E: Element, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
) -> Operands {
    Operands::of(run, place, p)
}

/// Returns the operands and the event shape in one pass where the parameters are scalars, which is the usual case.
#[inline]
pub(crate) fn describe<E: Element, F: Univariate<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
) -> (Operands, Result<Shape, String>) {
    let mut operands = Operands::default();
    for value in p {
        let arg = run.lift_waiting_at(*value, place);
        if arg.id.is_some() {
            let node = run.tape.node(arg.id);
            if node.shape.rank() != 0 {
                return (self::operands(run, place, p), event_shape::<E, F, N>(run, place, p));
            }
            operands.axes = operands.axes.union(node.axes);
            operands.deps = operands.deps.union(node.deps);
        }
    }
    (operands, Ok(Shape::SCALAR))
}

/// Returns how many values a member of the family has.
pub(crate) fn outcomes<F: Univariate<N>, const N: usize>() -> Outcomes {
    F::OUTCOMES
}

/// Returns the one shape that the parameters which are arrays have.
pub(crate) fn event_shape<E: Element, F: Univariate<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
) -> Result<Shape, String> {
    let mut shape = Shape::SCALAR;
    let mut from = 0;
    for (k, value) in p.iter().enumerate() {
        let arg = run.lift_waiting_at(*value, place);
        let here = run.tape.extent(&arg).shape;
        if here.rank() == 0 {
            continue;
        }
        if shape.rank() == 0 {
            (shape, from) = (here, k);
        } else if shape != here {
            let names = F::PARAMETERS;
            return Err(format!(
                "the parameters of {} do not fit: {} has the shape {shape}, {} has {here}",
                F::NAME,
                names[from],
                names[k]
            ));
        }
    }
    Ok(shape)
}

pub(crate) fn draw<E: Element, F: Univariate<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
    request: Request,
) -> NodeId {
    let p = lift(run, place, p);
    let Request { streams, extent, pathwise, deps } = request;
    run.tape.draw_univariate::<F, N>(&streams, p, extent, pathwise && F::PATHWISE, deps)
}

pub(crate) fn log_density<E: Element, F: Univariate<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
    value: Arg<E>,
    usage: Use,
) -> NodeId {
    let mut args = [value; OPERANDS];
    for (k, p) in p.iter().enumerate() {
        args[k + 1] = run.lift_waiting_at(*p, place);
    }
    let event = joint_event(run, &args[..=N]);
    run.tape.sum_terms::<LogDensity<F, N>>(&args, event, usage)
}

/// Returns the event shape of operands of which each is a scalar or has that shape.
fn joint_event<E: Element>(run: &Run<E>, args: &[Arg<E>]) -> Shape {
    args.iter().map(|arg| run.tape.extent(arg).shape).find(|s| s.rank() > 0).unwrap_or(Shape::SCALAR)
}

pub(crate) fn find_trouble<E: Element, F: Univariate<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
    value: Arg<E>,
) -> Option<Trouble> {
    let mut args = [value; OPERANDS];
    for (k, p) in p.iter().enumerate() {
        args[k + 1] = run.lift_at(*p, place);
    }
    let args = &args[..=N];
    let shape = joint_event(run, args);
    let axes = args.iter().fold(AxisSet::EMPTY, |set, arg| set.union(run.tape.extent(arg).axes));
    let domain = Extent { axes, shape };
    let mut extents = [Extent::SCALAR; OPERANDS];
    let mut data: [Vec<E>; OPERANDS] = std::array::from_fn(|_| Vec::new());
    for (k, arg) in args.iter().enumerate() {
        extents[k] = run.tape.extent(arg);
        data[k] = if arg.id.is_some() { run.tape.value(arg.id).to_vec() } else { vec![arg.value] };
    }
    let left_out = run.left_out(axes);
    let width = shape.len().max(1);
    let mut trouble = None;
    let mut at = 0;
    Walk::new(&run.tape.sizes, domain, &extents[..=N]).rows(|offset, n, stride| {
        for i in 0..n {
            if trouble.is_none() && !left_out.as_ref().is_some_and(|left_out| left_out[at / width]) {
                let point: [E; N] = std::array::from_fn(|k| data[k + 1][offset[k + 1] + i * stride[k + 1]]);
                let x = data[0][offset[0] + i * stride[0]];
                trouble = point_trouble::<E, F, N>(x, point).map(|detail| {
                    let silent = F::log_density(x, point, Need::NONE).log.is_finite();
                    (at, (silent, detail))
                });
            }
            at += 1;
        }
    });
    trouble.map(|(at, (silent, detail))| Trouble {
        axes,
        row: at / width,
        event: (shape.rank() > 0).then_some(at % width),
        silent,
        detail,
    })
}

fn point_trouble<E: Element, F: Univariate<N>, const N: usize>(x: E, p: [E; N]) -> Option<String> {
    if let Err(bad) = F::check(p) {
        let k = F::PARAMETERS.iter().position(|&name| name == bad.name).unwrap_or(0);
        return Some(format!("{} of {} must {}, got {}", bad.name, F::NAME, bad.must, p[k]));
    }
    if !F::contains(x, p) {
        let at: Vec<String> = F::PARAMETERS.iter().zip(p).map(|(name, v)| format!("{name} = {v}")).collect();
        let support = F::Support::NAME;
        return Some(format!(
            "the value {x} is outside the support ({support}) of {}({})",
            F::NAME,
            at.join(", ")
        ));
    }
    None
}
