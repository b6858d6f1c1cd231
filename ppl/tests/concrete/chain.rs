use super::*;

const ROWS: [[f64; 2]; 2] = [[0.75, 0.25], [0.25, 0.75]];

#[model]
fn chain(steps: usize) {
    let mut state = 0;
    for t in 0..steps {
        // A lookup in a plain array, by a plain number.
        state = sample!("state"[t], Categorical::new(ROWS[state]), enumerate, concrete);
        observe!("y"[t], Categorical::new(ROWS[state]), 1);
    }
}

#[guide(chain)]
fn nothing(_steps: usize) {}

#[test]
fn a_chain_as_a_loop_has_its_evidence() {
    for (steps, expected) in [(2, 1.6739764336), (3, 2.2493405785), (10, 5.9439738588)] {
        let mut svi = Svi::new(chain(steps), nothing(steps), Elbo::default(), Adam::new(0.1));
        close(svi.step().unwrap().loss, expected, 1e-9);
        close(svi.evaluate(1).unwrap().loss, expected, 1e-9);
    }
}

#[model]
fn wide() {
    for t in 0..3 {
        sample!("digit"[t], Binomial::new(59.0, 0.5), enumerate, concrete);
    }
}

#[guide(wide)]
fn narrow() {}

#[test]
fn too_many_paths_are_an_error_that_names_the_sites() {
    let mut svi = Svi::new(wide(), narrow(), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.starts_with("the programs have more than 100000 paths"), "{error}");
    assert!(error.contains("`digit[0]` (60 outcomes), `digit[1]` (60"), "{error}");
}

#[model]
fn endless() {
    let mut n = 0;
    while !sample!("stops"[n], Bernoulli::new(0.5), enumerate, concrete) {
        n += 1;
    }
}

#[guide(endless)]
fn idle() {}

#[test]
fn a_path_without_an_end_is_an_error() {
    let error = Svi::new(endless(), idle(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("the path is longer than 1000 sites: `stops[0]` (2 outcomes)"), "{error}");
    assert!(error.contains("992 more"), "{error}");
}
