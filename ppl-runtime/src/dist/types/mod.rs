//! The distribution types that programs name: what a family is called with, over the handles of a program.

mod arrays;
mod bounded;
mod continuous;
mod counts;
mod lkj;
mod parameterised;
mod positive;
mod real_line;
mod von_mises_fisher;
mod zero_sum_normal;

pub use arrays::*;
pub use bounded::*;
pub use continuous::Joined;
pub use counts::*;
pub use lkj::LkjCholesky;
pub use positive::*;
pub use real_line::*;
pub use von_mises_fisher::VonMisesFisher;
pub use zero_sum_normal::ZeroSumNormal;
