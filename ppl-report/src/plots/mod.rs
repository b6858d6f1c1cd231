//! Pictures of a fit: the course of the bound, densities, intervals, chains, predictions and calibration.
//!
//! Each takes slices of numbers and gives a [`Plot`](crate::Plot). Numbers that are not finite are left out, and so is what would be too
//! much to look at; the picture says how much.

mod bound;
mod calibration;
mod density;
mod forest;
mod images;
mod pairs;
mod predictive;
mod ranks;
mod trace;

pub use bound::{Stretch, bound};
pub use calibration::calibration;
pub use density::{Density, density};
pub use forest::{ForestRow, forest};
pub use images::{ImageRow, images};
pub use pairs::pairs;
pub use predictive::predictive;
pub use ranks::ranks;
pub use trace::trace;
