//! Loops and recursions that need not end: they are errors that name the site and the count.

use super::*;
use ppl::results::Draws;

// The tree of a branching process, each node of which has two children or none; above one half it need not end.
#[model]
fn node(p: f64) -> usize {
    let mut size = 1;
    if sample!("splits", Bernoulli::new(p), concrete) {
        size += call!("left", node(p)) + call!("right", node(p));
    }
    size
}

#[model]
fn sentence(p: f64) {
    let size = call!("root", node(p));
    observe!("size", Normal::new(size as f64, 1e-9), 0.0);
}

/// Returns the count in an error of a program that has gone too far.
fn count_in(error: &str) -> usize {
    let (before, _) = error.split_once(" concrete sites").unwrap_or_else(|| panic!("{error}"));
    before.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{error}"))
}

fn drawn(p: f64, n: usize, seed: u64) -> Result<Draws, String> {
    ppl::prior_predictive(sentence(p), n, seed).map_err(|error| error.to_string())
}

#[test]
fn draws_of_a_grammar_that_need_not_end_are_an_error() {
    for p in [0.55, 0.6] {
        for seed in 0..20 {
            let error = drawn(p, 100, seed).unwrap_err();
            assert!(error.contains("site `root/") && error.contains("splits`"), "{error}");
            assert!(error.len() < 1_000, "{error}");
            let count = count_in(&error);
            assert!((100..=100_001).contains(&count), "{error}");
        }
    }
}

#[test]
fn draws_that_end_have_the_sizes_of_the_branching_process() {
    /// The sizes that are counted apart, by the number of nodes that split.
    const CELLS: usize = 6;
    for (p, n) in [(0.55, 2_000), (0.6, 1_000)] {
        let mut found = [0.0; CELLS + 2];
        for seed in 0..n {
            match drawn(p, 1, 1_000 + seed) {
                Ok(draws) => {
                    let splits = (draws.get("size").unwrap()[[0]].round() as usize - 1) / 2;
                    found[splits.min(CELLS)] += 1.0;
                }
                Err(_) => found[CELLS + 1] += 1.0,
            }
        }
        // There are Catalan(k) trees of k nodes that split, and a tree ends with probability (1 - p) / p.
        let mut expected = [0.0; CELLS + 2];
        let (mut catalan, ends) = (1.0, (1.0 - p) / p);
        for (k, cell) in expected[..CELLS].iter_mut().enumerate() {
            *cell = catalan * p.powi(k as i32) * (1.0 - p).powi(k as i32 + 1);
            catalan *= 2.0 * (2.0 * k as f64 + 1.0) / (k as f64 + 2.0);
        }
        expected[CELLS] = ends - expected[..CELLS].iter().sum::<f64>();
        expected[CELLS + 1] = 1.0 - ends;
        let n = n as f64;
        let chi_squared: f64 = found.iter().zip(expected).map(|(f, e)| (f - n * e).powi(2) / (n * e)).sum();
        // The quantile of seven degrees of freedom at a level of 1e-6.
        assert!(chi_squared < 40.52, "chi-squared {chi_squared}: {found:?}");
    }
}

#[guide(sentence)]
fn guessed(_p: f64) {
    call!("root", guessed_node());
}

#[guide(node)]
fn guessed_node() -> usize {
    let mut size = 1;
    if sample!("splits", Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete) {
        size += call!("left", guessed_node()) + call!("right", guessed_node());
    }
    size
}

#[test]
fn steps_go_on_after_one_that_did_not_end() {
    let mut svi =
        Svi::new(sentence(0.4), guessed(0.4), Elbo::default(), Adam::new(0.01)).seed(2).max_sites(40);
    let (mut ended, mut failed) = (0, 0);
    for _ in 0..300 {
        let before = svi.parameters();
        match svi.step() {
            Ok(step) => {
                assert!(step.loss.is_finite());
                ended += 1;
            }
            Err(error) => {
                assert_eq!(count_in(&error.to_string()), 41, "{error}");
                let after = svi.parameters();
                assert!(before.iter().all(|(name, value)| after.get(name).unwrap() == value));
                failed += 1;
            }
        }
    }
    assert!(ended > 200 && failed > 0, "{ended} {failed}");
}

#[model]
fn coins(n: usize) {
    for k in 0..n {
        sample!("coin"[k], Bernoulli::new(0.5), concrete);
    }
}

#[guide(coins)]
fn tossed(n: usize) {
    for k in 0..n {
        sample!("coin"[k], Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete);
    }
}

#[test]
fn a_program_may_meet_as_many_sites_as_the_session_says() {
    let session =
        |n| Svi::new(coins(n), tossed(n), Elbo::default().particles(3), Adam::new(0.1)).max_sites(50);
    assert!(session(50).step().is_ok());
    assert!(session(50).evaluate(2).is_ok());
    let mut svi = session(51);
    for _ in 0..2 {
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("site `coin[50]`: the program has met 51 concrete sites"), "{error}");
    }
    assert!(svi.posterior().draws(1).is_err());
    assert!(svi.step_on(coins(50), tossed(50)).is_ok());
    let default = Svi::new(coins(51), tossed(51), Elbo::default(), Adam::new(0.1)).step();
    assert!(default.is_ok());
}

#[test]
fn a_loop_meets_a_hundred_thousand_sites_by_default() {
    let error = ppl::prior_predictive(coins(200_000), 1, 1).unwrap_err().to_string();
    assert!(error.contains("site `coin[100000]`: the program has met 100001 concrete sites"), "{error}");
}

#[model]
fn chain(depth: usize) {
    if depth > 0 && sample!("on", Bernoulli::new(1.0), concrete) {
        call!("next", chain(depth - 1));
    }
}

#[guide(chain)]
fn followed(depth: usize) {
    if depth > 0 && sample!("on", Bernoulli::new(1.0), concrete) {
        call!("next", followed(depth - 1));
    }
}

/// Runs on a thread whose stack has so many bytes.
fn with_stack<R: Send>(bytes: usize, body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, body).unwrap().join().unwrap()
    })
}

#[test]
fn a_recursion_is_stopped_before_it_fills_a_small_stack() {
    let error = with_stack(1 << 20, || ppl::prior_predictive(chain(10_000), 1, 1).unwrap_err().to_string());
    assert!(error.contains("site `next/next/") && error.contains("next/on`"), "{error}");
    assert!(error.contains("calls fill more than 524288 bytes of the stack after"), "{error}");
    assert!((50..10_000).contains(&count_in(&error)), "{error}");
}

#[test]
fn a_recursion_may_go_as_deep_as_the_session_says() {
    let steps = || {
        let session = || Svi::new(chain(10_000), followed(10_000), Elbo::default(), Adam::new(0.1));
        (session().step().map_err(|error| error.to_string()), session().max_stack(1 << 28).step())
    };
    let (short, deep) = with_stack(1 << 28, steps);
    assert!(short.unwrap_err().contains("524288 bytes of the stack"));
    assert_eq!(deep.unwrap().loss, 0.0);
}

#[test]
fn a_program_that_is_stopped_drops_what_it_holds() {
    struct Held<'a>(&'a std::cell::Cell<usize>);
    impl Drop for Held<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    #[model]
    fn holding(dropped: &std::cell::Cell<usize>) {
        let _held = Held(dropped);
        let mut n = 0_usize;
        while sample!("again"[n], Bernoulli::new(1.0), concrete) {
            n += 1;
        }
    }
    let dropped = std::cell::Cell::new(0);
    assert!(ppl::prior_predictive(holding(&dropped), 1, 1).is_err());
    assert!(dropped.get() > 0);
}
