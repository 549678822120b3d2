//! Messages on standard error: notes, errors, progress and prompts.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// A line for people. A message that cannot be written has no reader.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A warning.
pub(crate) fn warn(text: &str) {
    let style = AnsiColor::Yellow.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{style}warning:{style:#} {text}");
}

/// What happened, and what to do next.
pub(crate) fn report(failure: &Failure) {
    let style = AnsiColor::Red.on_default().bold();
    let mut out = anstream::stderr();
    let _ = writeln!(out, "{style}error:{style:#} {failure}");
    if let Some(next) = failure.remedy() {
        let style = Style::new().bold();
        let _ = writeln!(out, " {style}next:{style:#} {next}");
    }
}

/// Whether standard output shows colours: it is a terminal, and neither `NO_COLOR` nor the terminal says no.
pub(crate) fn data_has_colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// A spinner with a message, on a terminal only. It disappears when it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(text.into());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Asks for a line. Without a terminal nothing can be asked.
pub(crate) async fn ask(question: &str) -> Result<Option<String>, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut out = anstream::stderr();
    let _ = write!(out, "{question} ");
    let _ = out.flush();
    let line = read_line().await.map_err(|error| {
        Failure::new(crate::exit::Exit::Failed, format!("cannot read the terminal: {error}"))
    })?;
    Ok(Some(line.trim().to_owned()))
}

/// Asks for a secret, which the terminal does not show. The echo is off before the prompt is there, because a secret that is
/// pasted at once would show.
pub(crate) async fn ask_secret(prompt: &str) -> io::Result<String> {
    // Ctrl-C drops this future, and with it the guard. It does not end the thread that reads.
    let _hidden = HiddenInput::start()?;
    let mut out = anstream::stderr();
    let _ = write!(out, "{prompt}");
    let _ = out.flush();
    read_line().await
}

/// A line of standard input.
pub(crate) async fn read_line() -> io::Result<String> {
    in_thread(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line)
    })
    .await
}

/// Reads standard input in a thread of its own, so that Ctrl-C ends the program meanwhile.
pub(crate) async fn in_thread<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// A terminal without echo, until it is dropped.
struct HiddenInput(Termios);

impl HiddenInput {
    fn start() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        // The line break is shown.
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Now, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Opens a page in the browser. Where that is not possible, the user opens the printed address.
pub(crate) fn open_page(url: &str) {
    if open::that_detached(url).is_err() {
        note("no browser could be opened: open the address yourself");
    }
}
