//! Fuzzing without a fuzzer: targets are run on inputs drawn from a seed.
//!
//! `ppl-fuzz TARGET COUNT SEED [FROM]` makes `COUNT` executions and fails if one of them did.

// A message asks whether there is a compiler to ask.
extern crate proc_macro;

// The macros' crate can be linked by the compiler only, so its modules are compiled here once more.
#[path = "../../ppl-macros/src/check/mod.rs"]
mod check;
#[path = "../../ppl-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../ppl-macros/src/ir/mod.rs"]
mod ir;
#[path = "../../ppl-macros/src/library.rs"]
#[allow(dead_code, reason = "the crate's name is looked up by its entry points, which are not here")]
mod library;
#[path = "../../ppl-macros/src/literals.rs"]
mod literals;
#[path = "../../ppl-macros/src/lower.rs"]
mod lower;
#[path = "../../ppl-macros/src/messages.rs"]
mod messages;
#[path = "../../ppl-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../ppl-macros/src/placeholder.rs"]
mod placeholder;
#[path = "../../ppl-macros/src/report.rs"]
mod report;

mod campaign;
mod distributions;
mod loaders;
mod macros;
mod numbers;
mod programs;
mod sessions;

use campaign::{Executions, Findings};
use std::process::ExitCode;

const USAGE: &str = "usage: ppl-fuzz TARGET COUNT SEED [FROM]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match findings(&arguments) {
        Ok(found) => {
            println!("{}: {found}", arguments.join(" "));
            if found.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}\ntargets: macros, univariate, structured, sessions, loaders");
            ExitCode::FAILURE
        }
    }
}

fn findings(arguments: &[String]) -> Result<Findings, String> {
    let number = |at: usize, name: &str| -> Result<u64, String> {
        let text = arguments.get(at).ok_or_else(|| format!("expected {name}"))?;
        text.parse().map_err(|_| format!("expected {name} as a number, got `{text}`"))
    };
    let from = if arguments.len() > 3 { number(3, "FROM")? } else { 0 };
    let executions = Executions { count: number(1, "COUNT")?, seed: number(2, "SEED")?, from };
    campaign::watch();
    match arguments[0].as_str() {
        "macros" => Ok(campaign::run(&macros::Macros::new(), executions)),
        "univariate" => Ok(campaign::run(&distributions::Univariates, executions)),
        "structured" => Ok(campaign::run(&distributions::Structures, executions)),
        "sessions" => Ok(campaign::run(&sessions::Sessions, executions)),
        "loaders" => Ok(campaign::run(&loaders::Loaders, executions)),
        other => Err(format!("no target `{other}`")),
    }
}
