//! Checks of the operations that a program may use: each against a naive twin, and its adjoints against differences.
//!
//! A case opens real plates, makes leaf inputs along some of them, and runs an operation on public handles. Its value is
//! compared with a function of one element that knows nothing of axes, and the reverse sweep, from a random cotangent,
//! with six-point differences of the whole recording.

mod broadcasting;
mod choices;
mod densities;
mod distributions;
mod draws;
mod elementwise;
mod event_rows;
mod harness;
mod indexing;
mod linear;
mod matrices;
mod parameters;
mod positions;
mod recurrence;
mod reductions;
mod shapes;
mod square;

use harness::Case;
