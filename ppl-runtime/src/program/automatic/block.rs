//! One distribution of all the sites that a guide leaves to the library.
//!
//! It is drawn first, as one vector; the model then meets each site with its own part of it. So the vector's parts must be known before,
//! which a run of the model that draws nothing tells.

use super::Automatic;
use crate::dist::{Distribution, LowRankMultivariateNormal, MultivariateNormal, Proper};
use crate::element::Element;
use crate::estimator::HasPathwise;
use crate::program::address::Name;
use crate::program::overlay::Meeting;
use crate::program::param::param;
use crate::program::pass::{Coverage, Latents, Listener, Observations, Pass};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::site::guide_site;
use crate::program::slot;
use crate::shape::{MAX_RANK, Shape};
use crate::support::{AnyBijection, Bijection, CovarianceCholesky, Positive, RealLine};
use crate::tape::Tape;
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use crate::value::{At, Handle, IntoValue, Tensor, Value};
use ndarray::{Array1, Array2};

/// A site's part of the vector.
#[derive(Clone, Debug)]
struct BlockPart {
    start: usize,
    len: usize,
    /// Where each of the site's numbers stands in the part, if some do not: those that a mask leaves out, or that are known, stand behind its end.
    places: Option<Vec<usize>>,
    /// The sizes of its plates, then the shape of the unconstrained numbers of one row.
    shape: Shape,
}

/// Where the vector lies, roughly, as [`Frame`](super::parameters::Frame) says it of one site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BlockFrame {
    pub(crate) centre: Vec<f64>,
    pub(crate) spread: Spread,
}

/// How far the vector goes around its centre, and in which directions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Spread {
    /// A lower triangular matrix, row by row.
    Triangular(Vec<f64>),
    /// A unit for each number, and in these units the scales and directions in which a covariance of low rank begins: `[1 + rank, dim]`.
    Units { units: Vec<f64>, rows: Vec<f64> },
}

/// The vector that all sites are parts of.
#[derive(Debug, Default)]
pub(crate) struct Block {
    parts: Vec<Option<BlockPart>>,
    /// The length of the vector, once it is known.
    dim: Option<usize>,
    /// How many numbers the sites that have been met have, in a run that is to tell.
    learnt: usize,
    /// Its draw in the run in progress.
    draw: Option<NodeId>,
    /// The number of the site that is the vector.
    pub(crate) site: Option<u32>,
    pub(crate) frame: Option<BlockFrame>,
}

/// Draws the vector, if its length is known.
pub(super) fn draw<E: Element>(how: Automatic) {
    let known = slot::with_compared(|run: &mut Run<E>| {
        let block = &run.session.automatic.block;
        Some((block.dim?, block.frame.is_some()))
    });
    let Some((dim, is_framed)) = known.flatten().filter(|(dim, _)| *dim > 0) else { return };
    let loc: Tensor<E> = param(Name::new("auto.loc"), || vec![0.0; dim], RealLine);
    let drawn = match how {
        Automatic::LowRank { scale, rank } => draw_low_rank::<E>(loc, (dim, rank), scale, is_framed),
        Automatic::FullRank { scale } => draw_full_rank::<E>(loc, dim, scale, is_framed),
        _ => return,
    };
    slot::with(|run: &mut Run<E>| {
        let value = run.tape.lift(drawn.into_value(), std::panic::Location::caller());
        let (draw, site) = (run.tape.materialise(value), run.trace.order.last().copied());
        let block = &mut run.session.automatic.block;
        (block.draw, block.site) = (Some(draw), site);
    });
}

fn draw_full_rank<E: Element>(loc: Tensor<E>, dim: usize, scale: f64, is_framed: bool) -> Tensor<E> {
    let first = if is_framed { 1.0 } else { scale };
    let start = || Array2::<f64>::from_diag_elem(dim, first);
    let tril: Tensor<E> = param(Name::new("auto.tril"), start, CovarianceCholesky);
    let (loc, tril) = match is_framed {
        false => (loc, tril),
        true => {
            let centre: Tensor<E> = of_frame(Shape::vector(dim), |frame| &frame.centre);
            let unit: Tensor<E> = of_frame(Shape::matrix(dim, dim), |frame| match &frame.spread {
                Spread::Triangular(unit) => unit,
                Spread::Units { units, .. } => units,
            });
            (centre + unit.matmul(loc), unit.matmul(tril))
        }
    };
    draw_block::<E, _>(MultivariateNormal::new(loc, tril))
}

fn draw_low_rank<E: Element>(
    loc: Tensor<E>,
    (dim, rank): (usize, usize),
    scale: f64,
    is_framed: bool,
) -> Tensor<E> {
    let (scales, directions) = first_rows::<E>(dim, rank, scale);
    let scales: Tensor<E> = param(Name::new("auto.scale"), || scales.clone(), Positive);
    let directions: Tensor<E> = param(Name::new("auto.directions"), || directions.clone(), RealLine);
    let mut rows = vec![scales];
    rows.extend((0..rank).map(|k| directions.at(k)));
    let rows = Tensor::stack(&rows);
    let (loc, rows) = match is_framed {
        false => (loc, rows),
        true => {
            let centre: Tensor<E> = of_frame(Shape::vector(dim), |frame| &frame.centre);
            let units: Tensor<E> = of_frame(Shape::vector(dim), |frame| match &frame.spread {
                Spread::Triangular(unit) => unit,
                Spread::Units { units, .. } => units,
            });
            (centre + units * loc, units * rows)
        }
    };
    draw_block::<E, _>(LowRankMultivariateNormal::new(loc, rows))
}

/// Returns the scales and the directions in which a covariance of low rank begins.
///
/// Without directions it has no derivative by them: so they begin at small numbers, of which no two rows are alike.
fn first_rows<E: Element>(dim: usize, rank: usize, scale: f64) -> (Array1<f64>, Array2<f64>) {
    let found =
        slot::with_compared(|run: &mut Run<E>| match &run.session.automatic.block.frame.as_ref()?.spread {
            Spread::Units { rows, .. } => Some(rows.clone()),
            Spread::Triangular(_) => None,
        });
    let wave = |row: usize, k: usize| 0.1 * scale * ((row + 1) as f64 * (k + 1) as f64).sin();
    let rows = found.flatten().unwrap_or_else(|| {
        let directions = (0..rank).flat_map(|row| (0..dim).map(move |k| wave(row, k)));
        std::iter::repeat_n(scale, dim).chain(directions).collect()
    });
    let (scales, directions) = rows.split_at(dim);
    let matrix = Array2::from_shape_vec((rank, dim), directions.to_vec());
    (Array1::from(scales.to_vec()), matrix.unwrap_or_else(|_| Array2::zeros((rank, dim))))
}

/// Draws the vector from a distribution, as a site that is none of the model's.
fn draw_block<E: Element, D>(law: D) -> Tensor<E>
where
    D: Distribution<E, Support = RealLine, Value = Tensor<E>, Propriety = Proper> + HasPathwise,
{
    set_own::<E>(true);
    let drawn = guide_site::<E, RealLine, _>(Name::new("auto.block"), law).auxiliary().draw();
    set_own::<E>(false);
    drawn
}

/// Says whether the statements that come are those of the library.
fn set_own<E: Element>(own: bool) {
    slot::with(|run: &mut Run<E>| run.trace.notes.of_guide = own);
}

/// Records numbers of the frame.
fn of_frame<E: Element>(shape: Shape, numbers: fn(&BlockFrame) -> &[f64]) -> Tensor<E> {
    let found = slot::with(|run: &mut Run<E>| {
        let numbers = numbers(run.session.automatic.block.frame.as_ref()?);
        let fill = |out: &mut [E]| out.iter_mut().zip(numbers).for_each(|(to, &v)| *to = E::of(v));
        let id = run.tape.leaf(Extent { axes: AxisSet::EMPTY, shape }, Deps::NONE, fill);
        Some(Value::of_node(id, &run.tape))
    });
    Handle::from_value(found.flatten().unwrap_or_else(Value::orphan))
}

impl<E: Element> Run<E> {
    /// Returns whether the guide draws a vector whose parts are not known yet.
    pub(crate) fn lacks_parts(&self) -> bool {
        let plan = self.session.automatic.plan.as_ref().filter(|_| self.trace.automatic.is_some());
        plan.is_some_and(|plan| plan.joint().is_some())
            && self.session.automatic.block.dim.is_none()
            && self.tape.error.is_none()
    }

    /// Finds the parts of the vector.
    #[cold]
    pub(crate) fn learn_parts(&mut self, programs: Programs<'_>) {
        let pass = Pass {
            latents: Latents::Proposed,
            coverage: Coverage::Whole,
            listener: Listener::Nobody,
            observations: Observations::Scored,
            ..Pass::SIMULATION
        };
        let how = self.trace.automatic;
        self.begin(pass, 1);
        self.trace.automatic = how;
        let block = &mut self.session.automatic.block;
        (block.learnt, block.draw) = (0, None);
        block.parts.clear();
        self.execute(1, || programs.model.run_model());
        if self.tape.error.is_none() {
            self.session.automatic.block.dim = Some(self.session.automatic.block.learnt);
        }
    }

    /// Returns the part of the vector that is a site's.
    pub(super) fn part_of_block(
        &mut self,
        map: AnyBijection,
        meeting: &Meeting<'_, E>,
    ) -> Result<NodeId, String> {
        let &Meeting { site, shape, place, .. } = meeting;
        let block = &self.session.automatic.block;
        let Some(draw) = block.draw.filter(|_| block.dim.is_some()) else {
            return self.learn_part(site, map, shape);
        };
        let Some(part) = block.parts.get(site as usize).and_then(Option::as_ref) else {
            return Err(
                "was not there at first: the latent sites of the model must always be the same".to_owned()
            );
        };
        let axes = self.tape.node(draw).axes;
        let own = self.tape.slice(draw, 0, part.start, part.len);
        let own = match &part.places {
            None => own,
            Some(places) => with_others(&mut self.tape, own, places),
        };
        let mut own = self.tape.view(own, Extent { axes, shape: part.shape }, 0);
        for axis in self.scope.axes.iter() {
            let Some((plate, _)) = self.session.plates.by_axis(axis) else { continue };
            own = self.rows_of(own, self.index_of(plate), place.0);
        }
        Ok(own)
    }

    /// Notes a site's part of the vector, in a run that draws nothing.
    #[cold]
    fn learn_part(&mut self, site: u32, map: AnyBijection, shape: Shape) -> Result<NodeId, String> {
        let event: Vec<usize> = shape.to_vec();
        let free = Bijection::<E>::unconstrained_shape(&map, &event)?;
        // In the order in which parameters have them.
        let open = self.scope.axes.iter().filter_map(|axis| self.session.plates.by_axis(axis));
        let plates = open.map(|(_, plate)| plate.size);
        let dims: Vec<usize> = plates.chain(free.iter().copied()).collect();
        let whole = Shape::of(&dims).ok_or_else(|| {
            format!(
                "has {} dimensions with its plates, more than the {MAX_RANK} that a block has",
                dims.len()
            )
        })?;
        let free = Shape::of(&free).ok_or("has too many dimensions")?;
        let left_out = self
            .scope
            .mask()
            .map(|mask| self.tape.left_out(mask, self.scope.axes.minus(AxisSet::of(PARTICLES))));
        let width = free.len();
        let rows = left_out.filter(|rows| rows.contains(&true));
        let len = rows.as_ref().map_or(whole.len(), |rows| rows.iter().filter(|out| !**out).count() * width);
        let places = rows.map(|rows| places_of(&rows, width, len));
        let block = &mut self.session.automatic.block;
        let at = site as usize;
        if at >= block.parts.len() {
            block.parts.resize(at + 1, None);
        }
        block.parts[at] = Some(BlockPart { start: block.learnt, len, places, shape: whole });
        block.learnt += len;
        Ok(self
            .tape
            .leaf(Extent { axes: self.scope.axes, shape: free }, Deps::NONE, |out| out.fill(E::zero())))
    }
}

/// Returns where each number of the rows stands, if those that are left out all stand at `end`.
fn places_of(left_out: &[bool], width: usize, end: usize) -> Vec<usize> {
    let mut next = 0..end;
    let of_row = |out: &bool| std::iter::repeat_n(*out, width);
    left_out.iter().flat_map(of_row).map(|out| if out { end } else { next.next().unwrap_or(end) }).collect()
}

/// Records a vector's elements in their places, with zeros where there is none.
fn with_others<E: Element>(tape: &mut Tape<E>, own: NodeId, places: &[usize]) -> NodeId {
    let vector = |len| Extent { axes: AxisSet::EMPTY, shape: Shape::vector(len) };
    let zero = tape.leaf(vector(1), Deps::NONE, |out| out.fill(E::zero()));
    let with_zero = tape.join(&[own, zero], 0);
    let index = tape.leaf(vector(places.len()), Deps::NONE, |out| {
        out.iter_mut().zip(places).for_each(|(out, &place)| *out = E::of(place as f64));
    });
    // They were counted from the vector itself.
    tape.take_along(with_zero, index, 0).unwrap_or(with_zero)
}
