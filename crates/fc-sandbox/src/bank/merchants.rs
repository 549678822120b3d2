//! The merchants where the simulated cards pay. Amounts are in cents.

/// A merchant, and how its purchases look.
pub(crate) struct Merchant {
    pub(crate) name: &'static str,
    /// The smallest purchase.
    pub(crate) low: i64,
    /// The largest purchase.
    pub(crate) high: i64,
    /// The description ends with the number of the shop.
    pub(crate) numbered: bool,
    /// A tip makes the posted amount larger than the authorised one.
    pub(crate) tipped: bool,
}

const fn merchant(name: &'static str, low: i64, high: i64) -> Merchant {
    Merchant { name, low, high, numbered: false, tipped: false }
}

const fn chain(name: &'static str, low: i64, high: i64) -> Merchant {
    Merchant { name, low, high, numbered: true, tipped: false }
}

const fn restaurant(name: &'static str, low: i64, high: i64) -> Merchant {
    Merchant { name, low, high, numbered: false, tipped: true }
}

/// All merchants. One that is listed twice is twice as frequent.
pub(crate) const MERCHANTS: &[Merchant] = &[
    chain("GREENLEAF MARKET", 1_250, 14_800),
    chain("GREENLEAF MARKET", 1_250, 14_800),
    chain("HILLTOP GROCERS", 900, 9_600),
    chain("PUMP AND GO FUEL", 2_400, 7_100),
    chain("CORNER PHARMACY", 450, 4_200),
    chain("HARBOR HARDWARE", 780, 12_500),
    restaurant("BLUE DOOR DINER", 1_600, 6_400),
    restaurant("TAQUERIA DEL SOL", 1_100, 4_300),
    restaurant("NOODLE HOUSE 88", 1_300, 5_200),
    merchant("MORNING CUP COFFEE", 375, 1_450),
    merchant("MORNING CUP COFFEE", 375, 1_450),
    merchant("METRO TRANSIT", 275, 2_750),
    merchant("STREAMBOX SUBSCRIPTION", 1_599, 1_599),
    merchant("PAPER LANTERN BOOKS", 899, 5_600),
    merchant("RIVERSIDE CINEMA", 1_200, 4_400),
    merchant("OAK STREET GYM", 3_900, 3_900),
];
