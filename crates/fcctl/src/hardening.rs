//! Protection of the key: no core dump of the process has it, and no argument.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Switches core dumps off, and with them the view that other processes of the user have into this one.
///
/// The environment may hold the key, and `/proc/PID/environ` shows the environment of a process that can be dumped.
pub(crate) fn apply() {
    // Where the system refuses, the key is as safe as in every other program.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Beginnings of keys and signing secrets. A publishable key is no secret.
const SECRETS: [&str; 6] = ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "sk_org_", "whsec_"];

/// Letters and digits after the beginning, from which on it is a secret and no name.
const SHORTEST: usize = 16;

/// Whether an argument has a secret in it. Other programs see arguments, and shells keep them in their history.
pub(crate) fn has_secret(argument: &str) -> bool {
    let is_secret = |rest: &str| {
        rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count() >= SHORTEST
    };
    SECRETS.iter().any(|start| argument.split(start).skip(1).any(is_secret))
}

#[cfg(test)]
mod tests {
    use super::has_secret;

    #[test]
    fn a_secret_is_found_anywhere_in_an_argument() {
        for secret in [
            "sk_test_0123456789abcdef",
            "--key=rk_live_0123456789abcdef",
            "whsec_0123456789abcdef",
            "a/sk_org_live_0123456789abcdef",
        ] {
            assert!(has_secret(secret), "{secret}");
        }
        for other in
            ["", "sk_test_", "sk_live_key.txt", "pk_live_0123456789abcdef", "fca_0123456789abcdef", "sk_test"]
        {
            assert!(!has_secret(other), "{other}");
        }
    }
}
