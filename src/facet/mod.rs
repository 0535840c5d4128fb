//! Facets: the parts of an account or organization that can be read, or not, on their own.
//!
//! Owns: what each facet is called and which AWS calls it takes. The allow-list, the session policy, `doctor`, the permissions and
//! the templates under `deploy/` follow from it. Does not know how a facet is read, stored or judged.
//! INVARIANT: an AWS call stands in the table once, and no other call is made.

mod descriptor;
mod lookup;
mod operation;
mod rows;
mod set;
mod table;

pub use descriptor::{Cost, Descriptor, Group, When};
pub use lookup::{addressed, operation, operations};
pub use operation::{By, Operation, Protocol, Rate, Rows, Service, Whole};
pub use set::{Facets, UnknownFacet};
pub use table::{AccountFacet, Facet, OrganizationFacet, Owner};
