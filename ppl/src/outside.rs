//! The statements of the language, as they are where no program is around them: `#[model]` and `#[guide]` rewrite
//! theirs before these macros are ever asked.

/// Draws a latent site: `sample!("mu", Normal::new(0.0, 1.0))` gives its value.
///
/// In a loop the name takes an index: `sample!("z"[t], ..)`. After the distribution may stand, in any order:
///
/// - `on(Support)`, where the support cannot be read off the expression.
/// - `enumerate`, for a discrete site that is summed over all its values: out of the model's density, where no guide
///   proposes it, or in a guide, where the expectation is exact. In a model `given(label)` beside it is the value where
///   it is known.
/// - `concrete`, for a site that gives a plain value on which the program may branch: `f64`, `bool` or `usize`. It stands in no
///   plate and no chain. With `enumerate` the programs are run once for each path of outcomes, and the result is exact.
/// - `mask(keep)`, which says where the site counts.
/// - In a model, `weight(w)`: the site's terms, the guide's too, count `w` times in what a step minimises, a number or a
///   [`Schedule`](crate::optim::Schedule); see [`Elbo::kl_weight`](crate::Elbo::kl_weight) for all sites at once.
/// - In a model, `free_bits(nats)`: the divergence of the guide's proposal from the prior counts for at least this much in what a step minimises, in
///   each row of the plates around it (Kingma et al., 2016, Improved variational inference with inverse autoregressive flow, appendix C.8). It needs a
///   closed divergence, and `Elbo`.
/// - In a guide, `auxiliary` for a site that the model does not have, and a gradient estimator:
///   `Score::baseline(DecayingAverage::new(0.9))`.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn heights(x: &[f64]) {
///     let mean = sample!("mean", Normal::new(170.0, 20.0));
///     let spread = sample!("spread", HalfNormal::new(10.0));
///     plate!("people", x.len(), |i| observe!("x", Normal::new(mean, spread), x.at(i)));
/// }
///
/// #[guide(heights)]
/// fn proposal(_x: &[f64]) {
///     sample!("mean", Normal::new(param!("loc", 170.0), param!("scale", 5.0, Positive)));
///     sample!("spread", LogNormal::new(param!("s_loc", 2.0), param!("s_scale", 0.5, Positive)));
/// }
///
/// let x = [171.0, 168.5];
/// let (_model, _guide) = (heights(&x), proposal(&x));
/// assert_eq!(x.len(), 2);
/// ```
#[macro_export]
macro_rules! sample {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`sample!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Conditions the model on a value: `observe!("x", Normal::new(mu, 1.0), x.at(i))`.
///
/// It stands in models only. In a loop the name takes an index. After the value may stand `mask(keep)`, which says where the
/// observation counts, and `weight(w)`, by how much more it counts in what a step minimises than in the bound.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn one(x: f64) {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     observe!("x", Normal::new(mean, 1.0), x);
/// }
///
/// let x = 0.3;
/// let _model = one(x);
/// assert!(x > 0.0);
/// ```
#[macro_export]
macro_rules! observe {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`observe!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Adds a log-weight to the log joint density: `factor!("tie", -0.5 * (a - b).powi(2))`.
///
/// It stands in models only, in plates, chains, loops, branches and masks as [`observe!`](crate::observe) does; `mask(keep)` after
/// the log-weight says where it counts. The log-weight is one real number, in nats, for each element of the plates around it.
/// `f64::NEG_INFINITY` rules the values out. In reports, objectives and costs it counts as an observation does.
///
/// A model with a factor is a density up to a constant, so that the bound is one on the logarithm of that constant, and the model cannot
/// be drawn from by itself: [`prior_predictive`](crate::prior_predictive()) and dreams are errors. Data can be drawn anew given values of
/// the guide ([`Posterior::predictive`](crate::Posterior::predictive)).
///
/// # Examples
///
/// A density of a user's own: the Gompertz distribution, `eta b e^(eta + b t - eta e^(b t))`.
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn lifetimes(t: &[f64]) {
///     let eta = sample!("eta", LogNormal::new(0.0, 1.0));
///     let b = 0.5;
///     plate!("people", t.len(), |i| {
///         let t = t.at(i);
///         factor!("t", (eta * b).ln() + eta + b * t - eta * (b * t).exp());
///     });
/// }
///
/// let t = [0.4, 1.1];
/// let found = ppl::log_density(lifetimes(&t), &Values::new().with("eta", 1.0))?;
/// let prior = -0.5 * std::f64::consts::TAU.ln();
/// let own = |t: f64| 0.5f64.ln() + 1.0 + 0.5 * t - (0.5 * t).exp();
/// assert!((found - (prior + own(0.4) + own(1.1))).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! factor {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`factor!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Adds to what a step minimises, and to no bound: `penalty!("l2", 0.01 * (w * w).sum())`.
///
/// It stands in models and guides. In a plate it is summed over the elements (a subsample stands for all of them); over particles it is
/// averaged, outside of the logarithm where the objective has one; it is in the costs of sites without a pathwise gradient. No report knows it:
/// [`Step::elbo`](crate::objective::Step::elbo), evaluation, importance weights and densities are of the model. `mask(keep)` after the value says where it
/// counts.
///
/// A penalty that depends on a site that the model sums out is an error.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn ridge(x: &[f64], y: &[f64]) {
///     let slope = param!("slope", 1.0);
///     penalty!("l2", 0.5 * slope * slope);
///     plate!("data", x.len(), |i| observe!("y", Normal::new(slope * x.at(i), 1.0), y.at(i)));
/// }
///
/// #[guide(ridge)]
/// fn nothing(_x: &[f64], _y: &[f64]) {}
///
/// let (x, y) = ([1.0, 2.0], [1.5, 1.0]);
/// let mut svi = Svi::new(ridge(&x, &y), nothing(&x, &y), Elbo::default(), Adam::new(0.1));
/// let step = svi.step()?;
/// assert!((step.loss - (0.5 - step.elbo)).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! penalty {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`penalty!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// States a quantity that draws and predictions report by its name, and gives it back: `let rate = deterministic!("rate", x.exp());`.
///
/// It stands in models and guides, and has no density. [`Posterior::draws`](crate::Posterior::draws) then runs the model too; where a quantity depends on a
/// site that the model sums out, it is that of the jointly drawn assignment ([`assignments`](crate::Posterior::assignments)). In predictions and
/// draws from the prior it is that of the simulated values. Where a branch of a program lacks it, it is NaN.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn counts(n: &[u64]) {
///     let log_rate = sample!("log_rate", Normal::new(0.0, 1.0));
///     let rate = deterministic!("rate", log_rate.exp());
///     plate!("days", n.len(), |i| observe!("n", Poisson::new(rate), n.at(i)));
/// }
///
/// #[guide(counts)]
/// fn proposal(_n: &[u64]) {
///     sample!("log_rate", Normal::new(param!("loc", 1.0), param!("scale", 0.1, Positive)));
/// }
///
/// let n = [3, 2, 4];
/// let mut svi = Svi::new(counts(&n), proposal(&n), Elbo::default(), Adam::new(0.1));
/// let draws = svi.posterior().draws(100)?;
/// let (rate, log_rate) = (draws.get("rate").unwrap(), draws.get("log_rate").unwrap());
/// assert!(rate.iter().zip(log_rate).all(|(rate, log)| (rate.ln() - log).abs() < 1e-12));
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! deterministic {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`deterministic!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Draws a random number that is no site: `noise!("keep", Bernoulli::new(0.9))`, for dropout or augmentation.
///
/// It stands in models and guides, has no density and no proposal, and is drawn once for each particle, element and step of a chain. With
/// `evaluation(value)` every element has this value where nothing is learnt: in evaluation, draws, predictions and densities. A density at
/// given values, and [`Evidence`](crate::Evidence), need it. Parameters that are learnt need a distribution with a pathwise gradient.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn smooth(x: &[f64]) {
///     let mean = param!("mean", 0.5);
///     plate!("data", x.len(), |i| {
///         let jitter = noise!("jitter", Normal::new(0.0, 0.1), evaluation(0.0));
///         observe!("x", Normal::new(mean + jitter, 1.0), x.at(i));
///     });
/// }
///
/// let x = [0.5];
/// let found = ppl::log_density(smooth(&x), &Values::new())?;
/// assert!((found + 0.5 * std::f64::consts::TAU.ln()).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! noise {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`noise!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Gives a parameter that is learnt: `param!("scale", 1.0, Positive)`.
///
/// The second argument is the initial value, taken the first time only (see `Init`); the third is the support, the real line if
/// it is left out. The same name again is the same parameter. Inside a plate there is one for each element.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn one(x: f64) {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     observe!("x", Normal::new(mean, param!("noise", 1.0, Positive)), x);
/// }
///
/// let x = 0.3;
/// let _model = one(x);
/// assert!(x > 0.0);
/// ```
#[macro_export]
macro_rules! param {
    ($($arguments:tt)*) => {
        ::core::compile_error!(
            "`param!` stands only in a function marked `#[model]`, `#[guide]` or `#[module]`"
        )
    };
}

/// Runs a body for each of `size` independent elements, as a batch: `plate!("data", n, |i| ..)`.
///
/// The body is a closure of the index and is written for one element. Where it returns a value the plate returns the
/// stack of the values. `subsample(m)` before the body takes `m` elements at random in each step, `in_order(m)` the
/// next `m`, and log-densities are scaled to the size. `of(n)` says that the elements are a batch of a stream of `n`, to which log-densities are
/// scaled in steps: [`Svi::step_on`](crate::Svi::step_on) takes the next one. `mask(keep)` leaves out the elements for which the data `keep` are
/// false.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn means(x: &[f64]) {
///     plate!("data", x.len(), subsample(2), |i| {
///         let z = sample!("z", Normal::new(0.0, 1.0));
///         observe!("x", Normal::new(z, 1.0), x.at(i));
///     });
/// }
///
/// let x = [0.3, -0.2, 1.5];
/// let _model = means(&x);
/// assert_eq!(x.len(), 3);
/// ```
#[macro_export]
macro_rules! plate {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`plate!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Runs a chain, each of whose states depends on the one before: `markov!("time", steps, init, |prev, t| ..)`.
///
/// The body is a closure of the state before, at first `init`, and of the time, which is an index for `at`. It returns the
/// next state. Where a site of the body is `enumerate`d, the body is run once and the chain is summed out; else it is run step by
/// step, and the chain returns the stack of its states. `lengths(n)` before the body ends the chain after `n` of the steps: in
/// the rows of a plate that have ended, the state stays the last one, and draws of its sites are NaN.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn walk(y: &[f64]) {
///     let start = sample!("start", Normal::new(0.0, 1.0));
///     markov!("time", y.len(), start, |prev, t| {
///         let x = sample!("x", Normal::new(prev, 1.0));
///         observe!("y", Normal::new(x, 0.5), y.at(t));
///         x
///     });
/// }
///
/// let y = [0.3, -0.2, 1.5];
/// let _model = walk(&y);
/// assert_eq!(y.len(), 3);
/// ```
#[macro_export]
macro_rules! markov {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`markov!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}

/// Runs another program under a prefix and gives what it returns: `call!("encoder", encoder(x))`.
///
/// A model calls models, and a guide answers with a call of that model's guide. With `auxiliary` a guide's call answers
/// nothing of the model.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn level() -> Real {
///     sample!("z", Normal::new(0.0, 1.0))
/// }
///
/// #[model]
/// fn one(x: f64) {
///     let mean = call!("level", level());
///     observe!("x", Normal::new(mean, 1.0), x);
/// }
///
/// let x = 0.3;
/// let _model = one(x);
/// assert!(x > 0.0);
/// ```
#[macro_export]
macro_rules! call {
    ($($arguments:tt)*) => {
        ::core::compile_error!("`call!` stands only in a function marked `#[model]` or `#[guide]`")
    };
}
