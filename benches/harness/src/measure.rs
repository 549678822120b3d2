//! Interleaved measuring of cases, so that a disturbance affects all of them.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;

/// Duration of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Number of rounds.
    pub rounds: usize,
    /// CPU time of one case in a round.
    pub turn: Duration,
}

impl Effort {
    /// The effort that the command line selects: `--quick` for fewer rounds.
    #[must_use]
    pub fn from_args() -> Self {
        if std::env::args().any(|argument| argument == "--quick") {
            Self { rounds: 7, turn: Duration::from_millis(8) }
        } else {
            Self { rounds: 31, turn: Duration::from_millis(25) }
        }
    }
}

/// One implementation of the work.
pub struct Case<'a> {
    /// Name in the tables.
    pub name: &'static str,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    /// A case that does `work` once per call. Its result goes through `black_box` and is dropped.
    pub fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'a) -> Self {
        Self { name, work: Box::new(move || drop(black_box(work()))) }
    }

    fn time(&mut self, times: u32) -> Duration {
        let start = ThreadTime::now();
        for _ in 0..times {
            (self.work)();
        }
        start.elapsed()
    }
}

/// Times of a case, and ratios to the first case of the same round.
pub struct Outcome {
    /// Name in the tables.
    pub name: &'static str,
    /// CPU seconds per call, by round.
    pub seconds: Vec<f64>,
    /// Speed relative to the first case, by round.
    pub ratios: Vec<f64>,
}

/// Measures the cases in turns. Ratios are relative to the first.
#[must_use]
pub fn measure(cases: &mut [Case<'_>], effort: Effort) -> Vec<Outcome> {
    let times: Vec<u32> = cases.iter_mut().map(|case| calibrate(case, effort.turn)).collect();
    let mut seconds = vec![Vec::new(); cases.len()];
    for round in 0..effort.rounds {
        // Each round starts with another case, so that no case always follows the same one.
        for turn in 0..cases.len() {
            let case = (round + turn) % cases.len();
            let took = cases[case].time(times[case]).as_secs_f64();
            seconds[case].push(took / f64::from(times[case]));
        }
    }
    let first = seconds[0].clone();
    let ratio = |seconds: &[f64]| first.iter().zip(seconds).map(|(first, own)| first / own).collect();
    cases
        .iter()
        .zip(seconds)
        .map(|(case, seconds)| Outcome { name: case.name, ratios: ratio(&seconds), seconds })
        .collect()
}

/// Number of calls in one turn.
fn calibrate(case: &mut Case<'_>, turn: Duration) -> u32 {
    let mut times = 1_u32;
    loop {
        let took = case.time(times);
        if took >= turn / 4 {
            let scale = turn.as_secs_f64() / took.as_secs_f64();
            return (f64::from(times) * scale).ceil().max(1.0) as u32;
        }
        times = times.saturating_mul(2);
    }
}

/// Median and quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// First quartile.
    pub low: f64,
    /// Median.
    pub middle: f64,
    /// Third quartile.
    pub high: f64,
}

impl Spread {
    /// The spread of `values`, which must not be empty.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        Self { low: at(0.25), middle: at(0.5), high: at(0.75) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_and_the_quartiles() {
        let spread = Spread::of(&[5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(spread, Spread { low: 2.0, middle: 3.0, high: 4.0 });
    }
}
