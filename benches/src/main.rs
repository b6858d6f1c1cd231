//! Measures one workload and prints one line of JSON.
//!
//! ```text
//! ppl-bench --workload NAME --dtype f32|f64 --steps N --seconds S --threads T --seed K --data DIR
//! ```
//!
//! A mistake in the arguments and data that are not there are errors, and the exit code is then 2.

mod arguments;
mod data;
mod report;
mod session;
mod timer;
mod trouble;
mod workloads;

use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = arguments::Arguments::parse(std::env::args().skip(1)).and_then(|a| workloads::run(&a));
    match outcome {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("ppl-bench: {trouble}");
            ExitCode::from(2)
        }
    }
}
