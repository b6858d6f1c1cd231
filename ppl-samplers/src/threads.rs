//! Independent jobs, chains or paths, shared out among threads, each of which makes a target of its own.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::error::SamplerError;
use crate::target::Target;

/// What makes a thread's target.
pub(crate) type Make<'a, 't> = &'a (dyn Fn() -> Box<dyn Target + 't> + Sync);

/// The number of threads to use for so many jobs: as many as were asked for, else as the machine has cores.
pub(crate) fn threads_for(jobs: usize, asked: Option<usize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    asked.unwrap_or_else(cores).clamp(1, jobs.max(1))
}

/// The results of the jobs in their order. Each job gets a target, its index, and a flag that says that another job has failed.
///
/// # Errors
///
/// That of the first job in order among those that failed before the others stopped.
pub(crate) fn run_jobs<'t, R: Send>(
    jobs: usize,
    threads: usize,
    make: Make<'_, 't>,
    job: &(dyn Fn(&mut dyn Target, usize, &AtomicBool) -> Result<R, SamplerError> + Sync),
) -> Result<Vec<R>, SamplerError> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let results = Mutex::new(Vec::new());
    let work = || {
        let mut target = make();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= jobs || stop.load(Ordering::Relaxed) {
                return;
            }
            let result = job(&mut *target, index, &stop);
            if result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            // A thread that panicked while it pushed leaves a list that is whole; its panic goes on when the scope ends.
            results.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((index, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that cannot be had leaves its work to the others.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
