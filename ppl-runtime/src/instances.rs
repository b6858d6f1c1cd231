//! The engine for `f64`, compiled here once.
//!
//! A crate that is built with little optimisation links to the instances of generic functions that its dependencies have, and
//! compiles only the others. The engine is generic over its number type, so without this file every binary that runs a
//! program in such a build would have an engine of its own to compile. Optimised builds do not share instances, and leave it out.

use crate::dist::form::Form;
use crate::dist::*;
use crate::element::Element;
use crate::objective::*;
use crate::optim::*;
use crate::parameters::Parameters;
use crate::program::run::Run;
use crate::tape::Tape;
use crate::value::{Array, Kind, Real, Scalar, Tensor};

/// Returns the address of each function that is compiled here, with all that it calls.
pub fn instances() -> Vec<*const ()> {
    let mut all = Vec::new();
    engine::<f64>(&mut all);
    handles::<f64>(&mut all);
    numbers::<f64, Scalar>(&mut all);
    numbers::<f64, Array>(&mut all);
    others::<f64>(&mut all);
    all
}

macro_rules! addresses {
    ($all:ident: $($function:expr),* $(,)?) => { $all.extend([$($function as *const ()),*]) };
}

fn engine<E: Element>(all: &mut Vec<*const ()>) {
    addresses!(all:
        Tape::<E>::sweep,
        Tape::<E>::clear_adjoints,
        Tape::<E>::contract,
        Tape::<E>::solve_triangular,
        Form::<E>::log_density,
        Form::<E>::divergence,
        Run::<E>::new,
        Run::<E>::begin,
        Run::<E>::outcome,
        Run::<E>::binary,
        Run::<E>::rows_of,
        Run::<E>::gather_by,
        Run::<E>::open_plate,
        Run::<E>::close_plate,
        Run::<E>::settle_rest,
        Run::<E>::eliminate,
        Run::<E>::average,
        Run::<E>::add_gradient,
        Run::<E>::seed_path,
        Run::<E>::set_parameter,
        Parameters::of::<E>,
        Parameters::gradient_of::<E>,
    );
    objective::<E, Elbo>(all);
    objective::<E, Iwae>(all);
    objective::<E, Renyi>(all);
    objective::<E, Vimco>(all);
    objective::<E, Evidence>(all);
    objective::<E, WakeSleep>(all);
    optimiser::<E, Adam<E>>(all);
    optimiser::<E, AdamW<E>>(all);
    optimiser::<E, ClippedAdam<E>>(all);
    optimiser::<E, Sgd<E>>(all);
    optimiser::<E, RmsProp<E>>(all);
}

fn objective<E: Element, O: Objective<E>>(all: &mut Vec<*const ()>) {
    addresses!(all: O::seed, O::value, O::contribution, O::remainder, O::note);
}

fn optimiser<E: Element, O: Optimiser<E>>(all: &mut Vec<*const ()>) {
    addresses!(all: O::check, O::resize, O::update);
}

fn handles<E: Element>(all: &mut Vec<*const ()>) {
    addresses!(all:
        Real::<E>::exp,
        Real::<E>::powi,
        Tensor::<E>::exp,
        Tensor::<E>::powi,
        Tensor::<E>::sum,
        Tensor::<E>::logsumexp,
        Tensor::<E>::logsumexp_over,
        Tensor::<E>::softmax,
        Tensor::<E>::log_softmax,
        Tensor::<E>::transpose,
        Tensor::<E>::reshape,
        Tensor::<E>::slice,
        Tensor::<E>::cholesky,
        Tensor::<E>::concat,
    );
}

fn site<E: Element, D: Distribution<E>>(all: &mut Vec<*const ()>) {
    addresses!(all: Run::<E>::propose::<D>, Run::<E>::meet::<D>, Run::<E>::observe::<D>);
}

fn finite_site<E: Element, D: FiniteOutcomes<E>>(all: &mut Vec<*const ()>) {
    site::<E, D>(all);
    addresses!(all: Run::<E>::sum_out::<D>, Run::<E>::average_over::<D>);
}

/// The distributions of real numbers, with parameters of one kind.
fn numbers<E: Element, K: Kind>(all: &mut Vec<*const ()>) {
    site::<E, Beta<E, K>>(all);
    site::<E, Cauchy<E, K>>(all);
    site::<E, Exponential<E, K>>(all);
    site::<E, Gamma<E, K>>(all);
    site::<E, HalfCauchy<E, K>>(all);
    site::<E, HalfNormal<E, K>>(all);
    site::<E, InverseGamma<E, K>>(all);
    site::<E, LogNormal<E, K>>(all);
    site::<E, Normal<E, K>>(all);
    site::<E, StudentT<E, K>>(all);
    site::<E, Uniform<E, K>>(all);
}

/// The distributions of arrays and of integers.
fn others<E: Element>(all: &mut Vec<*const ()>) {
    site::<E, Dirichlet<E>>(all);
    site::<E, MultivariateNormal<E>>(all);
    site::<E, Binomial<E>>(all);
    site::<E, Poisson<E>>(all);
    finite_site::<E, Bernoulli<E>>(all);
    finite_site::<E, Categorical<E>>(all);
}
