//! Truth under incomplete knowledge: what is left to decide, and its smallest form.

mod canonical;
mod equal;
mod linked;
mod outcomes;
mod parts;
mod possible;
mod project;
mod request;
mod simplify;
mod tags;
mod test;
mod truth;
mod witness;

pub(crate) use possible::{Given, Issue, Shape, Texts};
pub(crate) use simplify::settle_one;

pub use canonical::canonical;
pub use equal::{compared_with, texts};
pub use possible::Possible;
pub use project::project;
pub use simplify::{settle, settle_test, settled};
pub use test::Test;
pub use truth::{Residual, Truth, Unclear};
pub use witness::of as witnesses;
