//! The chart of a balance over time: a line of SVG, its scales, and the same as a text and as a table.

use crate::format::{day, money, short_money};

/// Seconds of a day.
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// Size of the picture, in its own units. The page stretches it.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;

/// An amount at a time, in minor units and Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) at: i64,
    pub(crate) amount: i64,
}

/// What is known about a balance.
#[derive(Default)]
pub(crate) struct History {
    /// Balances that the bank gave, oldest first.
    pub(crate) given: Vec<Point>,
    /// Transactions that posted, oldest first.
    pub(crate) posted: Vec<Point>,
    /// Until when no transaction is missing.
    pub(crate) complete_until: i64,
}

/// A chart, as the page shows it.
pub(crate) struct Chart {
    /// Line between balances that the bank gave within a day or so.
    pub(crate) given: String,
    /// Line of the balances that were computed from transactions, which is dashed.
    pub(crate) computed: String,
    /// The area below both lines.
    pub(crate) area: String,
    /// Dots at balances that the bank gave.
    pub(crate) dots: String,
    /// The scale of amounts, from the top to the bottom, in equal steps, with the height of each.
    pub(crate) amounts: Vec<(String, f64)>,
    /// The scale of days, from left to right, in equal steps.
    pub(crate) days: Vec<String>,
    pub(crate) summary: String,
    /// Day, balance, and whether it is computed; newest first.
    pub(crate) rows: Vec<(String, String, bool)>,
}

/// A part of the line without a gap.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    points: Vec<Point>,
    is_computed: bool,
}

/// Two balances closer than this are joined by a line of their own.
const CLOSE: i64 = DAY * 3 / 2;

/// Balances at each midnight before the first one that the bank gave, oldest first.
///
/// Going back in time, a balance is the later one less what posted between the two.
fn before(history: &History, first: Point) -> Vec<Point> {
    let Some(oldest) = history.posted.first().filter(|_| history.complete_until >= first.at) else {
        return Vec::new();
    };
    let mut posted =
        history.posted.iter().rev().skip_while(|transaction| transaction.at > first.at).peekable();
    let mut amount = first.amount;
    let mut points = Vec::new();
    let mut midnight = (first.at - 1).div_euclid(DAY) * DAY;
    while midnight >= oldest.at {
        while let Some(transaction) = posted.next_if(|transaction| transaction.at > midnight) {
            amount = amount.saturating_sub(transaction.amount);
        }
        points.push(Point { at: midnight, amount });
        midnight -= DAY;
    }
    points.reverse();
    points
}

/// Balances at each midnight between two that the bank gave: the earlier one, and what posted since.
fn between(history: &History, earlier: Point, later: Point) -> Vec<Point> {
    let mut posted = history.posted.iter().skip_while(|transaction| transaction.at <= earlier.at).peekable();
    let mut amount = earlier.amount;
    let mut points = Vec::new();
    let mut midnight = (earlier.at.div_euclid(DAY) + 1) * DAY;
    while midnight < later.at.min(history.complete_until) {
        while let Some(transaction) = posted.next_if(|transaction| transaction.at <= midnight) {
            amount = amount.saturating_add(transaction.amount);
        }
        points.push(Point { at: midnight, amount });
        midnight += DAY;
    }
    points
}

/// The parts of the line. Where neither the bank nor the transactions say what the balance was, it has a gap.
fn parts(history: &History, given: &[Point]) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(first) = given.first() {
        let mut points = before(history, *first);
        if !points.is_empty() {
            points.push(*first);
            parts.push(Part { points, is_computed: true });
        }
    }
    for pair in given.windows(2) {
        let (earlier, later) = (pair[0], pair[1]);
        if later.at - earlier.at <= CLOSE {
            parts.push(Part { points: pair.to_vec(), is_computed: false });
            continue;
        }
        let mut points = vec![earlier];
        points.extend(between(history, earlier, later));
        if points.last().is_some_and(|last| later.at - last.at <= CLOSE) {
            points.push(later);
        }
        parts.push(Part { points, is_computed: true });
    }
    parts
}

/// The last balance of each day. The first one stays, because the others are computed from it.
fn daily(points: &[Point]) -> Vec<Point> {
    let mut days: Vec<Point> = Vec::new();
    for point in points {
        let same = days.len() > 1
            && days.last().is_some_and(|last| last.at.div_euclid(DAY) == point.at.div_euclid(DAY));
        if same {
            days.pop();
        }
        days.push(*point);
    }
    days
}

impl Chart {
    /// The chart of a balance; none while less than two balances are known.
    pub(crate) fn new(history: &History, currency: &str) -> Option<Self> {
        let given = daily(&history.given);
        let parts = parts(history, &given);
        let all = || parts.iter().flat_map(|part| &part.points);
        let (start, end) = (all().next()?, given.last()?);
        let (low, high) = (all().map(|point| point.amount).min()?, all().map(|point| point.amount).max()?);
        let (low, high) = (low.min(end.amount), high.max(end.amount));
        let scale = scale(low, high);
        let (bottom, top) = (*scale.first()? as f64, *scale.last()? as f64);
        let x = |at: i64| (at - start.at) as f64 / (end.at - start.at).max(1) as f64 * WIDTH;
        let y = |amount: i64| (1.0 - (amount as f64 - bottom) / (top - bottom)) * HEIGHT;
        // A balance stays until the next one, so the line has steps.
        let line = |points: &[Point]| -> String {
            let steps = points.iter().enumerate().map(|(place, Point { at, amount })| match place {
                0 => format!("M{:.1} {:.1}", x(*at), y(*amount)),
                _ => format!("H{:.1}V{:.1}", x(*at), y(*amount)),
            });
            steps.collect()
        };
        let lines = |is_computed| -> String {
            parts
                .iter()
                .filter(|part| part.is_computed == is_computed)
                .map(|part| line(&part.points))
                .collect()
        };
        let area = parts.iter().filter_map(|part| {
            Some(format!("{}V{HEIGHT}H{:.1}Z", line(&part.points), x(part.points.first()?.at)))
        });
        // A dot says that the bank gave this balance, where the line around it does not.
        let dots = given.iter().enumerate().filter(|(place, point)| {
            let is_close = *place > 0 && point.at - given[place - 1].at <= CLOSE;
            !is_close || *place == given.len() - 1
        });
        let mut rows: Vec<(Point, bool)> = parts
            .iter()
            .filter(|part| part.is_computed)
            .flat_map(|part| part.points.iter().filter(|point| !given.contains(point)))
            .map(|point| (*point, true))
            .collect();
        rows.extend(given.iter().map(|point| (*point, false)));
        rows.sort_by_key(|(point, _)| std::cmp::Reverse(point.at));
        // The balance at midnight is the one at the end of the day before.
        let row = |(point, is_computed): (Point, bool)| {
            (day(point.at - i64::from(is_computed)), money(point.amount, currency), is_computed)
        };
        Some(Self {
            given: lines(false),
            computed: lines(true),
            area: area.collect(),
            dots: dots.map(|(_, point)| format!("M{:.1} {:.1}h0", x(point.at), y(point.amount))).collect(),
            amounts: scale.iter().rev().map(|amount| (short_money(*amount, currency), y(*amount))).collect(),
            days: (0..4).map(|step| day(start.at + (end.at - start.at) * step / 3)).collect(),
            summary: format!(
                "Balance from {} to {}: {} at the start, {} at the end, lowest {}, highest {}.",
                day(start.at),
                day(end.at),
                money(start.amount, currency),
                money(end.amount, currency),
                money(low, currency),
                money(high, currency),
            ),
            rows: rows.into_iter().map(row).collect(),
        })
    }

    /// Whether a part of the line is computed.
    pub(crate) fn is_computed(&self) -> bool {
        !self.computed.is_empty()
    }
}

/// Round amounts in equal steps, ascending, which enclose `low` and `high`.
fn scale(low: i64, high: i64) -> Vec<i64> {
    let wanted = (high.saturating_sub(low) / 4).max(1);
    let power = 10_i64.pow(wanted.ilog10());
    let factor =
        [1, 2, 5, 10].into_iter().find(|factor| wanted <= power.saturating_mul(*factor)).unwrap_or(10);
    let step = power.saturating_mul(factor);
    let first = low.div_euclid(step);
    let last = high.div_euclid(step) + i64::from(high.rem_euclid(step) > 0);
    // A balance that never changed has a line in the middle of two steps.
    let (first, last) = if first == last { (first - 1, last + 1) } else { (first, last) };
    (first..=last).map(|number| number.saturating_mul(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = DAY / 2;

    fn point(day: i64, amount: i64) -> Point {
        Point { at: day * DAY, amount }
    }

    fn at(at: i64, amount: i64) -> Point {
        Point { at, amount }
    }

    #[test]
    fn a_balance_before_the_first_one_is_that_one_less_what_posted_since() {
        let first = at(3 * DAY + NOON, 1_000);
        let posted =
            vec![at(NOON, 1), at(DAY + NOON, -200), at(3 * DAY, -50), at(3 * DAY + 5, 300), at(4 * DAY, 7)];
        let history = History { given: vec![first], posted, complete_until: 4 * DAY };
        // What posts at midnight is in the balance of that midnight.
        assert_eq!(before(&history, first), [point(1, 950), point(2, 750), point(3, 700)]);
        // The transactions of the last hours before it may be missing.
        assert_eq!(before(&History { complete_until: 3 * DAY, ..history }, first), []);
    }

    #[test]
    fn a_balance_between_two_is_the_earlier_one_and_what_posted_since() {
        let (earlier, later) = (at(DAY + NOON, 1_000), at(5 * DAY + NOON, 5_000));
        let posted = vec![at(DAY, 9), at(2 * DAY, -100), at(3 * DAY + 1, 40), at(4 * DAY + 2, 7)];
        let mut history = History { given: vec![earlier, later], posted, complete_until: 6 * DAY };
        let points = [point(2, 900), point(3, 900), point(4, 940), point(5, 947)];
        assert_eq!(between(&history, earlier, later), points);
        // After the last refresh of the transactions nothing is known, and the line has a gap.
        history.complete_until = 3 * DAY + 1;
        let expected = Part { points: vec![earlier, points[0], points[1]], is_computed: true };
        assert_eq!(parts(&history, &history.given).pop(), Some(expected));
    }

    #[test]
    fn balances_of_a_day_ago_are_joined_as_the_bank_gave_them() {
        let given = vec![at(NOON, 1), at(DAY + NOON, 2), at(9 * DAY, 3)];
        let history = History { given: given.clone(), posted: vec![at(1, 5)], complete_until: 9 * DAY };
        let kinds: Vec<bool> = parts(&history, &given).iter().map(|part| part.is_computed).collect();
        assert_eq!(kinds, [false, true]);
        let chart = Chart::new(&history, "usd").unwrap();
        assert_eq!(chart.dots.matches('M').count(), 2, "the first and the last: {}", chart.dots);
        assert_eq!(chart.rows.len(), 3 + 7, "{:?}", chart.rows);
        assert!(chart.summary.contains("$0.03 at the end, lowest $0.01"), "{}", chart.summary);
    }

    #[test]
    fn one_balance_alone_makes_no_chart() {
        let history = History { given: vec![point(3, 1)], ..History::default() };
        assert!(Chart::new(&history, "usd").is_none());
        assert!(Chart::new(&History::default(), "usd").is_none());
    }

    #[test]
    fn a_day_has_its_last_balance() {
        let points = [point(0, 1), at(NOON, 2), point(1, 5), at(DAY + NOON, 7), point(2, 9)];
        assert_eq!(daily(&points), [points[0], points[1], points[3], points[4]]);
    }

    #[test]
    fn a_scale_encloses_all_amounts_in_round_steps() {
        for (low, high, expected) in [
            (0, 400, vec![0, 100, 200, 300, 400]),
            (-120, 990, vec![-500, 0, 500, 1_000]),
            (7, 7, vec![6, 7, 8]),
            (i64::MIN, i64::MAX, vec![]),
        ] {
            let scale = scale(low, high);
            assert!(scale[0] <= low && scale[scale.len() - 1] >= high && scale.len() <= 8, "{scale:?}");
            assert!(expected.is_empty() || scale == expected, "{scale:?}");
        }
    }
}
