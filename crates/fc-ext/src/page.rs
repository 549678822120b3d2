//! Pagination: streams of the pages of a list, or of its items.

mod items;
mod paged;
mod pages;
mod request;
mod walk;

pub use self::items::Items;
pub use self::paged::Paged;
pub use self::pages::Pages;
pub use self::request::PageRequest;
pub(crate) use self::request::sealed;
