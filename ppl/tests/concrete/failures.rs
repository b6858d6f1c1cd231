use super::*;

#[model]
fn jump(x: f64) {
    let up = sample!("up", Bernoulli::new(0.5), concrete);
    observe!("x", LogNormal::new(if up { 1.0 } else { 0.0 }, 1.0), x);
}

#[guide(jump)]
fn every(_x: f64) {
    sample!("up", Bernoulli::new(param!("q", 0.3, UnitInterval)), enumerate, concrete);
}

#[guide(jump)]
fn drawn(_x: f64) {
    sample!("up", Bernoulli::new(param!("q", 0.3, UnitInterval)), concrete);
}

#[test]
fn a_failed_step_leaves_the_parameters() {
    for particles in [1, 2] {
        let elbo = || Elbo::default().particles(particles);
        let mut svi = Svi::new(jump(1.0), drawn(1.0), elbo(), Adam::new(0.1));
        svi.step().unwrap();
        let before = svi.parameters();
        let error = svi.step_on(jump(-1.0), drawn(-1.0)).unwrap_err().to_string();
        assert!(error.contains("site `x`: the value -1 is outside the support (Positive)"), "{error}");
        assert_eq!(svi.parameters(), before);
        svi.step().unwrap();
        assert_ne!(svi.parameters(), before);
        let mut svi = Svi::new(jump(-1.0), every(-1.0), elbo(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("site `x`: the value -1 is outside"), "{error}");
        close(svi.parameters().get("q").unwrap()[[]], 0.3, 1e-15);
    }
}

#[test]
fn what_is_no_single_number_is_refused() {
    #[model]
    fn vector() {
        sample!("v", Normal::new([0.0, 1.0], 1.0), concrete);
    }
    let error = ppl::prior_predictive(vector(), 1, 1).unwrap_err().to_string();
    assert!(error.contains("site `v`: has the shape [2]; a `concrete` site is one number"), "{error}");

    #[model]
    fn inner() {
        sample!("side", Bernoulli::new(0.5), concrete);
    }
    #[model]
    fn outer() {
        plate!("row", 3, |_i| {
            call!("inner", inner());
        });
    }
    let error = ppl::prior_predictive(outer(), 1, 1).unwrap_err().to_string();
    assert!(error.contains("has a value for each element of the plates [row]"), "{error}");
    let error = ppl::log_density(inner(), &Values::new().with("side", 0.5)).unwrap_err().to_string();
    assert!(error.contains("site `side`: the value 0.5 is outside the support (Boolean)"), "{error}");
}

#[test]
fn a_loop_without_an_end_is_an_error() {
    #[model]
    fn endless() {
        let mut n: u8 = 0;
        while sample!("again"[n as usize % 200], Bernoulli::new(1.0), concrete) {
            n = n.wrapping_add(1);
        }
    }
    // The first mistake is the site that comes again; the loop still has to end.
    let error = ppl::prior_predictive(endless(), 1, 1).unwrap_err().to_string();
    assert!(error.contains("again"), "{error}");
}

#[test]
fn single_precision_and_indices_work() {
    #[model(f32)]
    fn pick(table: &[f64]) {
        let k = sample!("k", Categorical::new([0.2_f32, 0.3, 0.5]), enumerate, concrete);
        observe!("x", Normal::new(table[k], 1.0), 0.5);
    }
    #[guide(pick, f32)]
    fn nothing(_table: &[f64]) {}
    let table = [0.0, 1.0, 3.0];
    let mut svi = Svi::new(pick(&table), nothing(&table), Elbo::default(), Adam::new(0.1));
    let evidence: f64 = [0.2, 0.3, 0.5].iter().zip(table).map(|(p, loc)| p * normal(0.5, loc).exp()).sum();
    close(svi.step().unwrap().loss, -evidence.ln(), 1e-6);
}
