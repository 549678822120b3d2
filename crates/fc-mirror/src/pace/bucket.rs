//! Token bucket whose rate yields to refusals and recovers.

use std::time::{Duration, Instant};

/// A rate never falls below this part of its ceiling, so that recovery is seen to work.
const FLOOR: f64 = 0.02;

/// Part of the ceiling that the rate gains per second without a refusal.
const RECOVERY: f64 = 0.025;

/// Token bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Calls per second that the API takes.
    limit: f64,
    /// Part of the limit that all workers may use together.
    share: f64,
    /// Calls per second at most.
    ceiling: f64,
    /// Calls per second now.
    rate: f64,
    /// Tokens that a pause may save up.
    burst: f64,
    tokens: f64,
    /// When the tokens were counted.
    counted: Instant,
    /// When the rate was last cut.
    cut: Option<Instant>,
}

impl Bucket {
    /// A bucket of one of several workers, for their common share of a limit.
    pub(super) fn new(limit: f64, share: f64, workers: f64, now: Instant) -> Self {
        let (ceiling, burst) = divided(limit, share, workers);
        // Nothing is saved up yet: the last second may have been another worker's.
        Self { limit, share, ceiling, rate: ceiling, burst, tokens: 1.0, counted: now, cut: None }
    }

    /// Changes the number of workers.
    pub(super) fn set_workers(&mut self, workers: f64, now: Instant) {
        self.count(now);
        let (ceiling, burst) = divided(self.limit, self.share, workers);
        self.rate = (self.rate / self.ceiling * ceiling).min(ceiling);
        self.ceiling = ceiling;
        self.burst = burst;
        self.tokens = self.tokens.min(burst);
    }

    /// Time until a token is there; zero if one is.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        self.count(now);
        if self.tokens >= 1.0 {
            return Duration::ZERO;
        }
        // Rounded up, so that the token is there when the time is over.
        Duration::from_secs_f64((1.0 - self.tokens) / self.rate) + Duration::from_micros(1)
    }

    /// Takes the token that [`wait`](Bucket::wait) found.
    pub(super) fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// Halves the rate after a refusal of a call that started at `started`. Refusals of one burst count once.
    pub(super) fn cut(&mut self, started: Instant, now: Instant) {
        self.count(now);
        if self.cut.is_some_and(|cut| started <= cut) {
            return;
        }
        self.rate = (self.rate / 2.0).max(self.ceiling * FLOOR);
        self.tokens = self.tokens.min(0.0);
        self.cut = Some(now);
    }

    /// Adds the tokens and the recovery since the last count.
    fn count(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.counted).as_secs_f64();
        self.counted = self.counted.max(now);
        self.tokens = (self.tokens + seconds * self.rate).min(self.burst);
        if self.cut.is_some() {
            self.rate = (self.rate + seconds * RECOVERY * self.ceiling).min(self.ceiling);
        }
    }

    /// Calls per second now.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }
}

/// Ceiling and burst of one worker. The burst is what the share leaves of the limit, so that no second exceeds the limit.
fn divided(limit: f64, share: f64, workers: f64) -> (f64, f64) {
    let ceiling = limit * share / workers;
    (ceiling, (limit * (1.0 - share) / workers).clamp(1.0, ceiling.max(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that a bucket lets start within some seconds.
    fn calls(bucket: &mut Bucket, from: Instant, seconds: f64) -> usize {
        let end = from + Duration::from_secs_f64(seconds);
        let (mut now, mut calls) = (from, 0);
        loop {
            now += bucket.wait(now);
            if now >= end {
                return calls;
            }
            bucket.take();
            calls += 1;
        }
    }

    #[test]
    fn a_bucket_gives_its_ceiling_and_no_second_exceeds_the_limit() {
        let start = Instant::now();
        let mut bucket = Bucket::new(25.0, 0.8, 1.0, start);
        assert_eq!(calls(&mut bucket, start, 1.0), 20);
        let next = start + Duration::from_secs(1);
        assert!((199..=201).contains(&calls(&mut bucket, next, 10.0)));
        let paused = next + Duration::from_secs(60);
        assert_eq!(calls(&mut bucket, paused, 1.0), 24, "5 saved and 20 a second, the last at the end of it");
    }

    #[test]
    fn a_refusal_halves_the_rate_once_per_burst_and_quiet_seconds_bring_it_back() {
        let start = Instant::now();
        let mut bucket = Bucket::new(25.0, 0.8, 1.0, start);
        let later = start + Duration::from_secs(1);
        for _ in 0..5 {
            bucket.cut(start, later);
        }
        assert_eq!(bucket.rate(), 10.0, "calls that started before the cut say nothing new");
        bucket.cut(later + Duration::from_millis(1), later + Duration::from_millis(1));
        assert!((4.9..5.1).contains(&bucket.rate()));
        bucket.count(later + Duration::from_secs(10));
        assert!((9.9..10.1).contains(&bucket.rate()), "half a call per second is added each second");
        bucket.count(later + Duration::from_secs(1000));
        assert_eq!(bucket.rate(), 20.0, "never above the ceiling");
    }

    #[test]
    fn a_rate_never_falls_to_nothing() {
        let start = Instant::now();
        let mut bucket = Bucket::new(25.0, 0.8, 1.0, start);
        for second in 1..100 {
            bucket.cut(start + Duration::from_secs(second), start + Duration::from_secs(second));
        }
        assert!(bucket.rate() >= 0.4, "{}", bucket.rate());
    }
}
