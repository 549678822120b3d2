//! Number of calls in flight, which yields to refusals and recovers.

use std::time::Instant;

/// Calls in flight.
#[derive(Debug)]
pub(super) struct Window {
    ceiling: f64,
    size: f64,
    in_flight: u32,
    counted: Instant,
    cut: Option<Instant>,
}

impl Window {
    pub(super) fn new(ceiling: f64, now: Instant) -> Self {
        Self { ceiling, size: ceiling, in_flight: 0, counted: now, cut: None }
    }

    pub(super) fn has_room(&mut self, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.counted).as_secs_f64();
        self.counted = self.counted.max(now);
        if self.cut.is_some() {
            // One call per quiet second.
            self.size = (self.size + seconds).min(self.ceiling);
        }
        f64::from(self.in_flight) + 1.0 <= self.size
    }

    pub(super) fn enter(&mut self) {
        self.in_flight += 1;
    }

    pub(super) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Halves the window after a refusal of a call that started at `started`.
    pub(super) fn cut(&mut self, started: Instant, now: Instant) {
        if self.cut.is_none_or(|cut| started > cut) {
            self.size = (self.size / 2.0).max(1.0);
            self.counted = now;
            self.cut = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_refusal_halves_the_calls_in_flight_and_one_stays() {
        let start = Instant::now();
        let mut window = Window::new(4.0, start);
        let enter_all = |window: &mut Window, now| {
            let mut entered = 0;
            while window.has_room(now) {
                window.enter();
                entered += 1;
            }
            (0..entered).for_each(|_| window.leave());
            entered
        };
        assert_eq!(enter_all(&mut window, start), 4);
        for (second, left) in [(1, 2), (2, 1), (3, 1)] {
            let now = start + Duration::from_secs(second);
            window.cut(now, now);
            assert_eq!(enter_all(&mut window, now), left);
        }
        assert_eq!(enter_all(&mut window, start + Duration::from_secs(5)), 3, "two quiet seconds");
    }
}
