//! AWS's query protocol and AWS JSON: requests, replies, errors, pages.

pub(crate) mod document;
pub(crate) mod error_response;
pub(crate) mod page;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod shapes;
pub(crate) mod xml;
