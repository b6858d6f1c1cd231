use super::*;

macro_rules! assert_resumes_with {
    ($($optimiser:expr),+ $(,)?) => {$(
        let make = |seed| Svi::new(schools(&EFFECTS), mean_field(&EFFECTS), Elbo::default(), $optimiser).seed(seed);
        assert_resumes(stringify!($optimiser), make);
    )+};
}

#[test]
fn every_optimiser_resumes() {
    assert_resumes_with!(
        Adam::new(0.05),
        Adam::new(0.05).betas(0.5, 0.9).epsilon(1e-3),
        AdamW::new(0.05).weight_decay(0.1),
        ClippedAdam::new(0.05).decay(0.8).weight_decay(0.1),
        RmsProp::new(0.01),
        RmsProp::new(0.01).momentum(0.9).decay(0.5),
        Sgd::new(1e-3),
        Sgd::new(1e-3).momentum(0.9),
        Sgd::new(1e-3).momentum(0.9).nesterov(),
    );
}

#[test]
fn schedules_and_limits_resume() {
    assert_resumes_with!(
        Adam::new(Schedule::exponential(0.1, 0.5, 3)),
        Adam::new(Schedule::cosine(0.1, 10).after_warmup(4)),
        Sgd::new(Schedule::steps(1e-3, [(3, 1e-4), (8, 1e-5)])).clip_value(5.0),
        Adam::new(0.05).clip_norm(0.5),
        RmsProp::new(Schedule::cosine_to(0.1, 0.01, 9)).clip_norm(0.1).clip_value(2.0),
    );
}

#[test]
fn groups_resume() {
    assert_resumes_with!(
        Adam::new(0.05).group("*_scale", 0.2).group("mu_*", Schedule::exponential(0.1, 0.5, 3)),
        Sgd::new(1e-3).momentum(0.9).group("eta_*", 1e-4).clip_norm(3.0),
    );
}

#[test]
fn another_learning_rate_may_go_on_with_the_state() {
    let make =
        |rate| Svi::new(schools(&EFFECTS), mean_field(&EFFECTS), Elbo::default(), Adam::new(rate)).seed(1);
    let file = TempFile::new();
    let (mut first, mut slower) = (make(0.05), make(0.005));
    trail(&mut first, 3);
    first.save(&file).unwrap();
    slower.load(&file).unwrap();
    let start = first.parameters().get("mu_loc").unwrap()[[]];
    first.step().unwrap();
    slower.step().unwrap();
    let way = |svi: f64| svi - start;
    let (fast, slow) = (first.parameters(), slower.parameters());
    let ratio = way(fast.get("mu_loc").unwrap()[[]]) / way(slow.get("mu_loc").unwrap()[[]]);
    assert!((ratio - 10.0).abs() < 1e-6, "{ratio}");
}
