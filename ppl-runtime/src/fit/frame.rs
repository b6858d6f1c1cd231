//! The frame in which an automatic guide begins: where the posterior lies in unconstrained space, roughly.

use crate::element::Element;
use crate::error::Error;
use crate::kernel::triangular::{cholesky_in_place, solve_in_place};
use crate::latent::{Layout, LogDensity};
use crate::program::Model;
use crate::program::automatic::Automatic;
use crate::program::automatic::{BlockFrame, Frame};
use crate::svi::core::Core;
use ppl_samplers::{Path, Pathfinder, SamplerError, Target, TargetError};

/// How many paths are tried, from different points.
const PATHS: u64 = 4;

/// A normal approximation in unconstrained space.
#[doc(hidden)]
pub struct FoundFrame {
    layout: Layout,
    mean: Vec<f64>,
    /// Row by row.
    covariance: Vec<f64>,
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

/// Looks for a normal approximation; there may be none.
pub(super) fn find<M: Model>(model: &M, seed: u64) -> Result<Option<FoundFrame>, Error> {
    let mut density = LogDensity::new(model)?;
    if density.dim() == 0 {
        return Ok(None);
    }
    let mut best: Option<Path> = None;
    for k in 0..PATHS {
        let path = Pathfinder::new()
            .seed(seed.wrapping_mul(PATHS).wrapping_add(k))
            .draws(1)
            .run_single(&mut density);
        match path {
            Ok(path) if path.elbo.is_finite() => {
                if best.as_ref().is_none_or(|best| path.elbo > best.elbo) {
                    best = Some(path);
                }
            }
            Ok(_) => {}
            Err(SamplerError::Target(TargetError::Fatal(error))) => {
                return Err(match error.downcast::<Error>() {
                    Ok(error) => *error,
                    Err(other) => Error::Setup { what: other.to_string() },
                });
            }
            // From another point it may do.
            Err(_) => {}
        }
    }
    Ok(best.map(|path| FoundFrame {
        layout: density.layout().clone(),
        mean: path.mean().to_vec(),
        covariance: path.covariance(),
    }))
}

/// Has the guide of a session begin in this frame, if it is one of positive variances.
pub(crate) fn set_frame<E: Element>(core: &mut Core<E>, how: Automatic, frame: &FoundFrame) {
    let FoundFrame { layout, mean, covariance } = frame;
    let n = mean.len();
    let mut factor = covariance.clone();
    cholesky_in_place(&mut factor, n);
    let is_positive = (0..n).all(|k| factor[k * n + k] > 0.0) && factor.iter().all(|l| l.is_finite());
    if !is_positive {
        return;
    }
    for i in 0..n {
        factor[i * n + i + 1..(i + 1) * n].fill(0.0);
    }
    let automatic = &mut core.run.session.automatic;
    if how.is_joint() {
        automatic.block.frame = Some(BlockFrame { centre: mean.clone(), unit: factor });
        return;
    }
    // The best independent normals have the precision's diagonal: the squared lengths of the columns of the factor's inverse.
    let mut precisions = vec![0.0; n];
    for (k, precision) in precisions.iter_mut().enumerate() {
        let mut column = vec![0.0; n];
        column[k] = 1.0;
        solve_in_place(&factor, n, false, &mut column);
        *precision = column.iter().map(|x| x * x).sum();
    }
    for site in &layout.sites {
        let centre = mean[site.range.clone()].to_vec();
        let unit = precisions[site.range.clone()].iter().map(|p: &f64| p.sqrt().recip()).collect();
        automatic.frames.insert(site.name.clone(), Frame { centre, unit });
    }
}
