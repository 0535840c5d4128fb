//! Data sets (facets): the parts of an account or organization that can be read, or not, on their own.
//!
//! Owns: the name of each data set and its AWS calls. The allow-list, the session policy, `doctor`, the permissions and the
//! templates under `deploy/` are derived from them. Does not know how a data set is read, stored or judged.
//! INVARIANT: every AWS call is in the table once, and no other call is made.

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
pub use table::{AccountFacet, Facet, OrganizationFacet, Owner, PeopleFacet};
