//! Cases that are measured in turns, so that what disturbs the machine disturbs all of them.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often each case has its turn.
    pub rounds: usize,
    /// CPU time of one turn.
    pub turn: Duration,
}

impl Effort {
    /// What the command line asks for: everything, or a quick look with `--quick`.
    #[must_use]
    pub fn from_args() -> Self {
        if std::env::args().any(|argument| argument == "--quick") {
            Self { rounds: 7, turn: Duration::from_millis(8) }
        } else {
            Self { rounds: 31, turn: Duration::from_millis(25) }
        }
    }
}

/// One way of doing the work.
pub struct Case<'a> {
    /// Name in the tables.
    pub name: &'static str,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    /// A case that does `work` once for each call. What it returns is kept from being optimised away, and dropped.
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

/// What a case took: per round, and against the first case of the same round.
pub struct Outcome {
    /// Name in the tables.
    pub name: &'static str,
    /// CPU seconds per call, one for each round.
    pub seconds: Vec<f64>,
    /// How much faster than the first case, one for each round.
    pub ratios: Vec<f64>,
}

/// Measures the cases in turns. The first is what the others are compared with.
#[must_use]
pub fn measure(cases: &mut [Case<'_>], effort: Effort) -> Vec<Outcome> {
    let times: Vec<u32> = cases.iter_mut().map(|case| calibrate(case, effort.turn)).collect();
    let mut seconds = vec![Vec::new(); cases.len()];
    for round in 0..effort.rounds {
        // Each round begins with another case, so that none always follows the same one.
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

/// How many calls make a turn.
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

/// The middle value, and the quartiles around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the values is lower.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// A quarter of the values is higher.
    pub high: f64,
}

impl Spread {
    /// The spread of `values`, of which there must be at least one.
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
