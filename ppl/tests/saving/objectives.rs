use super::*;

const X: [f64; 4] = [-1.0, 0.7, 2.0, 1.8];

/// Coins of which each has an element, behind one that all share.
#[model]
fn coins(x: &[f64]) {
    let shift = sample!("shift", Bernoulli::new(0.4)).to_real();
    plate!("i", x.len(), |i| {
        let b = sample!("b", Bernoulli::new(0.3)).to_real();
        observe!("x", Normal::new(2.0 * b + shift, 0.5), x.at(i));
    });
}

macro_rules! guides {
    ($($name:ident, $score:expr;)+) => {$(
        #[guide(coins)]
        fn $name(x: &[f64]) {
            let global = param!("global", -0.1);
            sample!("shift", Bernoulli::logits(global), $score);
            plate!("i", x.len(), |_| {
                sample!("b", Bernoulli::logits(param!("l", 0.2)), $score);
            });
        }
    )+};
}
guides! {
    default, Score::baseline(ppl::estimator::Baseline::Default);
    unaided, Score::new();
    decaying, Score::baseline(DecayingAverage::new(0.9));
    standardised, Score::baseline(Standardised::new(0.8));
    self_critical, Score::baseline(SelfCritical);
    leave_one_out, LeaveOneOut::samples(3);
    disarm, DisArm;
    sum_and_sample, SumAndSample::new(1);
    measure_valued, MeasureValued;
}

#[guide(coins)]
fn given(x: &[f64]) {
    sample!("shift", Bernoulli::logits(param!("global", -0.1)), Score::baseline(Given(Real::from(2.0))));
    plate!("i", x.len(), |i| {
        let guess = Real::from(-1.0) - x.at(i);
        sample!("b", Bernoulli::logits(param!("l", 0.2)), Score::baseline(Given(guess)));
    });
}

/// Baselines that a network with a hidden layer computes from the data, with parameters of its own.
#[guide(coins)]
fn learned(x: &[f64]) {
    let level = param!("level", 0.5);
    sample!("shift", Bernoulli::logits(param!("global", -0.1)), Score::baseline(Learned(level)));
    let (inside, outside) = (param!("inside", [0.3, -0.2]), param!("outside", [0.1, 0.4]));
    plate!("i", x.len(), |i| {
        let hidden = (inside * x.at(i)).tanh();
        let prediction = (outside * hidden).sum();
        sample!("b", Bernoulli::logits(param!("l", 0.2)), Score::baseline(Learned(prediction)));
    });
}

macro_rules! assert_resumes_with {
    ($objective:expr; $($guide:ident),+) => {$(
        let make = |seed| Svi::new(coins(&X), $guide(&X), $objective, Adam::new(0.05)).seed(seed);
        assert_resumes(concat!(stringify!($objective), " with ", stringify!($guide)), make);
    )+};
}

#[test]
fn every_baseline_resumes() {
    assert_resumes_with!(Elbo::default(); default, unaided, decaying, standardised, given, learned);
}

#[test]
fn every_baseline_resumes_with_several_particles() {
    assert_resumes_with!(Elbo::default().particles(3); default, unaided, decaying, standardised, given, learned);
}

#[test]
fn estimators_along_an_axis_resume() {
    assert_resumes_with!(Elbo::default(); self_critical, leave_one_out, disarm, sum_and_sample, measure_valued);
}

#[test]
fn other_objectives_resume() {
    assert_resumes_with!(Iwae::new(3); default, decaying, standardised, learned);
    assert_resumes_with!(Iwae::new(1); decaying);
    assert_resumes_with!(Vimco::new(3); decaying);
    assert_resumes_with!(Renyi::new(0.5, 3); default, decaying);
    assert_resumes_with!(Renyi::new(1.0, 3); decaying);
    assert_resumes_with!(WakeSleep::new(3); default);
    assert_resumes_with!(Elbo::default().closed_kl(false).sticking_the_landing(); decaying);
}

#[test]
fn a_session_without_the_averages_would_go_another_way() {
    let new = || Svi::new(coins(&X), decaying(&X), Elbo::default(), Sgd::new(0.1)).seed(5);
    let file = TempFile::new();
    let (mut svi, mut resumed, mut forgetful) = (new(), new(), new());
    trail(&mut svi, 3);
    svi.save(&file).unwrap();
    resumed.load(&file).unwrap();
    // The same parameters, on the real line, and seed, at the same step; this optimiser has no state without momentum.
    for name in ["global", "l"] {
        forgetful.set_parameter(name, svi.parameters().get(name).unwrap()).unwrap();
    }
    (0..3).for_each(|_| drop(forgetful.dream().unwrap()));
    assert_eq!(bits(&forgetful), bits(&svi));
    let next = trail(&mut svi, 1);
    let other = trail(&mut forgetful, 1);
    assert_eq!(next[0].0, other[0].0);
    assert_ne!(next[0].1, other[0].1);
    assert_eq!(trail(&mut resumed, 1), next);
}

#[model]
fn mixture(x: &[f64]) {
    let weights = param!("weights", [0.2, 0.3, 0.5], Simplex);
    let centre = param!("centre", [-1.0, 0.0, 1.5]);
    plate!("row", x.len(), |i| {
        let z = sample!("z", Categorical::new(weights), enumerate);
        observe!("x", Normal::new(centre.at(z), param!("scale", 1.0, Positive)), x.at(i));
    });
}

#[guide(mixture)]
fn nothing(_x: &[f64]) {}

#[test]
fn exact_evidence_resumes() {
    let make = |seed| Svi::new(mixture(&X), nothing(&X), Evidence::new(), Adam::new(0.05)).seed(seed);
    assert_resumes("Evidence", make);
}
