//! The request context: what each kind of request carries, by key.

mod assume_role;
mod by_key;
mod call;
mod caller;
mod domain;
mod estate;
mod given;
mod of_service;
mod organization;
mod other_action;
mod request_context;
mod resource;
mod session;

pub use caller::may_be_tagged;
pub(super) use domain::Domain;
pub(super) use estate::EstateContext;
pub(super) use given::{Given, GivenCaller, Kind};
pub(super) use request_context::RequestContext;
