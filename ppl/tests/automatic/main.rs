//! Models without a guide of the user's own: their log-density as a function of one vector, and automatic guides.

mod calibration;
#[path = "../check/mod.rs"]
mod check;
mod density;
mod guides;
mod laplace;
mod noncentered;
mod posteriors;
mod restarts;
#[path = "../twelve/mod.rs"]
mod twelve;
