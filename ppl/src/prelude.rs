//! What a file of programs begins with: `use ppl::prelude::*;`.

pub use crate::dist::{
    Affine, Bernoulli, Beta, BetaBinomial, Binomial, Categorical, Cauchy, Custom, Delta, Dirichlet,
    Distribution, Exp, Expanded, Exponential, Flat, Gamma, Geometric, Gumbel, HalfCauchy, HalfNormal,
    HalfStudentT, InverseGamma, Laplace, LkjCholesky, LogNormal, Logistic, LowRankMultivariateNormal,
    Mixture, Multinomial, MultivariateNormal, NegativeBinomial, Normal, OrderedLogistic, Pareto, Poisson,
    Power, Sigmoid, Softplus, Sorted, StudentT, Tanh, Transformed, Truncated, Uniform, VonMises,
    VonMisesFisher, Weibull, ZeroInflated, ZeroSumNormal,
};
pub use crate::estimator::{
    Arm, DecayingAverage, DisArm, Given, Learned, LeaveOneOut, MeasureValued, Pathwise, Score, SelfCritical,
    Standardised, SumAndSample,
};
pub use crate::nn::Activation;
pub use crate::optim::{Adam, AdamW, ClippedAdam, RmsProp, Schedule, Sgd};
pub use crate::support::{
    Bounded, Circle, CorrelationCholesky, CovarianceCholesky, Interval, Ordered, Positive, PositiveOrdered,
    RealLine, Simplex, SumToZero, UnitInterval, UnitVector,
};
pub use crate::{
    At, Discrete, Elbo, Evidence, Handlers, Iwae, Real, Renyi, Svi, Tensor, Values, Vimco, WakeSleep,
};
pub use crate::{auto, fit, init, nn};
pub use crate::{
    call, deterministic, factor, guide, markov, model, module, noise, observe, param, penalty, plate, sample,
};
