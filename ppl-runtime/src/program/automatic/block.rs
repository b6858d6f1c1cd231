//! One distribution of all the sites that a guide leaves to the library.
//!
//! It is drawn first, as one vector; the model then meets each site with its own part of it. So the vector's parts must be known before,
//! which a run of the model that draws nothing tells.

use super::Automatic;
use crate::dist::MultivariateNormal;
use crate::element::Element;
use crate::program::address::Name;
use crate::program::overlay::Meeting;
use crate::program::param::param;
use crate::program::pass::{Coverage, Latents, Listener, Pass};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::site::guide_site;
use crate::program::slot;
use crate::shape::{MAX_RANK, Shape};
use crate::support::{AnyBijection, Bijection, CovarianceCholesky, RealLine};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use crate::value::{IntoValue, Tensor};

/// A site's part of the vector.
#[derive(Clone, Copy, Debug)]
struct BlockPart {
    start: usize,
    len: usize,
    /// The sizes of its plates, then the shape of the unconstrained numbers of one row.
    shape: Shape,
}

/// Where the vector lies, roughly, as [`Frame`](super::parameters::Frame) says it of one site; the unit is a lower triangular matrix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BlockFrame {
    pub(crate) centre: Vec<f64>,
    pub(crate) unit: Vec<f64>,
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
    pub(crate) frame: Option<BlockFrame>,
}

/// Draws the vector, if its length is known.
pub(super) fn draw<E: Element>(scale: f64) {
    let known = slot::with_compared(|run: &mut Run<E>| {
        let automatic = &run.session.automatic;
        Some((automatic.block.dim?, automatic.block.frame.clone()))
    });
    let Some((dim, frame)) = known.flatten().filter(|(dim, _)| *dim > 0) else { return };
    let first = if frame.is_some() { 1.0 } else { scale };
    let loc: Tensor<E> = param(Name::new("auto.loc"), || vec![0.0; dim], RealLine);
    let tril: Tensor<E> = param(
        Name::new("auto.tril"),
        || ndarray::Array2::<f64>::from_diag_elem(dim, first),
        CovarianceCholesky,
    );
    let (loc, tril) = match frame {
        None => (loc, tril),
        Some(frame) => {
            let centre: Tensor<E> = constant(frame.centre, &[dim]);
            let unit: Tensor<E> = constant(frame.unit, &[dim, dim]);
            (centre + unit.matmul(loc), unit.matmul(tril))
        }
    };
    set_own::<E>(true);
    let law = MultivariateNormal::new(loc, tril);
    let drawn: Tensor<E> = guide_site::<E, RealLine, _>(Name::new("auto.block"), law).auxiliary().draw();
    set_own::<E>(false);
    slot::with(|run: &mut Run<E>| {
        let value = run.tape.lift(drawn.into_value(), std::panic::Location::caller());
        run.session.automatic.block.draw = Some(run.tape.materialise(value));
        run.session.automatic.block_site = run.trace.order.last().copied();
    });
}

/// Says whether the statements that come are those of the library.
fn set_own<E: Element>(own: bool) {
    slot::with(|run: &mut Run<E>| run.trace.notes.of_guide = own);
}

fn constant<E: Element>(values: Vec<f64>, shape: &[usize]) -> Tensor<E> {
    let found = slot::with(|run: &mut Run<E>| {
        let extent = Extent { axes: crate::tape::axes::AxisSet::EMPTY, shape: Shape::of(shape)? };
        let fill = |out: &mut [E]| out.iter_mut().zip(&values).for_each(|(to, &v)| *to = E::of(v));
        let id = run.tape.leaf(extent, Deps::NONE, fill);
        Some(crate::value::Value::of_node(id, &run.tape))
    });
    crate::value::Handle::from_value(found.flatten().unwrap_or_else(crate::value::Value::orphan))
}

impl<E: Element> Run<E> {
    /// Runs the guide, and then the model, unless the guide was stopped.
    pub(crate) fn execute_both(&mut self, programs: Programs<'_>) {
        if self.execute(0, || programs.guide.run_guide()).is_none() {
            return;
        }
        if matches!(self.trace.automatic, Some(Automatic::FullRank { .. }))
            && self.session.automatic.block.dim.is_none()
            && self.tape.error.is_none()
        {
            let (pass, particles) = (self.pass, self.particles());
            self.learn_block(programs);
            if self.tape.error.is_some() {
                return;
            }
            self.begin(pass, particles);
            self.execute(0, || programs.guide.run_guide());
        }
        self.execute(1, || programs.model.run_model());
    }

    /// Finds the parts of the vector.
    #[cold]
    fn learn_block(&mut self, programs: Programs<'_>) {
        let pass = Pass {
            latents: Latents::Proposed,
            coverage: Coverage::Whole,
            listener: Listener::Nobody,
            observations: crate::program::pass::Observations::Scored,
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
        let Some(part) = block.parts.get(site as usize).copied().flatten() else {
            return Err(
                "was not there at first: the latent sites of the model must always be the same".to_owned()
            );
        };
        let axes = self.tape.node(draw).axes;
        let own = self.tape.slice(draw, 0, part.start, part.len);
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
        let block = &mut self.session.automatic.block;
        let at = site as usize;
        if at >= block.parts.len() {
            block.parts.resize(at + 1, None);
        }
        block.parts[at] = Some(BlockPart { start: block.learnt, len: whole.len(), shape: whole });
        block.learnt += whole.len();
        Ok(self
            .tape
            .leaf(Extent { axes: self.scope.axes, shape: free }, Deps::NONE, |out| out.fill(E::zero())))
    }
}
