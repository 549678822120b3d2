//! Exit codes of the program.

use std::process::ExitCode;

/// How the program ended. Scripts branch on the number, so a number never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command did what it says.
    Succeeded,
    /// It failed, and none of the other codes says why.
    Failed,
    /// The arguments or the settings are wrong. Nothing was sent.
    Usage,
    /// The object does not exist, in this mode and for this key.
    NotFound,
    /// The key is missing or refused, or a permission is missing.
    Denied,
    /// Not now: the same command may succeed later.
    NotNow,
    /// The account holder must link the account again.
    Relink,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::NotNow => 5,
            Self::Relink => 6,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// The table of the codes for the help.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    failed
  2    wrong arguments or settings
  3    not found
  4    key missing or refused, or permission missing
  5    not now: try the same command later
  6    the account holder must link the account again
  130  interrupted";
