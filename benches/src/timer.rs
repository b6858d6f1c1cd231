//! Timed windows of about a quarter of a second, by the rules of the other programs of the comparison.

use cpu_time::ProcessTime;
use std::time::Instant;

/// The length that windows grow to, in seconds.
const WINDOW: f64 = 0.25;

/// The fewest windows of a measurement.
const FEWEST: usize = 7;

/// Runs steps in windows and remembers what each took.
#[derive(Debug, Default)]
pub struct Timer {
    /// Steps of a window, once one was long enough to tell.
    chunk: Option<usize>,
    done: usize,
    /// Microseconds a step of each window, by the wall clock and of the process.
    wall: Vec<f64>,
    cpu: Vec<f64>,
    wall_seconds: f64,
    cpu_seconds: f64,
}

/// The statistics of the windows, in microseconds a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    pub median: f64,
    pub least: f64,
    pub ninetieth: f64,
    pub cpu_median: f64,
    pub windows: usize,
    pub seconds: f64,
    pub cpu_per_wall: f64,
}

impl Timer {
    /// Takes `steps` steps by `advance`, which takes the given number of them.
    ///
    /// # Errors
    ///
    /// The first error of `advance`.
    pub fn train<F>(
        &mut self,
        steps: usize,
        mut advance: impl FnMut(usize) -> Result<(), F>,
    ) -> Result<(), F> {
        let mut n = 1;
        while self.done < steps && self.chunk.is_none() {
            n = n.min(steps - self.done);
            self.grow(&mut n, &mut advance)?;
        }
        while self.done < steps {
            let Some(chunk) = self.chunk else { break };
            let n = chunk.min(steps - self.done);
            self.go(n, n > chunk / 2, &mut advance)?;
        }
        Ok(())
    }

    /// Goes on until the windows cover `seconds` and there are enough of them.
    ///
    /// # Errors
    ///
    /// The first error of `advance`.
    pub fn extend<F>(
        &mut self,
        seconds: f64,
        mut advance: impl FnMut(usize) -> Result<(), F>,
    ) -> Result<(), F> {
        let mut n = 1;
        let chunk = loop {
            match self.chunk {
                Some(chunk) => break chunk,
                None => self.grow(&mut n, &mut advance)?,
            }
        };
        while self.wall_seconds < seconds || self.wall.len() < FEWEST {
            self.go(chunk, true, &mut advance)?;
        }
        Ok(())
    }

    /// Runs an uncounted window of `n` steps, and either settles the length of a window or makes `n` larger.
    fn grow<F>(&mut self, n: &mut usize, advance: &mut impl FnMut(usize) -> Result<(), F>) -> Result<(), F> {
        let took = self.go(*n, false, advance)?;
        if took > WINDOW / 3.0 {
            self.chunk = Some(((*n as f64 * WINDOW / took) as usize).max(1));
        }
        *n *= 4;
        Ok(())
    }

    fn go<F>(
        &mut self,
        n: usize,
        counts: bool,
        advance: &mut impl FnMut(usize) -> Result<(), F>,
    ) -> Result<f64, F> {
        let (cpu, wall) = (ProcessTime::now(), Instant::now());
        advance(n)?;
        let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
        self.done += n;
        if counts {
            self.wall.push(wall / n as f64 * 1e6);
            self.cpu.push(cpu / n as f64 * 1e6);
            self.wall_seconds += wall;
            self.cpu_seconds += cpu;
        }
        Ok(wall)
    }

    /// Returns the statistics of the windows so far.
    pub fn timing(&self) -> Timing {
        let mut wall = self.wall.clone();
        wall.sort_by(f64::total_cmp);
        let last = wall.len().saturating_sub(1);
        Timing {
            median: median(&wall),
            least: wall.first().copied().unwrap_or(f64::NAN),
            ninetieth: wall.get((0.9 * last as f64) as usize).copied().unwrap_or(f64::NAN),
            cpu_median: median(&self.cpu),
            windows: wall.len(),
            seconds: self.wall_seconds,
            cpu_per_wall: self.cpu_seconds / self.wall_seconds.max(1e-9),
        }
    }
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_for_exactly_the_steps_asked_for() {
        let (mut timer, mut taken) = (Timer::default(), 0);
        timer
            .train(1003, |n| {
                taken += n;
                Ok::<(), ()>(())
            })
            .unwrap();
        assert_eq!(taken, 1003);
    }

    #[test]
    fn windows_are_enough_and_about_as_long_as_said() {
        let mut timer = Timer::default();
        let sleep = |n: usize| {
            std::thread::sleep(std::time::Duration::from_millis(n as u64));
            Ok::<(), ()>(())
        };
        timer.extend(0.0, sleep).unwrap();
        let timing = timer.timing();
        assert_eq!(timing.windows, FEWEST);
        assert!(timing.least >= 1000.0 && timing.least <= timing.median && timing.median <= timing.ninetieth);
        assert!(timing.seconds > 0.8 * WINDOW * FEWEST as f64, "{timing:?}");
        assert!(timing.cpu_median < timing.least);
    }

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }
}
