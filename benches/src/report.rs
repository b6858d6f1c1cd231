//! The line of JSON.

use crate::arguments::Arguments;
use crate::timer::Timing;
use ppl::__bench::Mechanisms;
use ppl::Evaluation;
use serde_json::{Map, Value, json};

/// Everything that was measured of a workload.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The seconds until the first step was done.
    pub first_step: f64,
    pub timing: Timing,
    pub evaluation: Evaluation,
    pub evaluation_draws: usize,
    pub posterior: Map<String, Value>,
    pub rate: f64,
    /// What made the last step before the evaluation fast.
    pub mechanisms: Mechanisms,
    /// The exact log joint density at the workload's reference point.
    pub log_joint: f64,
}

impl Measured {
    /// Returns the report.
    pub fn line(&self, arguments: &Arguments) -> String {
        let t = &self.timing;
        let rest = json!({
            "compile_s": digits(self.first_step, 4),
            "us_per_step": digits(t.median, 5),
            "us_min": digits(t.least, 5),
            "us_p90": digits(t.ninetieth, 5),
            "cpu_us_per_step": digits(t.cpu_median, 5),
            "windows": t.windows,
            "seconds": digits(t.seconds, 4),
            "cpu_per_wall": digits(t.cpu_per_wall, 3),
            "elbo": digits(-self.evaluation.loss, 12),
            "elbo_se": digits(self.evaluation.standard_error, 3),
            "elbo_samples": self.evaluation_draws,
            "posterior": self.posterior,
            "mechanisms": {
                "followed": self.mechanisms.followed,
                "loops": self.mechanisms.loops,
                "walked": self.mechanisms.walked,
                "waiting": self.mechanisms.waiting,
                "recomputed": self.mechanisms.recomputed,
                "chains": self.mechanisms.chains,
            },
            "peak_rss_mb": peak_memory(),
            "lr": self.rate,
            "logjoint_ref": digits(self.log_joint, 12),
        });
        line(arguments, rest)
    }
}

/// Returns a line of what every report begins with, and of the fields of `rest`.
pub fn line(arguments: &Arguments, mut rest: Value) -> String {
    let head = json!({
        "peer": "ppl",
        "version": concat!("ppl ", env!("CARGO_PKG_VERSION")),
        "workload": arguments.workload,
        "dtype": arguments.dtype.name(),
        "threads": arguments.threads,
        "seed": arguments.seed,
        "steps": arguments.steps,
    });
    if let (Some(all), Value::Object(head)) = (rest.as_object_mut(), head) {
        all.extend(head);
    }
    rest.to_string()
}

/// Rounds to so many significant digits.
pub fn digits(x: f64, n: usize) -> f64 {
    if x.is_finite() { format!("{x:.*e}", n.saturating_sub(1)).parse().unwrap_or(x) } else { x }
}

/// Returns the largest resident size of the process in megabytes, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn rounds_to_significant_digits() {
        assert_eq!(digits(1234.5678, 5), 1234.6);
        assert_eq!(digits(-0.00123456, 3), -0.00123);
        assert_eq!(digits(0.0, 3), 0.0);
        assert!(digits(f64::NAN, 3).is_nan());
    }
}
