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
    bernoulli: Bernoulli::new(0.4) => [0.0, 0.0, 0.0];
    beta: Beta::new(2.0, 0.5) => [0.8265297681504746, 0.8965342920686767, 0.40461994403381];
    beta_binomial: BetaBinomial::new(9.0, 2.0, 3.0) => [2.0, 4.0, 5.0];
    binomial: Binomial::new(9.0, 0.3) => [3.0, 5.0, 3.0];
    binomial_of_many: Binomial::new(900.0, 0.3) => [252.0, 237.0, 247.0];
    categorical: Categorical::new([0.1, 0.2, 0.3, 0.4]) => [3.0, 3.0, 3.0];
    cauchy: Cauchy::new(0.0, 1.0) => [0.6122144904695609, 3.464863789528659, 0.7312309353624781];
    dirichlet: Dirichlet::new([0.5, 2.0]) => [0.2967063044906153, 0.7032936955093847, 0.43550011466450983, 0.5644998853354902, 0.0050665148192192005, 0.9949334851807808];
    exponential: Exponential::new(1.0) => [2.7561803860797913, 0.28030113581045635, 1.7701742110097096];
    gamma: Gamma::new(2.5, 1.0) => [3.7765005693596487, 3.5403809087063216, 1.3619153785870006];
    gamma_of_a_small_shape: Gamma::new(0.3, 1.0) => [0.39934392522267237, 0.06652749730207028, 0.6256454996593667];
    geometric: Geometric::new(0.2) => [12.0, 1.0, 7.0];
    gumbel: Gumbel::new(0.0, 1.0) => [-1.0138458031429658, 1.2718907686952505, -0.5710779660416552];
    half_cauchy: HalfCauchy::new(1.0) => [0.6122144904695609, 3.464863789528659, 0.7312309353624781];
    half_normal: HalfNormal::new(1.0) => [0.8984651185176372, 0.4509221595198165, 0.7853161483008775];
    half_student_t: HalfStudentT::new(4.0, 1.0) => [0.8343456322284516, 0.20851367866189907, 1.4274112742683598];
    inverse_gamma: InverseGamma::new(2.5, 1.0) => [0.26479540559676445, 0.282455483120715, 0.7342600103668033];
    laplace: Laplace::new(0.0, 1.0) => [-2.7561803860797913, -1.7701742110097096, -0.13505187099316773];
    lkj_cholesky: LkjCholesky::new(2, 1.0) => [1.0, 0.0, 0.5169403263613531, 0.8560214360525196, 1.0, 0.0, 0.19377603531624296, 0.9810457930887417, 1.0, 0.0, 0.76417263216234, 0.645011773732915];
    log_normal: LogNormal::new(0.0, 1.0) => [2.4558308076476596, 1.5697590865363154, 2.1931001760391684];
    logistic: Logistic::new(0.0, 1.0) => [0.7302689523482789, 2.3205221248630767, 0.8519430880840284];
    multinomial: Multinomial::new(9.0, [0.2, 0.8]) => [2.0, 7.0, 3.0, 6.0, 2.0, 7.0];
    multivariate_normal: MultivariateNormal::new([0.0, 1.0], &ndarray::array![[1.0, 0.0], [0.5, 2.0]]) => [0.8984651185176372, 2.3510768782984517, 0.7853161483008775, 1.6839214250696435, -0.633168121005657, 3.3540280595659553];
    negative_binomial: NegativeBinomial::new(3.0, 0.5) => [8.0, 2.0, 2.0];
    normal: Normal::new(0.0, 1.0) => [0.8984651185176372, 0.4509221595198165, 0.7853161483008775];
    ordered_logistic: OrderedLogistic::new(0.3, [-1.0, 1.0]) => [2.0, 2.0, 2.0];
    pareto: Pareto::new(2.0, 0.7) => [102.57022973481858, 2.984933219522016, 25.077411030877528];
    poisson: Poisson::new(3.0) => [4.0, 6.0, 3.0];
    poisson_of_many: Poisson::new(300.0) => [315.0, 307.0, 313.0];
    student_t: StudentT::new(4.0, 0.0, 1.0) => [0.8343456322284516, 0.20851367866189907, 1.4274112742683598];
    uniform: Uniform::new(0.0, 1.0) => [0.674864289548861, 0.9105624708259417, 0.7009745906247734];
    von_mises: VonMises::new(0.0, 2.0) => [-1.2096227933228232, 0.5228907617294248, 1.115355376995528];
    von_mises_fisher: VonMisesFisher::new([0.5, 0.5, -0.5, 0.5], 2.0) => [0.6198888446073223, 0.48741126276758195, 0.5118311961210775, 0.34087667555287104, -0.25563723547680556, -0.7869591797212663, 0.5608198958467835, -0.028738436154582492, 0.1704967207420412, 0.9319397222297778, -0.08078438000000787, 0.30966612067597754];
    von_mises_fisher_in_space: VonMisesFisher::new([0.6, 0.0, 0.8], 2.0) => [0.6396958031740094, 0.5567324691610503, 0.529941729988684, 0.6546927918207843, 0.7010893903182113, -0.2825792191955132, 0.8771932369266691, 0.12298974202960483, 0.464118032881296];
    weibull: Weibull::new(2.0, 0.7) => [8.51218211880781, 0.32502940238685174, 4.522083533316867];
    zero_sum_normal: ZeroSumNormal::new(3, 2.0) => [0.37379461947638726, -0.5212912985192542, 0.14749667904286778, -0.2739163920730201, -1.8315159850035387, 2.1054323770765593, 1.0340364762758834, -1.774507043844864, 0.7404705675689811];
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
    recorded("steps", &losses, &[103.91595619703814, 23.388408558999934, 43.50107274537061]);
}

#[test]
fn particles_on_their_own() {
    let mut svi = Svi::new(branching(), branch(), Elbo::default().particles(3), Sgd::new(0.01)).seed(7);
    let losses: Vec<f64> = (0..4).map(|_| svi.step().unwrap().loss).collect();
    recorded(
        "particles of a concrete program",
        &losses,
        &[1.464448560110395, 1.1311152267770617, 1.464448560110395, 1.7977818934437282],
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
        &[0.5771350129543482, -0.3130158196876433, 0.044089054930552055],
    );
}

#[test]
fn draws_of_sites_that_are_summed_out() {
    let x = [0.5, 1.0, 2.0];
    let mut svi = Svi::new(summed(&x), nothing(), Elbo::default(), Sgd::new(0.01)).seed(7);
    svi.step().unwrap();
    let draws = svi.posterior().assignments(2).unwrap();
    let found: Vec<f64> = draws.get("k").unwrap().iter().copied().collect();
    recorded("draws of a site that is summed out", &found, &[1.0, 2.0, 2.0, 1.0, 1.0, 1.0]);
}

#[model]
fn of_many_sizes(small: usize, large: usize) {
    sample!("scale", Gamma::new(0.7, 1.0));
    sample!("shares", Dirichlet::new([0.5, 2.0, 1.0]));
    sample!("vector", Poisson::new(30.0).expand(&[700]));
    plate!("few", small, |_i| {
        sample!("x", Beta::new(0.4, 0.9));
        sample!("of_three", Dirichlet::new([0.5, 2.0, 1.0]));
        plate!("each", 4, |_j| sample!("y", StudentT::new(3.0, 0.0, 1.0)));
    });
    plate!("many", large, |_i| sample!("z", Gamma::new(0.7, 1.0)));
}

/// Of a request for more draws the first are those of one for fewer, wherever the runs that make them end.
#[test]
fn more_draws_begin_with_fewer() {
    let draws = |n| prior_predictive(of_many_sizes(3, 1100), n, 7).unwrap();
    let (all, few) = (draws(1_100), draws(40));
    for name in few.names() {
        let (all, few) = (all.get(name).unwrap(), few.get(name).unwrap());
        assert_eq!(all.slice_axis(ndarray::Axis(0), (..40).into()), few, "{name}");
    }
}

#[model]
fn nearest(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| {
        let k = sample!("k", Categorical::new([0.2, 0.3, 0.5]), enumerate);
        observe!("x", Normal::new(mu + k.to_real(), 0.5), x.at(i));
    });
}

#[guide(nearest)]
fn around() {
    sample!("mu", Normal::new(param!("loc", 0.3), 0.7));
}

/// What is said of the sites that are summed out goes with the guide's draws of the same number.
#[test]
fn the_likeliest_values_are_those_at_the_same_draw() {
    let x = [0.5, 1.0, 2.0];
    let mut svi = Svi::new(nearest(&x), around(), Elbo::default(), Sgd::new(0.01)).seed(7);
    svi.step().unwrap();
    let mu = svi.posterior().draws(100).unwrap().get("mu").unwrap().clone();
    let found = svi.posterior().likeliest(100).unwrap().get("k").unwrap().clone();
    let best = |mu: f64, x: f64| {
        let joint = |(k, p): (usize, f64)| (k, p.ln() - 2.0 * (x - mu - k as f64).powi(2));
        let all = [0.2, 0.3, 0.5].into_iter().enumerate().map(joint);
        all.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(f64::NAN, |best| best.0 as f64)
    };
    for (draw, mu) in mu.iter().enumerate() {
        let expected = x.map(|x| best(*mu, x));
        assert!(found.index_axis(ndarray::Axis(0), draw).iter().eq(&expected), "draw {draw}");
    }
}

#[model]
fn long(n: usize) {
    plate!("row", n, |_i| sample!("z", Normal::new(0.0, 1.0)));
}

/// No two of many numbers are the same, in whatever blocks they are drawn.
#[test]
fn each_number_is_drawn_by_itself() {
    for (rows, draws) in [(5_000, 1), (3, 2_000), (700, 40)] {
        let draws = prior_predictive(long(rows), draws, 7).unwrap();
        let mut bits: Vec<u64> = draws.get("z").unwrap().iter().map(|z| z.to_bits()).collect();
        let all = bits.len();
        bits.sort_unstable();
        bits.dedup();
        assert_eq!(bits.len(), all, "{rows} rows");
    }
}
