//! Every distribution as a site of a guide and of a model, in both precisions.
//!
//! The guide proposes what the model draws, so that the bound is zero whatever is drawn, with closed divergences and
//! with estimated ones, and so is its gradient by pathwise draws.

use crate::dist::*;
use crate::element::Element;
use crate::objective::{Elbo, Objective};
use crate::program::address::Name;
use crate::program::batch::Whole;
use crate::program::param::param;
use crate::program::pass::{Listener, Pass};
use crate::program::plate::plate;
use crate::program::run::Run;
use crate::program::site::{guide_site, model_site};
use crate::program::sites::Declared;
use crate::random::{Occasion, Purpose};
use crate::support::{
    CovarianceCholesky, Ordered, Positive, RealLine, Simplex, SumToZero, UnitInterval, UnitVector,
};
use crate::value::{Real, Tensor};
use crate::{Init, init};

fn parameter<E: Element>(
    name: &'static str,
    first: f64,
    constraint: impl crate::support::Constraint,
) -> Real<E> {
    param(Name::new(name), || first, constraint)
}

fn array<E: Element, I: Init<Kind = crate::value::Array>>(
    name: &'static str,
    first: I,
    constraint: impl crate::support::Constraint,
) -> Tensor<E> {
    param(Name::new(name), || first, constraint)
}

/// Runs a guide and a model of one site, inside and outside of a plate, and checks the bound.
#[track_caller]
fn site<E: Element, D>(what: &str, dist: impl Fn() -> D)
where
    D: Declared + Copy + Distribution<E, Support = <D as Declared>::Support, Propriety = Proper>,
    <D as Declared>::Support: crate::program::sites::StatedAs<<D as Declared>::Support>,
{
    let mut run: Run<E> = Run::new(11);
    for (step, closed, particles) in [(0, true, 1), (1, false, 1), (2, true, 3), (3, false, 3)] {
        let mut objective = Elbo::default().closed_kl(closed).particles(particles);
        let pass = <Elbo as Objective<E>>::pass(&objective);
        run.session.occasion = Occasion::new(Purpose::Step, step);
        run.begin(Pass { listener: Listener::Faults, ..pass }, particles);
        run.execute(0, || {
            let dist = dist();
            guide_site::<E, <D as Declared>::Support, _>(Name::new("z"), dist).draw();
            plate::<E, _, _, _>(Name::new("plate"), 4, Whole, |_| {
                guide_site::<E, <D as Declared>::Support, _>(Name::new("y"), dist).draw();
            });
        });
        run.execute(1, || {
            let dist = dist();
            plate::<E, _, _, _>(Name::new("plate"), 4, Whole, |_| {
                model_site::<E, <D as Declared>::Support, _>(Name::new("y"), dist).draw();
            });
            model_site::<E, <D as Declared>::Support, _>(Name::new("z"), dist).draw();
        });
        run.settle_rest();
        assert_eq!(run.outcome(), Ok(()), "{what}");
        let found = objective.seed(&mut run).expect("a loss");
        let tolerance = if size_of::<E>() == 8 { 1e-9 } else { 1e-3 };
        assert!(found.loss.abs() < tolerance, "{what}: the loss is {} (closed: {closed})", found.loss);
        run.tape.sweep();
        run.each_gradient(|_, gradient: &[E]| {
            for g in gradient {
                assert!(g.is_finite(), "{what}: a gradient is {g}");
                // Proposal and prior share their parameters. (A score site drops the derivative of its own log q, so
                // that only the mean over draws is zero.)
                let zero = g.as_f64().abs() < 100.0 * tolerance;
                assert!(zero || !dist().law().is_pathwise(), "{what}: a gradient is {g} (closed: {closed})");
            }
        });
    }
}

fn all<E: Element>()
where
    f64: crate::value::IntoValue<E, Kind = crate::value::Scalar>,
{
    let loc = || parameter::<E>("loc", 0.3, RealLine);
    let scale = || parameter::<E>("scale", 0.8, Positive);
    let shape = || parameter::<E>("shape", 2.5, Positive);
    let probs = || parameter::<E>("probs", 0.4, UnitInterval);
    let vector = || array::<E, _>("vector", [0.5, -0.2, 0.1], RealLine);
    let positives = || array::<E, _>("positives", [0.5, 1.2, 2.0], Positive);
    let simplex = || array::<E, _>("simplex", [0.2, 0.5, 0.3], Simplex);
    let factor = || array::<E, _>("factor", init::scaled_identity(3, 0.7), CovarianceCholesky);
    let effects = || array::<E, _>("effects", [0.5, -0.75, 0.25], SumToZero);
    let direction = || array::<E, _>("direction", [0.36, 0.48, -0.8], UnitVector);
    let cutpoints = || array::<E, _>("cutpoints", [-1.0, 0.5, 1.5], Ordered);
    site::<E, _>("Normal", || Normal::new(loc(), scale()));
    site::<E, _>("Normal of arrays", || Normal::new(vector(), scale()));
    site::<E, _>("LogNormal", || LogNormal::new(loc(), scale()));
    site::<E, _>("HalfNormal", || HalfNormal::new(scale()));
    site::<E, _>("Cauchy", || Cauchy::new(loc(), scale()));
    site::<E, _>("HalfCauchy", || HalfCauchy::new(scale()));
    site::<E, _>("Laplace", || Laplace::new(loc(), scale()));
    site::<E, _>("Logistic", || Logistic::new(loc(), scale()));
    site::<E, _>("Gumbel", || Gumbel::new(loc(), scale()));
    site::<E, _>("Uniform", || Uniform::new(0.5, 2.0));
    site::<E, _>("Exponential", || Exponential::new(scale()));
    site::<E, _>("Gamma", || Gamma::new(shape(), scale()));
    site::<E, _>("InverseGamma", || InverseGamma::new(shape(), scale()));
    site::<E, _>("Beta", || Beta::new(shape(), scale()));
    site::<E, _>("StudentT", || StudentT::new(shape(), loc(), scale()));
    site::<E, _>("HalfStudentT", || HalfStudentT::new(shape(), scale()));
    site::<E, _>("Pareto", || Pareto::new(scale(), shape()));
    site::<E, _>("Weibull", || Weibull::new(scale(), shape()));
    site::<E, _>("VonMises", || VonMises::new(loc(), scale()));
    site::<E, _>("Bernoulli", || Bernoulli::new(probs()));
    site::<E, _>("Bernoulli by logits", || Bernoulli::logits(loc()));
    site::<E, _>("Bernoulli of arrays", || Bernoulli::logits(vector()));
    site::<E, _>("Poisson", || Poisson::new(scale()));
    site::<E, _>("Poisson by log rate", || Poisson::log_rate(loc()));
    site::<E, _>("Geometric", || Geometric::new(probs()));
    site::<E, _>("Geometric by logits", || Geometric::logits(loc()));
    site::<E, _>("Binomial", || Binomial::new(5.0, probs()));
    site::<E, _>("Binomial by logits", || Binomial::logits(5.0, loc()));
    site::<E, _>("NegativeBinomial", || NegativeBinomial::new(shape(), probs()));
    site::<E, _>("NegativeBinomial by logits", || NegativeBinomial::logits(shape(), loc()));
    site::<E, _>("BetaBinomial", || BetaBinomial::new(5.0, shape(), scale()));
    site::<E, _>("Categorical", || Categorical::new(simplex()));
    site::<E, _>("Categorical by logits", || Categorical::logits(vector()));
    site::<E, _>("Multinomial", || Multinomial::new(5.0, simplex()));
    site::<E, _>("Multinomial by logits", || Multinomial::logits(5.0, vector()));
    site::<E, _>("OrderedLogistic", || OrderedLogistic::new(loc(), cutpoints()));
    site::<E, _>("Dirichlet", || Dirichlet::new(positives()));
    site::<E, _>("MultivariateNormal", || MultivariateNormal::new(vector(), factor()));
    site::<E, _>("MultivariateNormal by precision", || MultivariateNormal::precision(vector(), factor()));
    site::<E, _>("LowRankMultivariateNormal", || {
        LowRankMultivariateNormal::new(vector(), Tensor::stack(&[positives(), vector(), vector()]))
    });
    site::<E, _>("LkjCholesky", || LkjCholesky::new(3, shape()));
    site::<E, _>("ZeroSumNormal", || ZeroSumNormal::new(3, scale()));
    site::<E, _>("ZeroSumNormal around a place", || ZeroSumNormal::around(effects(), scale()));
    site::<E, _>("VonMisesFisher", || VonMisesFisher::new(direction(), shape()));
    site::<E, _>("VonMisesFisher, uniform", || VonMisesFisher::uniform(3));
    site::<E, _>("Sorted", || Sorted::new(Normal::new(loc(), scale()), 3));
    site::<E, _>("Sorted positive", || Sorted::new(Gamma::new(shape(), scale()), 2));
}

#[test]
fn every_distribution_in_double_precision() {
    all::<f64>();
}

#[test]
fn every_distribution_in_single_precision() {
    all::<f32>();
}
