//! Invented owners.

use crate::model::owner::AccountOwner;
use crate::random::Random;

/// An invented person, for an account without given owners.
pub(crate) fn invented_owner(random: &mut Random) -> AccountOwner {
    let first =
        *random.pick(&["Amara", "Ben", "Chiara", "Diego", "Elif", "Farid", "Grace", "Hana", "Ines", "Jonas"]);
    let last = *random
        .pick(&["Abara", "Brandt", "Cole", "Dufour", "Endo", "Ferris", "Gupta", "Hughes", "Ito", "Jensen"]);
    let street = *random.pick(&["Maple Court", "Harbor Road", "Hill Street", "Oak Avenue", "River Lane"]);
    AccountOwner::new(format!("{first} {last}"))
        .email(format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()))
        // 555-0100 to 555-0199 are reserved for fiction.
        .phone(format!("+1 {}-555-01{:02}", random.between(201, 989), random.below(100)))
        .raw_address(format!(
            "{} {street}, Springfield, OR {}",
            random.between(1, 999),
            random.between(97_475, 97_478)
        ))
}
