//! The kinds of edges; what each is made of stands in `table`.

/// By which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// AssumeRole by a principal.
    AssumeRole,
    /// AssumeRole by an AWS service.
    Service,
    /// AssumeRoleWithSAML.
    Saml,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
}
