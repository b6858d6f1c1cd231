//! Draws from a fitted guide.

use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::run::{Behaviour, Run};
use crate::program::{Guide, Model};
use crate::results::Draws;
use crate::tape::axes::PARTICLES;
use crate::tape::node::NodeId;
use ndarray::{ArrayD, Axis, IxDyn};

/// The most draws that one run of the guide makes side by side.
const CHUNK: usize = 1000;

/// The number of a session's request for draws, which sets its random streams apart from those of steps.
const DRAWS: u64 = 1 << 63;

/// A fitted guide, to draw from: the approximate posterior.
pub struct Posterior<'a, M: Model, G> {
    model: &'a M,
    guide: &'a G,
    run: &'a mut Run<M::Element>,
}

impl<'a, M: Model, G: Guide<Element = M::Element>> Posterior<'a, M, G> {
    pub(crate) fn new(model: &'a M, guide: &'a G, run: &'a mut Run<M::Element>) -> Self {
        Posterior { model, guide, run }
    }

    /// Returns `n` draws of every latent site, with the plates and the event as further dimensions.
    ///
    /// Subsampled plates are drawn whole.
    ///
    /// # Errors
    ///
    /// If `n` is zero, or as a step.
    pub fn draws(&mut self, n: usize) -> Result<Draws, Error> {
        let guide = self.guide;
        collect(self.run, n, Subject::Site, |run| {
            run.execute(0, || guide.run());
        })
    }

    /// Returns `n` draws of every observed site: data that the model would make from draws of the guide.
    ///
    /// # Errors
    ///
    /// If `n` is zero, or as a step.
    pub fn predictive(&mut self, n: usize) -> Result<Draws, Error> {
        let (guide, model) = (self.guide, self.model);
        collect(self.run, n, Subject::Observation, |run| {
            run.execute(0, || guide.run());
            run.execute(1, || model.run());
        })
    }
}

/// Runs programs for `n` particles, a chunk at a time, and collects the values of the sites of one subject.
pub(crate) fn collect<E: Element>(
    run: &mut Run<E>,
    n: usize,
    subject: Subject,
    mut programs: impl FnMut(&mut Run<E>),
) -> Result<Draws, Error> {
    if n == 0 {
        return Err(Error::Setup { what: "expected at least one draw, got 0".to_owned() });
    }
    let mut sites: Vec<(u32, Vec<ArrayD<f64>>)> = Vec::new();
    let mut done = 0;
    while done < n {
        let particles = CHUNK.min(n - done);
        run.step = DRAWS | done as u64;
        run.tape.differentiates = false;
        run.begin(Behaviour::SIMULATION, particles);
        programs(run);
        run.tape.differentiates = true;
        run.outcome()?;
        let chunk: Vec<(u32, NodeId)> = match subject {
            Subject::Observation => run.trace.observations.clone(),
            _ => run.trace.order.iter().map(|&site| (site, run.trace.entries[site as usize].value)).collect(),
        };
        for (site, node) in chunk {
            let array = particle_array(run, node, particles);
            match sites.iter_mut().find(|(s, _)| *s == site) {
                Some((_, arrays)) => arrays.push(array),
                None => sites.push((site, vec![array])),
            }
        }
        done += particles;
    }
    let mut draws = Draws::new();
    for (site, arrays) in sites {
        let name = run.addresses.text(subject, site);
        let views: Vec<_> = arrays.iter().map(|a| a.view()).collect();
        let whole = ndarray::concatenate(Axis(0), &views).map_err(|_| Error::Setup {
            what: format!("site `{name}` does not have the same shape in every draw"),
        })?;
        draws.insert(name, whole).map_err(|e| Error::Setup { what: e.to_string() })?;
    }
    Ok(draws)
}

/// Returns a node's elements as an array of shape `[particles, plates.., event..]`.
pub(crate) fn particle_array<E: Element>(run: &Run<E>, node: NodeId, particles: usize) -> ArrayD<f64> {
    let source = run.tape.node(node);
    let mut shape = vec![particles];
    for axis in source.axes.iter().filter(|&a| a != PARTICLES) {
        shape.push(run.tape.sizes[axis.0 as usize] as usize);
    }
    shape.extend(source.shape.dims().iter().map(|&d| d as usize));
    let values = run.tape.value(node);
    let repeats = if source.axes.contains(PARTICLES) { 1 } else { particles };
    let elements = (0..repeats).flat_map(|_| values.iter().map(|v| v.as_f64())).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), elements).unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)))
}
