//! The HTTP server, and the layers around all routes.

pub(crate) mod commit;
mod connections;
pub(crate) mod exchange;
pub(crate) mod faulty_body;
pub(crate) mod host;
mod log;
mod patient_stream;
mod refusal;
mod request_body;
pub(crate) mod server;
