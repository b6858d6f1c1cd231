//! Plots of draws and chains as SVG, and pages of one file that hold them.
//!
//! Nothing here knows of programs: [`plots`] are functions of slices of `f64` and names, and a [`Page`] is put together of text, tables
//! and plots. Every picture can be read on a phone and in dark mode. Numbers that cannot be drawn never fail: the picture says what is
//! missing.

mod axis;
mod canvas;
mod column;
mod figure;
mod kernel_density;
mod numbers;
mod page;
mod plot;
pub mod plots;
mod style;
mod text;

pub use numbers::Numbers;
pub use page::Page;
pub use plot::Plot;
