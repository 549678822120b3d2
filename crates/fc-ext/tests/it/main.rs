//! The promises of fc-ext, from the outside.

mod webhook_python;
