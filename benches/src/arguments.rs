//! The command line.

use crate::trouble::Trouble;
use std::path::PathBuf;
use std::str::FromStr;

/// What to measure, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    /// The workload's name.
    pub workload: String,
    /// The number type of the programs.
    pub dtype: Dtype,
    /// The training steps behind the answers.
    pub steps: usize,
    /// The least time in timed windows.
    pub seconds: f64,
    /// The threads asked for.
    pub threads: usize,
    /// The seed of the session.
    pub seed: u64,
    /// The directory of the `.npy` files.
    pub data: PathBuf,
}

/// A number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Dtype {
    /// Returns the name as it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
        }
    }
}

impl FromStr for Dtype {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Dtype::F32),
            "f64" => Ok(Dtype::F64),
            other => Err(format!("expected f32 or f64, got `{other}`")),
        }
    }
}

impl Arguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    ///
    /// If one is unknown, lacks its value or has a wrong one, or if `--workload` or `--data` is missing.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Trouble> {
        let mut arguments = Arguments {
            workload: String::new(),
            dtype: Dtype::F32,
            steps: 2000,
            seconds: 5.0,
            threads: 1,
            seed: 0,
            data: PathBuf::new(),
        };
        while let Some(flag) = words.next() {
            let known = ["--workload", "--dtype", "--steps", "--seconds", "--threads", "--seed", "--data"];
            if !known.contains(&flag.as_str()) {
                return Err(Trouble::Argument(format!(
                    "unknown argument `{flag}`; expected {}",
                    known.join(", ")
                )));
            }
            let Some(text) = words.next() else {
                return Err(Trouble::Argument(format!("`{flag}` lacks its value")));
            };
            match flag.as_str() {
                "--workload" => arguments.workload = text,
                "--dtype" => arguments.dtype = value(&flag, &text)?,
                "--steps" => arguments.steps = value(&flag, &text)?,
                "--seconds" => arguments.seconds = value(&flag, &text)?,
                "--threads" => arguments.threads = value(&flag, &text)?,
                "--seed" => arguments.seed = value(&flag, &text)?,
                _ => arguments.data = PathBuf::from(text),
            }
        }
        for (flag, missing) in
            [("--workload", arguments.workload.is_empty()), ("--data", arguments.data.as_os_str().is_empty())]
        {
            if missing {
                return Err(Trouble::Argument(format!("`{flag}` is missing")));
            }
        }
        if !arguments.seconds.is_finite() || arguments.seconds < 0.0 {
            return Err(Trouble::Argument(format!("`--seconds` cannot be {}", arguments.seconds)));
        }
        if arguments.steps == 0 {
            return Err(Trouble::Argument("`--steps` must be at least 1".to_owned()));
        }
        Ok(arguments)
    }
}

fn value<T: FromStr<Err: std::fmt::Display>>(flag: &str, text: &str) -> Result<T, Trouble> {
    text.parse().map_err(|e| Trouble::Argument(format!("`{flag} {text}`: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned)).map_err(|e| e.to_string())
    }

    #[test]
    fn reads_every_argument() {
        let got = parse("--workload coin --dtype f64 --steps 7 --seconds .5 --threads 2 --seed 3 --data d")
            .unwrap();
        let expected = Arguments {
            workload: "coin".to_owned(),
            dtype: Dtype::F64,
            steps: 7,
            seconds: 0.5,
            threads: 2,
            seed: 3,
            data: PathBuf::from("d"),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(parse("--workload coin").unwrap_err(), "`--data` is missing");
        assert_eq!(parse("--workload").unwrap_err(), "`--workload` lacks its value");
        assert_eq!(
            parse("--workload coin --data d --dtype f16").unwrap_err(),
            "`--dtype f16`: expected f32 or f64, got `f16`"
        );
        assert!(parse("--particles 3").unwrap_err().starts_with("unknown argument `--particles`"));
        assert_eq!(parse("--workload coin --data d --steps 0").unwrap_err(), "`--steps` must be at least 1");
    }
}
