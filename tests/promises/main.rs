//! What the library promises, one file for each promise.

mod closed_divergences;
mod conjugate;
mod directions;
mod elsewhere_wrong;
mod enumerated_score;
mod invariances;
mod leave_one_out;
mod normal_gradients;
mod not_finite;
mod panics;
mod rao_blackwell;
mod runs;
mod shapes;
mod sticking_the_landing;
mod streams;
mod subsamples;
mod tensors;
mod threads;
mod wrong_data;
