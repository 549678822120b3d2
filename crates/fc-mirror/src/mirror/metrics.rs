//! Metrics for Prometheus.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::handle::Mirror;
use crate::engine::backlog_of;
use crate::error::{Error, ErrorKind};

type Labels = Vec<(&'static str, String)>;

impl Mirror {
    /// Metrics in the text format of OpenMetrics, for a scrape by Prometheus. Needs the feature `metrics`.
    ///
    /// Counters are of this process; gauges of work are of the database, and so the same in every process.
    ///
    /// # Errors
    ///
    /// A storage error.
    pub async fn metrics(&self) -> Result<String, Error> {
        let mut registry = Registry::with_prefix("fc_mirror");
        let gauges = [
            ("accounts_due", "Accounts that are due and not leased"),
            ("accounts_leased", "Accounts that a worker reads"),
            ("accounts_failing", "Accounts whose last sync failed"),
            ("lag_milliseconds", "Time since the most overdue account was due"),
            ("rate_millicalls_per_second", "Calls per thousand seconds that the pace permits"),
        ];
        let gauges = gauges.map(|(name, help)| {
            let family = Family::<Labels, Gauge>::default();
            registry.register(name, help, family.clone());
            family
        });
        let calls = Family::<Labels, Counter>::default();
        registry.register("calls", "Calls to Stripe", calls.clone());
        let pages = Family::<Labels, Counter>::default();
        registry.register("pages", "Pages of transactions written", pages.clone());
        let rows = Family::<Labels, Counter>::default();
        registry.register("rows", "Transactions that were new or changed", rows.clone());
        for context in &self.shared.tenants {
            let id = context.tenant.id();
            let labels: Labels = vec![("tenant", id.to_owned())];
            let backlog = backlog_of(&self.shared, vec![id.to_owned()]).await?;
            let lag = backlog.next_ms.map_or(0, |due_ms| (self.shared.wall.now_ms() - due_ms).max(0));
            // Far from the limits of the type: a rate is a few hundred calls per second at most.
            let rate = (context.api.pace.rate() * 1000.0) as i64;
            for (gauge, value) in gauges.iter().zip([backlog.due, backlog.leased, backlog.failing, lag, rate])
            {
                gauge.get_or_create(&labels).set(value);
            }
            let counts = context.api.counters.now();
            pages.get_or_create(&labels).inc_by(counts.pages);
            rows.get_or_create(&labels).inc_by(counts.rows);
            for ((operation, result), count) in &counts.calls {
                let mut labels = labels.clone();
                labels.push(("operation", (*operation).to_owned()));
                labels.push(("result", result.as_str().to_owned()));
                calls.get_or_create(&labels).inc_by(*count);
            }
        }
        let mut text = String::new();
        encode(&mut text, &registry).map_err(|error| {
            Error::new(ErrorKind::Database, "the metrics cannot be written").with_source(error)
        })?;
        Ok(text)
    }
}
