use super::*;

const X: [f64; 2] = [1.0, -1.0];

#[model]
fn shared(x: &[f64]) {
    let theta = sample!("theta", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| observe!("x", Normal::new(theta, 1.0), x.at(i)));
}

#[guide(shared)]
fn prior() {
    sample!("theta", Normal::new(0.0, 1.0));
}

#[model]
fn own(x: &[f64], visited: usize) {
    plate!("data", x.len(), subsample(visited), |i| {
        let theta = sample!("theta", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(theta, 1.0), x.at(i));
    });
}

#[guide(own)]
fn priors(x: &[f64], visited: usize) {
    plate!("data", x.len(), subsample(visited), |_| {
        sample!("theta", Normal::new(0.0, 1.0));
    });
}

fn bound<M: Model<Element = f64>>(svi: Result<ppl::Evaluation, ppl::Error>, _: M) -> (f64, f64) {
    let found = svi.unwrap();
    (-found.loss, found.standard_error)
}

macro_rules! bound {
    ($model:expr, $guide:expr, $objective:expr, $draws:expr) => {
        bound(Svi::new($model, $guide, $objective, Adam::new(0.1)).seed(2).evaluate($draws), $model)
    };
}

#[test]
fn a_site_outside_of_the_plate_has_one_weight_for_all_elements() {
    let evidence = -3.3871;
    let bounds = [1, 2, 10, 100].map(|k| bound!(shared(&X), prior(), Iwae::new(k), 2_000));
    for (found, error) in bounds {
        assert!(found <= evidence + 5.0 * error, "{bounds:?}");
    }
    assert!(evidence - bounds[3].0 < 0.05, "{bounds:?}");
    // The sum of bounds of elements tends to that of independent sites, which the same test rejects.
    let (wrong, error) = bound!(own(&X, 2), priors(&X, 2), Iwae::new(100), 2_000);
    assert!(wrong > evidence + 5.0 * error + 0.2, "{wrong}");
}

#[test]
fn elements_with_sites_of_their_own_have_bounds_of_their_own() {
    let exact: f64 = X
        .iter()
        .map(|&x| over_two_normals(|a, b| log_mean_exp(&[log_normal(x, a, 1.0), log_normal(x, b, 1.0)])))
        .sum();
    estimates("elements", bound!(own(&X, 2), priors(&X, 2), Iwae::new(2), 20_000), exact, 0.05 * exact.abs());
    // With one weight for both, a draw that is good for one element is wasted with the other.
    let whole = bound!(tied(&X), ties(&X), Iwae::new(2), 20_000);
    assert!(whole.0 + 5.0 * whole.1 + 0.015 < exact, "{whole:?}, {exact}");
}

/// The same, with a site without consequence outside of the plate.
#[model]
fn tied(x: &[f64]) {
    sample!("idle", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| {
        let theta = sample!("theta", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(theta, 1.0), x.at(i));
    });
}

#[guide(tied)]
fn ties(x: &[f64]) {
    sample!("idle", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |_| {
        sample!("theta", Normal::new(0.0, 1.0));
    });
}

#[test]
fn a_subsample_of_elements_is_weighed_outside_of_the_logarithm() {
    let x = [1.0, -1.0, 0.5, 3.0];
    let whole = bound!(own(&x, 4), priors(&x, 4), Iwae::new(2), 20_000).0;
    let mut svi = Svi::new(own(&x, 1), priors(&x, 1), Iwae::new(2), Adam::new(0.1)).seed(2);
    let found: Vec<f64> = (0..12_000).map(|_| -svi.step().unwrap().loss).collect();
    estimates("a row of four", mean_of(&found), whole, 0.05 * whole.abs());
}

#[model]
fn above(x: &[f64], visited: usize) {
    let theta = sample!("theta", Normal::new(0.0, 1.0));
    plate!("data", x.len(), subsample(visited), |i| observe!("x", Normal::new(theta, 1.0), x.at(i)));
}

#[guide(above)]
fn alone() {
    sample!("theta", Normal::new(0.0, 1.0));
}

#[model]
fn coupled(x: &[f64], visited: usize) {
    let all = plate!("data", x.len(), subsample(visited), |_| sample!("theta", Normal::new(0.0, 1.0)));
    observe!("x", Normal::new(all.sum(), 1.0), 0.3);
}

#[guide(coupled)]
fn each(x: &[f64], visited: usize) {
    plate!("data", x.len(), subsample(visited), |_| {
        sample!("theta", Normal::new(0.0, 1.0));
    });
}

#[test]
fn whole_draws_and_a_subsample_do_not_go_together() {
    let mut svi = Svi::new(above(&X, 1), alone(), Iwae::new(2), Adam::new(0.1));
    assert_eq!(
        svi.step().unwrap_err().to_string(),
        "plate `data` is subsampled, but site `theta` is outside of it: the weight of a whole draw needs every row; visit \
         the plate whole, or use `Elbo`, which is a sum over rows"
    );
    // An evaluation visits every row, one particle is the lower bound, and so is order 1.
    svi.evaluate(10).unwrap();
    Svi::new(above(&X, 1), alone(), Iwae::new(1), Adam::new(0.1)).step().unwrap();
    Svi::new(above(&X, 1), alone(), Renyi::new(1.0, 3), Adam::new(0.1)).step().unwrap();
    let error = Svi::new(coupled(&X, 1), each(&X, 1), WakeSleep::new(2), Adam::new(0.1)).step().unwrap_err();
    assert!(
        error.to_string().contains("site `x`: depends on `theta` in every row of the plates [data]"),
        "{error}"
    );
}

#[test]
fn a_term_that_couples_elements_gives_them_one_weight() {
    // theta_1 + theta_2 + noise has variance 3.
    let evidence = log_normal(0.3, 0.0, 3f64.sqrt());
    let (found, error) = bound!(coupled(&X, 2), each(&X, 2), Iwae::new(100), 2_000);
    assert!(found <= evidence + 5.0 * error && evidence - found < 0.05, "{found}, {evidence}");
}
