//! Many executions of one target: each from a seed of its own, with panics caught and failing inputs made smaller.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The generator that inputs are drawn from.
pub type Generator = Xoshiro256PlusPlus;

/// Something that is run on arbitrary inputs.
pub trait Target {
    /// One input.
    type Case: Clone;

    /// Draws an input.
    fn draw(&self, rng: &mut Generator) -> Self::Case;

    /// Runs the input. A law that does not hold is an error that names the law and what broke it, without the numbers,
    /// so that inputs which break the same one are one failure.
    fn run(&self, case: &Self::Case) -> Result<(), String>;

    /// Returns inputs that are simpler than this one, the simplest first.
    fn simpler(&self, case: &Self::Case) -> Vec<Self::Case>;

    /// Returns the input as a person would write it.
    fn show(&self, case: &Self::Case) -> String;
}

/// Which executions are made: those from `from` on, of all that `seed` gives.
#[derive(Clone, Copy, Debug)]
pub struct Executions {
    pub count: u64,
    pub seed: u64,
    pub from: u64,
}

/// What went wrong, with the smallest input that was found for it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How many inputs failed in this way.
    pub times: u64,
    /// The number of the first.
    pub first: u64,
    pub smallest: String,
}

/// What a campaign found.
#[derive(Debug)]
pub struct Findings {
    pub executions: u64,
    /// By the law that is broken, or the message and place of a panic.
    pub failures: BTreeMap<String, Failure>,
}

/// An input is made smaller by at most this many attempts.
const ATTEMPTS: usize = 4_000;

/// An execution that takes longer than this is taken for one that does not end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a target.
pub fn run<T: Target>(target: &T, executions: Executions) -> Findings {
    listen();
    let mut failures: BTreeMap<String, Failure> = BTreeMap::new();
    for number in executions.from..executions.from + executions.count {
        RUNNING.store(number, Ordering::Relaxed);
        let case = target.draw(&mut generator(executions.seed, number));
        let Err(what) = attempt(target, &case) else { continue };
        if let Some(known) = failures.get_mut(&what) {
            known.times += 1;
            continue;
        }
        let smallest = target.show(&smallest(target, case, &what));
        failures.insert(what, Failure { times: 1, first: number, smallest });
    }
    Findings { executions: executions.count, failures }
}

/// Returns the generator of one execution, so that it can be repeated alone.
fn generator(seed: u64, number: u64) -> Generator {
    Generator::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number)
}

/// Runs one input; a panic is an error too.
fn attempt<T: Target>(target: &T, case: &T::Case) -> Result<(), String> {
    HEARD.set(Some(String::new()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| target.run(case)));
    let heard = HEARD.take().unwrap_or_default();
    outcome.unwrap_or(Err(heard))
}

fn smallest<T: Target>(target: &T, mut case: T::Case, what: &str) -> T::Case {
    let mut attempts = 0;
    'simpler: loop {
        for candidate in target.simpler(&case) {
            attempts += 1;
            if attempts > ATTEMPTS {
                return case;
            }
            if attempt(target, &candidate).is_err_and(|found| found == what) {
                case = candidate;
                continue 'simpler;
            }
        }
        return case;
    }
}

thread_local! {
    /// The panic of the execution in progress; other threads' panics are none of ours.
    static HEARD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes the message and place of a panic of an execution in place of printing it.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = HEARD.with_borrow_mut(|heard| {
                let Some(heard) = heard else { return false };
                let place = info.location().map_or_else(String::new, ToString::to_string);
                let payload = info.payload();
                let text = payload.downcast_ref::<&str>().copied();
                let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
                let text = text.unwrap_or_default();
                *heard = format!("panicked at {place}: {text}");
                if std::env::var_os("RUST_BACKTRACE").is_some() {
                    eprintln!("{heard}\n{}", Backtrace::force_capture());
                }
                true
            });
            if !ours {
                before(info);
            }
        }));
    });
}

static RUNNING: AtomicU64 = AtomicU64::new(0);

/// Ends the process if one execution goes on for too long, and says which.
pub fn watch() {
    std::thread::spawn(|| {
        loop {
            let before = RUNNING.load(Ordering::Relaxed);
            std::thread::sleep(PATIENCE);
            if before != 0 && RUNNING.load(Ordering::Relaxed) == before {
                eprintln!("execution {before} does not end; repeat it with `1 SEED {before}`");
                std::process::exit(1);
            }
        }
    });
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, failure) in &self.failures {
            let Failure { times, first, smallest } = failure;
            writeln!(f, "{what}\n  {times} times, first in execution {first}; smallest:\n{smallest}")?;
        }
        write!(f, "{} executions, {} failures", self.executions, self.failures.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Fails from 100 on, and panics from 1000 on.
    struct Numbers;

    impl Target for Numbers {
        type Case = u32;

        fn draw(&self, rng: &mut Generator) -> u32 {
            rng.random_range(0..2000)
        }

        fn run(&self, case: &u32) -> Result<(), String> {
            assert!(*case < 1000, "large");
            if *case < 100 { Ok(()) } else { Err("not small".to_owned()) }
        }

        fn simpler(&self, case: &u32) -> Vec<u32> {
            vec![case / 2, case.saturating_sub(1)]
        }

        fn show(&self, case: &u32) -> String {
            case.to_string()
        }
    }

    #[test]
    fn failures_and_panics_are_found_counted_and_made_smaller() {
        let all = Executions { count: 300, seed: 1, from: 0 };
        let found = run(&Numbers, all);
        let [(panicked, large), (law, small)] = found.failures.iter().collect::<Vec<_>>()[..] else {
            panic!("{found}")
        };
        let (panicked, law) = if law.starts_with("panicked") { (law, panicked) } else { (panicked, law) };
        assert!(panicked.contains("campaign.rs") && panicked.ends_with("large"), "{panicked}");
        assert_eq!(law, "not small");
        let smallest: Vec<&str> = [large, small].iter().map(|f| f.smallest.as_str()).collect();
        assert!(smallest.contains(&"100") && smallest.contains(&"1000"), "{smallest:?}");
        assert!(large.times + small.times > 250, "{found}");
        // The first can be repeated alone.
        let again = run(&Numbers, Executions { count: 1, from: small.first, ..all });
        assert_eq!(again.failures.len(), 1);
    }
}
