//! The frame in which an automatic guide begins: where the posterior lies in unconstrained space, roughly.

use super::principal::principal;
use super::whitened::{NormalFrame, Whitened};
use crate::element::Element;
use crate::error::Error;
use crate::latent::{Layout, LogDensity};
use crate::program::Model;
use crate::program::automatic::{Automatic, BlockFrame, Frame, SitePlan, Spread};
use crate::svi::core::Core;
use ppl_samplers::{Laplace, Map, Pathfinder, SamplerError, Target, TargetError};

/// How many paths are tried, from different points.
pub(super) const PATHS: u64 = 4;

/// How many draws compare two normal approximations.
const DRAWS: usize = 100;

/// How often the curvature at the mode is looked at, and of how many coordinates at most.
const REFINEMENTS: usize = 2;
const LARGEST: usize = 500;

/// A normal approximation in unconstrained space.
#[doc(hidden)]
pub struct FoundFrame {
    layout: Layout,
    normal: NormalFrame,
}

impl<M: Model> Target for LogDensity<M> {
    fn dim(&self) -> usize {
        LogDensity::dim(self)
    }

    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        LogDensity::log_density_and_gradient(self, x, gradient).map_err(|error| {
            match error.is_recoverable() {
                true => TargetError::outside(error.to_string()),
                false => TargetError::fatal(error),
            }
        })
    }
}

/// Looks for a normal approximation along so many paths; there may be none.
pub(super) fn find<M: Model>(model: &M, seed: u64, paths: u64) -> Result<Option<FoundFrame>, Error> {
    let mut density = LogDensity::new(model)?;
    if density.dim() == 0 {
        return Ok(None);
    }
    let normal = best_normal(&mut density, seed, paths).map_err(told)?;
    Ok(normal.map(|normal| FoundFrame { layout: density.layout().clone(), normal }))
}

/// Looks for the normal distribution with the curvature at a mode.
///
/// # Errors
///
/// If there is no mode to be found, or the density is flat or falls away to no side there.
pub(super) fn find_at_mode<M: Model>(model: &M, seed: u64, paths: u64) -> Result<FoundFrame, Error> {
    let mut density = LogDensity::new(model)?;
    let (layout, dim) = (density.layout().clone(), density.dim());
    let Some(mut normal) = best_normal(&mut density, seed, paths).map_err(told)? else {
        let what = format!(
            "no mode was found of the density of {dim} unconstrained numbers; `auto::Laplace` needs one"
        );
        return Err(Error::Setup { what });
    };
    for _ in 0..=REFINEMENTS {
        let no_curvature = || {
            let what = "the density has no curvature at its mode in every direction, which `auto::Laplace` needs; fit `auto::FullRank`";
            Error::Setup { what: what.to_owned() }
        };
        normal = at_mode(&mut density, &normal).map_err(told)?.ok_or_else(no_curvature)?;
    }
    Ok(FoundFrame { layout, normal })
}

/// Returns the error of a program, or that of an engine as one.
fn told(error: SamplerError) -> Error {
    match error {
        SamplerError::Target(TargetError::Fatal(error)) => match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(other) => Error::Setup { what: other.to_string() },
        },
        other => Error::Setup { what: other.to_string() },
    }
}

fn is_fatal(error: &SamplerError) -> bool {
    matches!(error, SamplerError::Target(TargetError::Fatal(_)))
}

/// Returns the best of what several paths come by, and of what becomes of that at the mode.
fn best_normal(target: &mut dyn Target, seed: u64, paths: u64) -> Result<Option<NormalFrame>, SamplerError> {
    let mut best: Option<(f64, NormalFrame)> = None;
    let mut offer = |elbo: f64, normal: NormalFrame| {
        if elbo.is_finite() && best.as_ref().is_none_or(|(highest, _)| elbo > *highest) {
            best = Some((elbo, normal));
        }
    };
    for k in 0..paths {
        let finder = Pathfinder::new().seed(seed.wrapping_mul(PATHS).wrapping_add(k)).draws(1);
        match finder.run_single(target) {
            Ok(path) => {
                let Some(normal) = NormalFrame::of(path.mean().to_vec(), path.covariance()) else { continue };
                offer(normal.elbo(target, DRAWS, seed)?, normal);
            }
            Err(error) if is_fatal(&error) => return Err(error),
            // From another point it may do.
            Err(_) => {}
        }
    }
    let Some((mut highest, mut normal)) = best else { return Ok(None) };
    // Few steps of a path know little of a density whose coordinates depend on each other. In coordinates where they hardly do, its
    // curvature at the mode is known to many digits.
    for _ in 0..REFINEMENTS {
        if normal.mean.len() > LARGEST {
            break;
        }
        let found = match at_mode(target, &normal) {
            Ok(found) => found,
            Err(error) if is_fatal(&error) => return Err(error),
            Err(_) => break,
        };
        let Some(found) = found else { break };
        let elbo = found.elbo(target, DRAWS, seed)?;
        if elbo <= highest || elbo.is_nan() {
            break;
        }
        (highest, normal) = (elbo, found);
    }
    Ok(Some(normal))
}

/// Returns the normal distribution with the curvature at the mode, as the standard coordinates of another one show it.
fn at_mode(target: &mut dyn Target, normal: &NormalFrame) -> Result<Option<NormalFrame>, SamplerError> {
    let mut whitened = Whitened { target, frame: normal };
    let mode = Map::new().start(vec![0.0; normal.mean.len()]).examined_up_to(0).run(&mut whitened)?;
    let laplace = Laplace::at(&mut whitened, &mode.position)?;
    let inner = NormalFrame::of(laplace.mean().to_vec(), laplace.covariance());
    Ok(inner.map(|inner| normal.followed_by(&inner)))
}

/// Has the guide of a session begin in this frame.
pub(crate) fn set_frame<E: Element>(core: &mut Core<E>, plan: &SitePlan, frame: &FoundFrame) {
    let FoundFrame { layout, normal } = frame;
    let automatic = &mut core.run.session.automatic;
    let together = |name: &str| plan.of_site(name).is_joint();
    let joint: Vec<usize> =
        layout.sites.iter().filter(|site| together(&site.name)).flat_map(|site| site.range.clone()).collect();
    // Sites that are proposed together have the covariance that they have beside the others.
    let block = if joint.len() == normal.mean.len() { Some(normal.clone()) } else { normal.of_some(&joint) };
    if let (Some(how), Some(block)) = (plan.joint(), block) {
        let centre = block.mean.clone();
        let spread = match how {
            Automatic::LowRank { rank, .. } => {
                let (units, rows) = principal(&block, rank);
                Spread::Units { units, rows }
            }
            _ => Spread::Triangular(block.factor),
        };
        automatic.block.frame = Some(BlockFrame { centre, spread });
    }
    if joint.len() == normal.mean.len() {
        return;
    }
    // The best independent normals have the precision's diagonal.
    let precisions = normal.precisions();
    for site in layout.sites.iter().filter(|site| !together(&site.name)) {
        let units: Vec<f64> = precisions[site.range.clone()].iter().map(|p| p.sqrt().recip()).collect();
        let (centre, unit) = (site.spread(&normal.mean[site.range.clone()], 0.0), site.spread(&units, 1.0));
        automatic.frames.insert(site.name.clone(), Frame { centre, unit });
    }
}
