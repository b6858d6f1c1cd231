//! Integer quantities have frequencies, predictions say what does not weigh them, and other programs have their own quantities.

use super::*;
use ppl::support::UnitInterval;

#[model]
fn counts(x: &[f64]) {
    let p = sample!("p", Beta::new(2.0, 3.0));
    plate!("row", x.len(), |i| {
        let z = sample!("z", Categorical::new([0.5, 0.2, 0.3]), enumerate);
        deterministic!("kind", z);
        deterministic!("level", z.to_real());
        observe!("x", Normal::new(z.to_real() + p, 1.0), x.at(i));
    });
}

#[guide(counts)]
fn of_counts(_x: &[f64]) {
    sample!("p", Beta::new(param!("a", 2.0, Positive), param!("b", 3.0, Positive)));
}

#[test]
fn integers_are_summarised_by_frequencies() {
    let x = [0.3, 2.4];
    let mut svi = Svi::new(counts(&x), of_counts(&x), Elbo::default(), Adam::new(0.1)).seed(3);
    let n = 500;
    let draws = svi.posterior().draws(n).unwrap();
    let kinds = draws.get("kind").unwrap();
    let summary = draws.summary();
    for i in 0..2 {
        let found = summary.row("kind", &[i]).unwrap().frequencies.clone().unwrap();
        for value in 0..3 {
            let share = (0..n).filter(|&k| kinds[[k, i]] == value as f64).count() as f64 / n as f64;
            assert_eq!(found.of(value), share);
        }
        assert_eq!(found.absent(), 0.0);
        // The moments are there for whoever asks.
        close(summary.row("kind", &[i]).unwrap().mean, summary.row("level", &[i]).unwrap().mean, 1e-14);
        let assigned = svi.posterior().assignments(n).unwrap().summary();
        assert_eq!(assigned.row("z", &[i]).unwrap().frequencies, Some(found));
    }
    for name in ["p", "level"] {
        assert!(summary.site(name).unwrap().iter().all(|row| row.frequencies.is_none()));
    }
    let table = summary.to_string();
    let line = |start: &str| table.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    let shares = summary.row("kind", &[1]).unwrap().frequencies.clone().unwrap().to_string();
    assert!(line("kind[1]").ends_with(&shares) && !line("level[1]").contains(':'), "{table}");
}

#[model]
fn branches() {
    let far = sample!("far", Bernoulli::new(0.4), concrete);
    if far {
        deterministic!("only_far", Discrete::from(7));
    }
}

#[guide(branches)]
fn of_branches() {
    sample!("far", Bernoulli::new(param!("q", 0.5, UnitInterval)), concrete);
}

#[test]
fn what_a_branch_lacks_is_absent() {
    let mut svi = Svi::new(branches(), of_branches(), Elbo::default(), Adam::new(0.1)).seed(2);
    let draws = svi.posterior().draws(40).unwrap();
    let far = draws.get("far").unwrap().sum() / 40.0;
    let summary = draws.summary();
    let found = summary.row("only_far", &[]).unwrap().frequencies.clone().unwrap();
    close(found.of(7), far, 1e-14);
    close(found.absent(), 1.0 - far, 1e-14);
    assert!(summary.to_string().contains(&format!("7: {far:.3}")) || found.absent() > 0.5);
    assert!(summary.to_string().contains("absent: "));
}

#[model]
fn tilted(x: f64) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    factor!("tilt", 0.5 * z);
    observe!("x", Normal::new(z, 1.0), x);
}

#[guide(tilted)]
fn of_tilted(_x: f64) {
    sample!("z", Normal::new(param!("loc", 1.0), 0.7));
}

#[test]
fn predictions_of_a_model_with_a_factor_say_so() {
    let mut svi = Svi::new(tilted(1.5), of_tilted(1.5), Elbo::default(), Adam::new(0.1)).seed(2);
    let predictive = svi.posterior().predictive(50).unwrap();
    let joint = svi.posterior().joint(3).unwrap();
    for draws in [predictive, joint] {
        assert_eq!(draws.notes().len(), 1);
        assert!(draws.notes()[0].contains("`tilt` is a factor of the model"));
        assert!(draws.summary().to_string().ends_with(&format!("{}\n", draws.notes()[0])));
    }
    let other = svi.posterior().predictive_on(tilted(0.0), 5).unwrap();
    assert_eq!(other.notes().len(), 1);
    // Draws of the guide, and of models without a factor, have nothing to say.
    assert!(svi.posterior().draws(5).unwrap().notes().is_empty());
    let x = [0.3, 2.4];
    let mut plain = Svi::new(counts(&x), of_counts(&x), Elbo::default(), Adam::new(0.1)).seed(3);
    assert!(plain.posterior().predictive(5).unwrap().notes().is_empty());
}

/// The same parameters, and a quantity that the session's model does not state.
#[model]
fn stating(x: f64) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    deterministic!("squared", z * z);
    observe!("x", Normal::new(z, 1.0), x);
}

#[model]
fn silent(x: f64) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    observe!("x", Normal::new(z, 1.0), x);
}

#[guide(stating)]
fn of_stating(_x: f64) {
    sample!("z", Normal::new(param!("loc", 1.0), 0.7));
}

#[guide(silent)]
fn of_silent(_x: f64) {
    sample!("z", Normal::new(param!("loc", 1.0), 0.7));
}

#[test]
fn other_programs_have_their_own_quantities() {
    let (model, guide) = (stating(0.5), of_stating(0.5));
    let mut svi = Svi::new(silent(1.0), of_silent(1.0), Elbo::default(), Adam::new(0.1)).seed(4);
    for trained in [false, true] {
        if trained {
            svi.step().unwrap();
        }
        let alone = svi.posterior_on(&model, &guide).draws(9).unwrap();
        let joint = svi.posterior_on(&model, &guide).joint(9).unwrap();
        for draws in [alone, joint] {
            let z = draws.get("z").unwrap();
            assert_eq!(draws.get("squared").unwrap(), &(z * z));
        }
        // The session's own are as they were.
        let own = svi.posterior().draws(9).unwrap();
        assert_eq!(own.names().collect::<Vec<_>>(), ["z"]);
    }
    // And the other way round.
    let (model, guide) = (silent(0.5), of_silent(0.5));
    let names = |draws: ppl::results::Draws| draws.names().map(str::to_owned).collect::<Vec<_>>();
    for trained in [false, true] {
        let mut svi = Svi::new(stating(1.0), of_stating(1.0), Elbo::default(), Adam::new(0.1)).seed(4);
        if trained {
            svi.step().unwrap();
        }
        assert_eq!(names(svi.posterior_on(&model, &guide).draws(9).unwrap()), ["z"]);
        assert_eq!(names(svi.posterior().draws(9).unwrap()), ["z", "squared"]);
    }
}

#[model]
fn with_branches(x: f64) {
    let far = sample!("far", Bernoulli::new(0.3), concrete);
    let z = sample!("z", Normal::new(if far { 1.0 } else { 0.0 }, 1.0));
    deterministic!("is_far", if far { 1.0 } else { 0.0 });
    observe!("x", Normal::new(z, 1.0), x);
}

#[guide(with_branches)]
fn of_with_branches(_x: f64) {
    sample!("far", Bernoulli::new(0.5), concrete);
    sample!("z", Normal::new(param!("loc", 1.0), 0.7));
}

#[test]
fn other_programs_with_concrete_sites_leave_the_session_as_it_was() {
    let session = || Svi::new(silent(1.0), of_silent(1.0), Elbo::default(), Adam::new(0.1)).seed(4);
    let (mut with, mut without) = (session(), session());
    let (model, guide) = (with_branches(0.5), of_with_branches(0.5));
    for _ in 0..3 {
        let draws = with.posterior_on(&model, &guide).draws(9).unwrap();
        assert_eq!(draws.get("is_far"), draws.get("far"));
        assert_eq!(with.step().unwrap(), without.step().unwrap());
        assert_eq!(with.posterior().draws(40).unwrap(), without.posterior().draws(40).unwrap());
    }
}

/// A branch that the first run of the programs does not take, and few draws do.
#[model]
fn rare() {
    let far = sample!("far", Bernoulli::new(0.5), concrete);
    if far {
        deterministic!("only_far", 1.0);
    }
}

#[guide(rare)]
fn of_rare() {
    sample!("far", Bernoulli::new(0.1), concrete);
}

#[test]
fn a_quantity_of_a_rare_branch_is_not_missed() {
    for seed in 0..10 {
        let mut svi = Svi::new(rare(), of_rare(), Elbo::default(), Adam::new(0.1)).seed(seed);
        let draws = svi.posterior().draws(30).unwrap();
        let far = draws.get("far").unwrap();
        match draws.get("only_far") {
            Ok(only_far) => assert!(far.iter().zip(only_far).all(|(f, o)| (*f == 1.0) == o.is_finite())),
            Err(_) => assert_eq!(far.sum(), 0.0),
        }
    }
}
