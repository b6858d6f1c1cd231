//! Draws that were recorded: a change of a random stream is a change of what a seed means, and is to be noticed.
//!
//! They are compared to a relative 1e-9, because elementary functions may differ in their last digits between processors.

use ppl::prelude::*;
use ppl::prior_predictive;

/// Asserts that the draws are those that were recorded.
#[track_caller]
fn recorded(what: &str, found: &[f64], expected: &[f64]) {
    let near = |(found, expected): (&f64, &f64)| (found - expected).abs() <= 1e-9 * expected.abs();
    let same = found.len() == expected.len() && found.iter().zip(expected).all(near);
    assert!(same, "the stream of {what} is another: found {found:?}, recorded {expected:?}");
}

macro_rules! families {
    ($($name:ident: $distribution:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            #[model]
            fn program() {
                observe!("before", Normal::new(0.0, 1.0), 0.0);
                plate!("row", 3, |_i| sample!("z", $distribution));
            }
            let draws = prior_predictive(program(), 1, 7).unwrap();
            let found: Vec<f64> = draws.get("z").unwrap().iter().copied().collect();
            recorded(stringify!($name), &found, &$expected);
        }
    )*};
}
families! {
    bernoulli: Bernoulli::new(0.4) => [0.0, 1.0, 0.0];
    beta: Beta::new(2.0, 0.5) => [0.8189394088134395, 0.7198387266004181, 0.9847506519117393];
    beta_binomial: BetaBinomial::new(9.0, 2.0, 3.0) => [4.0, 1.0, 7.0];
    binomial: Binomial::new(9.0, 0.3) => [6.0, 2.0, 2.0];
    binomial_of_many: Binomial::new(900.0, 0.3) => [308.0, 267.0, 264.0];
    categorical: Categorical::new([0.1, 0.2, 0.3, 0.4]) => [3.0, 1.0, 2.0];
    cauchy: Cauchy::new(0.0, 1.0) => [16.511232234616486, -1.2397337531785477, -0.125226234993433];
    dirichlet: Dirichlet::new([0.5, 2.0]) => [0.22667815038581304, 0.7733218496141869, 0.32306112252462804, 0.6769388774753718, 0.01547388549924554, 0.9845261145007544];
    exponential: Exponential::new(1.0) => [0.4569604774648468, 0.9877811175424411, 0.5624598124524418];
    gamma: Gamma::new(2.5, 1.0) => [2.037901221856841, 1.615838730571269, 1.5148135458507508];
    gamma_of_a_small_shape: Gamma::new(0.3, 1.0) => [0.6560322069157529, 0.2883168327066143, 0.02125731992391734];
    geometric: Geometric::new(0.2) => [2.0, 4.0, 2.0];
    gumbel: Gumbel::new(0.0, 1.0) => [0.7831583743992168, 0.012294146727036529, 0.5754355919848361];
    half_cauchy: HalfCauchy::new(1.0) => [16.511232234616486, 1.2397337531785477, 0.125226234993433];
    half_normal: HalfNormal::new(1.0) => [0.08927144382844888, 0.7625861086067713, 0.41134067701578403];
    inverse_gamma: InverseGamma::new(2.5, 1.0) => [0.4907009178240967, 0.6188736419546378, 0.6601472522734666];
    laplace: Laplace::new(0.0, 1.0) => [-0.4569604774648468, -0.5624598124524418, 1.7620532270198195];
    lkj_cholesky: LkjCholesky::new(2, 1.0) => [1.0, 0.0, -0.051416571643885904, 0.9986772933036924, 1.0, 0.0, 0.7772921197641999, 0.6291398577045306, 1.0, 0.0, -0.41833099274915014, 0.9082946551122661];
    log_normal: LogNormal::new(0.0, 1.0) => [0.9145972780901844, 2.1438131915526326, 0.6627611056604037];
    logistic: Logistic::new(0.0, 1.0) => [3.9305488830084765, -1.2887858935116565, -0.15895112960435326];
    multinomial: Multinomial::new(9.0, [0.2, 0.8]) => [5.0, 4.0, 1.0, 8.0, 2.0, 7.0];
    multivariate_normal: MultivariateNormal::new([0.0, 1.0], &ndarray::array![[1.0, 0.0], [0.5, 2.0]]) => [-0.08927144382844888, 2.4805364952993183, -0.41134067701578403, 2.825468239386288, -0.49660006857436095, -0.6543174030840078];
    negative_binomial: NegativeBinomial::new(3.0, 0.5) => [3.0, 1.0, 3.0];
    normal: Normal::new(0.0, 1.0) => [-0.08927144382844888, 0.7625861086067713, -0.41134067701578403];
    ordered_logistic: OrderedLogistic::new(0.3, [-1.0, 1.0]) => [2.0, 1.0, 1.0];
    poisson: Poisson::new(3.0) => [4.0, 2.0, 3.0];
    poisson_of_many: Poisson::new(300.0) => [298.0, 313.0, 292.0];
    student_t: StudentT::new(4.0, 0.0, 1.0) => [-0.07468218013109289, 1.3667560832960863, -0.6501649881063098];
    uniform: Uniform::new(0.0, 1.0) => [0.9807451352737611, 0.21605838183553183, 0.46034567286961003];
    von_mises: VonMises::new(0.0, 2.0) => [-0.60060381367275, -1.5152584279773753, -0.33620296023946833];
}

#[model]
fn rows(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("row", x.len(), subsample(2), |i| observe!("x", Normal::new(mu, 1.0), x.at(i)));
}

#[guide(rows)]
fn proposal() {
    sample!("mu", Normal::new(param!("loc", init::normal([], 1.0)), 0.5));
}

#[model]
fn branching() {
    let mean = if sample!("b", Bernoulli::new(0.3), concrete) { 2.0 } else { 0.0 };
    observe!("x", Normal::new(mean, 1.0), 1.5);
}

#[guide(branching)]
fn branch() {
    sample!("b", Bernoulli::new(0.5), concrete);
}

#[model]
fn summed(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let k = sample!("k", Categorical::new([0.2, 0.3, 0.5]), enumerate);
        observe!("x", Normal::new(k.to_real(), 1.0), x.at(i));
    });
}

#[guide(summed)]
fn nothing() {}

/// The draws of a guide, the rows of a subsample and the first values of parameters all show in a step.
#[test]
fn steps() {
    let x = [0.5, -1.0, 2.0, 4.0, 8.0];
    let mut svi = Svi::new(rows(&x), proposal(), Elbo::default().closed_kl(false), Sgd::new(0.01)).seed(7);
    let losses: Vec<f64> = (0..3).map(|_| svi.step().unwrap().loss).collect();
    recorded("steps", &losses, &[157.79296537630404, 44.62234408414744, 77.88387944414853]);
}

#[test]
fn particles_on_their_own() {
    let mut svi = Svi::new(branching(), branch(), Elbo::default().particles(3), Sgd::new(0.01)).seed(7);
    let losses: Vec<f64> = (0..4).map(|_| svi.step().unwrap().loss).collect();
    recorded(
        "particles of a concrete program",
        &losses,
        &[1.1311152267770617, 1.464448560110395, 1.464448560110395, 1.7977818934437282],
    );
}

#[test]
fn posterior_draws() {
    let x = [0.5, -1.0, 2.0];
    let mut svi = Svi::new(rows(&x), proposal(), Elbo::default(), Sgd::new(0.01)).seed(7);
    svi.step().unwrap();
    let draws = svi.posterior().draws(3).unwrap();
    recorded(
        "draws of a posterior",
        draws.get("mu").unwrap().as_slice().unwrap(),
        &[-2.2507359734997383, -1.539937678773731, -1.2082406883299601],
    );
}

#[test]
fn draws_of_sites_that_are_summed_out() {
    let x = [0.5, 1.0, 2.0];
    let mut svi = Svi::new(summed(&x), nothing(), Elbo::default(), Sgd::new(0.01)).seed(7);
    svi.step().unwrap();
    let draws = svi.posterior().assignments(2).unwrap();
    let found: Vec<f64> = draws.get("k").unwrap().iter().copied().collect();
    recorded("draws of a site that is summed out", &found, &[1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
}
