//! Whether draws and importance weights can be trusted.
//!
//! Pure functions of slices of `f64`: [`chains`] compares chains of draws, [`psis`] smooths importance weights, [`loo`] estimates
//! predictive accuracy, [`intervals`] has quantiles and narrowest intervals, [`ranks`] tests calibration, and [`mod@write`] makes files that
//! other tools open.

pub mod chains;
mod error;
#[cfg(test)]
mod fixture;
pub mod intervals;
pub mod loo;
mod numeric;
pub mod psis;
pub mod ranks;
mod special;
pub mod write;

pub use error::Error;
