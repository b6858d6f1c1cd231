use super::*;
use ppl::{RunOptions, Svi};

const X: [f64; 10] = [1.2, 0.3, -0.4, 2.1, 0.9, 1.7, -0.2, 0.8, 1.1, 0.5];

#[model]
fn normal(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| observe!("x", Normal::new(mu, 1.0), x.at(i)));
}

#[guide(normal)]
fn normal_guide(_x: &[f64]) {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[test]
fn runs_that_follow_runs_resume() {
    // The first run goes on until its iterates are averaged; it keeps nothing but what a file has.
    let make = |seed| Svi::new(normal(&X), normal_guide(&X), Elbo::default(), Adam::new(0.01)).seed(seed);
    let rough = || RunOptions::default().tolerance(0.02).progress(false);
    let file = TempFile::new();
    let mut through = make(1);
    let first = through.run_with(1_000_000, rough()).unwrap();
    assert!(first.converged && first.precision <= 0.02, "{first}");
    through.save(&file).unwrap();
    let mut resumed = make(9);
    resumed.load(&file).unwrap();
    let second = through.run_with(1_000_000, rough()).unwrap();
    assert!(second.converged && second.precision <= 0.02, "{second}");
    assert_eq!(resumed.run_with(1_000_000, rough()).unwrap(), second);
    assert_eq!(bits(&resumed), bits(&through));
    assert_eq!(trail(&mut resumed, 3), trail(&mut through, 3));
}

#[test]
fn dreams_and_sleep_resume() {
    let make = |seed| Svi::new(normal(&X), normal_guide(&X), WakeSleep::new(2), Adam::new(0.01)).seed(seed);
    // The first program that this session runs is the model, which numbers plates and sites.
    let sleep = |svi: &mut Svi<_, _, _, _>| {
        let dream = svi.dream().unwrap();
        let loss = svi.sleep_step(&dream, normal_guide(&X)).unwrap();
        (loss.to_bits(), trail(svi, 2))
    };
    let file = TempFile::new();
    let (mut through, mut resumed) = (make(1), make(2));
    sleep(&mut through);
    through.save(&file).unwrap();
    resumed.load(&file).unwrap();
    for _ in 0..3 {
        assert_eq!(sleep(&mut resumed), sleep(&mut through));
    }
}

#[test]
fn streamed_batches_resume() {
    let make = |seed| Svi::new(normal(&X), normal_guide(&X), Elbo::default(), Adam::new(0.01)).seed(seed);
    let batch = |svi: &mut Svi<_, _, _, _>, n: usize| {
        let loss = svi.step_on(normal(&X[..n]), normal_guide(&X[..n])).unwrap().loss;
        (loss.to_bits(), bits(svi))
    };
    let file = TempFile::new();
    let (mut through, mut resumed) = (make(1), make(2));
    batch(&mut through, 3);
    batch(&mut through, 5);
    through.save(&file).unwrap();
    resumed.load(&file).unwrap();
    for n in [2, 10, 4] {
        assert_eq!(batch(&mut resumed, n), batch(&mut through, n));
    }
    assert_eq!(through.evaluate(3).unwrap(), resumed.evaluate(3).unwrap());
}

#[test]
fn parameters_that_only_batches_have_shown_are_known() {
    // The session's own programs have no data yet, and cannot be run.
    let make = |seed| Svi::new(normal(&[]), normal_guide(&[]), Elbo::default(), Adam::new(0.01)).seed(seed);
    let file = TempFile::new();
    let (mut through, mut resumed) = (make(1), make(2));
    let batch = |svi: &mut Svi<_, _, _, _>| (svi.step_on(normal(&X), normal_guide(&X)).unwrap(), bits(svi));
    batch(&mut through);
    through.save(&file).unwrap();
    let refusal = resumed.load(&file).unwrap_err().to_string();
    assert!(refusal.contains("plate `row`: has no elements"), "{refusal}");
    batch(&mut resumed);
    resumed.load(&file).unwrap();
    for _ in 0..3 {
        assert_eq!(batch(&mut resumed), batch(&mut through));
    }
}

#[model]
fn begins_at(x: f64) {
    let scale = param!("scale", x, Positive);
    let loc = param!("loc", [0.5, -0.5]);
    observe!("x", Normal::new(loc.sum(), scale), x);
}

#[guide(begins_at)]
fn nothing(_x: f64) {}

#[test]
fn parameters_made_late_keep_their_place() {
    let make = |seed| Svi::new(begins_at(1.5), nothing(1.5), Elbo::default(), Adam::new(0.1)).seed(seed);
    let file = TempFile::new();
    let (mut through, mut resumed) = (make(1), make(2));
    // The first value of the first parameter is refused, so that the second one is made before it.
    assert!(through.step_on(begins_at(-1.0), nothing(-1.0)).is_err());
    trail(&mut through, 3);
    through.save(&file).unwrap();
    resumed.load(&file).unwrap();
    assert_eq!(bits(&resumed), bits(&through));
    assert_eq!(trail(&mut resumed, 3), trail(&mut through, 3));
}

/// The file says what is frozen, and not the session that loads it.
#[test]
fn frozen_parameters_resume() {
    let make =
        |seed| Svi::new(schools(&EFFECTS), mean_field(&EFFECTS), Elbo::default(), Adam::new(0.05)).seed(seed);
    let file = TempFile::new();
    let mut through = make(5);
    trail(&mut through, 3);
    through.freeze("eta_*").unwrap();
    through.unfreeze("eta_scale").unwrap();
    trail(&mut through, 3);
    through.save(&file).unwrap();
    let rest = trail(&mut through, 6);
    let eta_loc =
        |svi: &dyn Fn() -> Vec<(String, Vec<u64>)>| svi().into_iter().find(|(name, _)| name == "eta_loc");
    let (mut fresh, mut elsewhere) = (make(99), make(7));
    trail(&mut elsewhere, 2);
    elsewhere.freeze("mu_*").unwrap();
    fresh.load(&file).unwrap();
    let before = eta_loc(&|| bits(&fresh));
    assert!(trail(&mut fresh, 6) == rest, "what is frozen was lost");
    assert_eq!(eta_loc(&|| bits(&fresh)), before);
    elsewhere.load(&file).unwrap();
    assert!(trail(&mut elsewhere, 6) == rest, "something that was frozen before is left");
    fresh.unfreeze("*").unwrap();
    fresh.step().unwrap();
    assert_ne!(eta_loc(&|| bits(&fresh)), before);
}
