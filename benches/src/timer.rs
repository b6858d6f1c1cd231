//! Timed windows of about a quarter of a second, by the rules of the other programs of the comparison.

use cpu_time::ProcessTime;
use std::time::Instant;

/// The length that windows grow to, in seconds.
const WINDOW: f64 = 0.25;

/// The fewest windows of a measurement.
const FEWEST: usize = 7;

/// What tells the time: seconds by the wall clock and of the process, from any beginning.
pub trait Clock {
    fn now(&self) -> (f64, f64);
}

/// The clocks of this machine.
#[derive(Debug)]
pub struct Machine {
    wall: Instant,
    process: ProcessTime,
}

impl Default for Machine {
    fn default() -> Self {
        Self { wall: Instant::now(), process: ProcessTime::now() }
    }
}

impl Clock for Machine {
    fn now(&self) -> (f64, f64) {
        (self.wall.elapsed().as_secs_f64(), self.process.elapsed().as_secs_f64())
    }
}

/// Runs steps in windows and remembers what each took.
#[derive(Debug)]
pub struct Timer<C = Machine> {
    clock: C,
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

impl Default for Timer {
    fn default() -> Self {
        Self::by(Machine::default())
    }
}

impl<C: Clock> Timer<C> {
    /// Returns a timer that has measured nothing yet.
    pub fn by(clock: C) -> Self {
        Self {
            clock,
            chunk: None,
            done: 0,
            wall: Vec::new(),
            cpu: Vec::new(),
            wall_seconds: 0.0,
            cpu_seconds: 0.0,
        }
    }

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
        let before = self.clock.now();
        advance(n)?;
        let after = self.clock.now();
        let (wall, cpu) = (after.0 - before.0, after.1 - before.1);
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
    use std::cell::Cell;

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

    /// A clock that goes on by what its steps say they took.
    #[derive(Default)]
    struct Told {
        seconds: Cell<f64>,
        calls: Cell<f64>,
    }

    impl Clock for &Told {
        fn now(&self) -> (f64, f64) {
            (self.seconds.get() + self.calls.get(), 0.5 * self.seconds.get())
        }
    }

    #[test]
    fn windows_are_enough_and_about_as_long_as_said() {
        // A step takes a millisecond and half of it of the processor, and each call of them a hundredth of a second more.
        let told = Told::default();
        let mut timer = Timer::by(&told);
        let advance = |n: usize| {
            told.seconds.set(told.seconds.get() + 1e-3 * n as f64);
            told.calls.set(told.calls.get() + 1e-2);
            Ok::<(), ()>(())
        };
        timer.extend(0.0, advance).unwrap();
        let timing = timer.timing();
        assert_eq!(timing.windows, FEWEST);
        let n = timer.chunk.unwrap() as f64;
        let step = 1000.0 + 1e4 / n;
        for microseconds in [timing.least, timing.median, timing.ninetieth] {
            assert!((microseconds - step).abs() < 1e-6, "{timing:?}");
        }
        assert!((timing.cpu_median - 500.0).abs() < 1e-6, "{timing:?}");
        assert!((timing.cpu_per_wall - 500.0 / step).abs() < 1e-9, "{timing:?}");
        let window = timing.seconds / FEWEST as f64;
        assert!(window > 0.8 * WINDOW && window < 1.2 * WINDOW, "{timing:?}");
        timer.extend(3.0, advance).unwrap();
        assert!(timer.timing().seconds >= 3.0 && timer.timing().seconds < 3.0 + 1.2 * WINDOW);
    }

    #[test]
    fn the_clocks_of_this_machine_go_forwards() {
        let clock = Machine::default();
        let before = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let after = clock.now();
        assert!(after.0 - before.0 >= 2e-3 && after.1 >= before.1);
    }

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }
}
