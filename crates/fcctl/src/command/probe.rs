//! `fcctl probe`: where two servers differ.

mod answer;
mod known;
mod script;

use std::collections::BTreeMap;

use clap::Args;
use fc_ext::{ApiKey, Config};
use fc_sandbox::Sandbox;

use self::answer::{Aspects, Server};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::difference::{PROBES, ProbeRow};
use crate::settings::SANDBOX_KEY;
use crate::terminal::Progress;

/// Run the same calls against two servers, and print where their answers differ.
///
/// The calls need no bank: sessions, validation, errors, pages, idempotency and API versions. With a test key of Stripe it
/// compares the sandbox with Stripe. In live mode it makes no call that creates something.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl probe --profile test
  fcctl probe --reference http://127.0.0.1:12111 --json")]
pub(crate) struct Arguments {
    /// Compare with this sandbox instead of one that is started for the probe
    #[arg(long, value_name = "URL")]
    reference: Option<String>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let target = context.target()?;
    let printer = Printer::new(&context.output, &PROBES)?;
    // As long as this exists, it serves.
    let started = match &arguments.reference {
        Some(_) => None,
        None => Some(Sandbox::start().await.map_err(|error| {
            Failure::new(Exit::Failed, format!("the sandbox to compare with cannot be started: {error}"))
        })?),
    };
    let reference = arguments.reference.as_deref().or(started.as_ref().map(|sandbox| sandbox.base_url()));
    let reference = reference.unwrap_or_default().to_owned();
    let key = ApiKey::new(SANDBOX_KEY)?;
    let mut left = Server::new(Config::new(key).with_base_url(reference));
    let mut right = Server::new(target.config.clone());
    let progress = Progress::new("comparing");
    let mut found = Vec::new();
    let mut calls = 0;
    for step in script::steps() {
        if target.is_live() && step.creates {
            continue;
        }
        let (one, other) = (left.answer(&step).await?, right.answer(&step).await?);
        calls += 1;
        found.extend(differences(step.name, &one, &other));
    }
    drop(progress);
    let verdict = match found.len() {
        0 => Ok(()),
        found => Err(Failure::new(Exit::Failed, format!("{found} differences in {calls} calls"))
            .next("a difference with `settles` answers a question that Stripe's reference leaves open")),
    };
    let is_alike = verdict.is_ok();
    Failure::or_verdict(printer.all(&found), verdict)?;
    if is_alike {
        crate::terminal::note(&format!("{calls} calls were answered alike"));
    }
    Ok(())
}

/// The aspects in which two answers differ.
fn differences(step: &'static str, one: &Aspects, other: &Aspects) -> Vec<ProbeRow> {
    let aspects: BTreeMap<&String, ()> = one.keys().chain(other.keys()).map(|aspect| (aspect, ())).collect();
    let differing = aspects.into_keys().filter(|aspect| one.get(*aspect) != other.get(*aspect));
    differing
        .map(|aspect| ProbeRow {
            step,
            aspect: aspect.clone(),
            reference: one.get(aspect).cloned(),
            server: other.get(aspect).cloned(),
            settles: known::question(step, aspect),
        })
        .collect()
}
