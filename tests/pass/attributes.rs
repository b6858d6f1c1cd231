//! Attributes, documentation and visibility stay on the function, and no lint speaks about what is generated.
#![deny(warnings, missing_docs, missing_debug_implementations, missing_copy_implementations)]
#![deny(unreachable_pub, unused_qualifications, clippy::pedantic)]

/// Models.
pub mod models {
    use ppl::prelude::*;

    /// A documented model.
    #[model]
    #[must_use]
    pub fn coin() {
        #![allow(clippy::let_unit_value)]
        sample!("p", Beta::new(1.0, 1.0));
    }

    #[cfg(any())]
    #[model]
    pub fn absent() {
        sample!("p", Beta::new(1.0, 1.0));
    }

    #[model]
    #[cfg(any())]
    pub fn absent() {
        sample!("p", Beta::new(1.0, 1.0));
    }

    /// A documented guide.
    #[guide(coin)]
    #[must_use]
    #[cfg(any(debug_assertions, not(debug_assertions)))]
    pub fn coin_guide() {
        sample!("p", Beta::new(1.0, 1.0));
    }
}

fn main() {
    let (_, _) = (models::coin(), models::coin_guide());
}
