//! One AWS call: who makes it, over which protocol, how fast, and what a complete response contains.
//!
//! Owns: the fields of an operation and short constructors for those of each service. An operation is identified by service and
//! name: SSO Admin and Organizations both have a `ListTagsForResource`.
//! Source of rates: "Quotas and service limits for AWS Organizations", "Quotas in AWS CloudTrail".

/// A permitted call.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its service.
    pub service: Service,
    /// Operation name, which is also that of its IAM action.
    pub name: &'static str,
    /// How it is sent.
    pub protocol: Protocol,
    /// Who makes it.
    pub by: By,
    /// How to tell that a response is complete, as far as that is possible.
    pub whole: Whole,
    /// Fields that AWS documents as always present.
    pub required: Rows,
    /// AWS's published rate. Anything faster is only throttled, and the quota is shared with the customer's own automation.
    pub rate: Option<Rate>,
    /// Maximum number of pages of one list, if it differs from other lists.
    pub page_limit: Option<usize>,
    /// Maximum number of bytes of one list, if it differs from other lists.
    pub list_limit: Option<u64>,
    /// Whether it is a search: such a call may return any number of empty pages.
    pub is_search: bool,
}

/// An entry, as the path of element names below the result (`member` is an item of a list), and its required fields; those with a
/// `+` must not be empty.
pub type Rows = &'static [(&'static str, &'static str)];

/// A service that rolehop calls, in the order in which permissions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// AWS Security Token Service.
    Sts,
    /// AWS Identity and Access Management.
    Iam,
    /// AWS CloudTrail.
    CloudTrail,
    /// AWS Organizations.
    Organizations,
    /// IAM Identity Center: instances, permission sets and assignments.
    SsoAdmin,
    /// The identity store of IAM Identity Center: users and groups.
    IdentityStore,
    /// The account access manager.
    AccountAccess,
}

impl Service {
    const ALL: [Self; 7] = [
        Self::Sts,
        Self::Iam,
        Self::CloudTrail,
        Self::Organizations,
        Self::SsoAdmin,
        Self::IdentityStore,
        Self::AccountAccess,
    ];

    /// Prefix of its IAM actions.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::CloudTrail => "cloudtrail",
            Self::Organizations => "organizations",
            Self::SsoAdmin => "sso",
            Self::IdentityStore => "identitystore",
            Self::AccountAccess => "account-access",
        }
    }

    /// The name in the scope of a signature ("Signature Version 4 signing", IAM User Guide).
    #[must_use]
    pub const fn signing_name(self) -> &'static str {
        self.prefix()
    }

    /// The SDK's name for it.
    #[must_use]
    pub const fn sdk_id(self) -> &'static str {
        match self {
            Self::Sts => "STS",
            Self::Iam => "IAM",
            Self::CloudTrail => "CloudTrail",
            Self::Organizations => "Organizations",
            Self::SsoAdmin => "SSO Admin",
            Self::IdentityStore => "identitystore",
            Self::AccountAccess => "Account Access",
        }
    }

    /// Whether it is read once, where the organization's people are.
    #[must_use]
    pub const fn is_of_people(self) -> bool {
        matches!(self, Self::SsoAdmin | Self::IdentityStore | Self::AccountAccess)
    }

    /// The service with this name in the scope of a signature.
    #[must_use]
    pub fn signed(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.signing_name() == name)
    }

    /// The service with this SDK name.
    #[must_use]
    pub fn of_sdk(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.sdk_id().eq_ignore_ascii_case(id))
    }
}

/// How a call is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A form with `Action`; the response is XML.
    Query,
    /// JSON, with the operation in the header `x-amz-target`.
    Json,
    /// The operation is the method and the path, in which each `{}` stands for one segment; the response is JSON.
    Rest {
        /// `GET`, `POST`.
        method: &'static str,
        /// `/analyzer/{}`.
        path: &'static str,
    },
}

/// Whose credentials a call is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The base credentials.
    Base,
    /// The role's session in an account; the session policy must allow the call.
    Session,
    /// The session or, in the organization's management account, the base credentials.
    Either,
}

/// How to tell that a response is complete, as far as that is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// Query protocol: the root element closes.
    Xml,
    /// Query protocol with pages: in addition, `IsTruncated` occurs exactly once.
    XmlPage,
    /// An object with this key, whose value is a list or an object.
    Json(&'static str),
    /// An object with this key, whose value is a single one.
    JsonValue(&'static str),
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls per second.
    pub per_second: f64,
    /// Calls that may be made at once.
    pub burst: f64,
}

impl Operation {
    const fn new(service: Service, name: &'static str, protocol: Protocol, whole: Whole) -> Self {
        Self {
            service,
            name,
            protocol,
            by: By::Session,
            whole,
            required: &[],
            rate: None,
            page_limit: None,
            list_limit: None,
            is_search: false,
        }
    }

    pub(super) const fn sts(name: &'static str) -> Self {
        Self::new(Service::Sts, name, Protocol::Query, Whole::Xml).by(By::Base)
    }

    pub(super) const fn iam(name: &'static str) -> Self {
        Self::new(Service::Iam, name, Protocol::Query, Whole::Xml)
    }

    pub(super) const fn cloudtrail(name: &'static str, whole: Whole) -> Self {
        Self::new(Service::CloudTrail, name, Protocol::Json, whole)
    }

    pub(super) const fn organizations(name: &'static str, key: &'static str) -> Self {
        Self::new(Service::Organizations, name, Protocol::Json, Whole::Json(key)).by(By::Base)
    }

    /// Of a service of people: read once, in the region that has the instance.
    const fn of_people(service: Service, name: &'static str, protocol: Protocol, whole: Whole) -> Self {
        Self::new(service, name, protocol, whole).by(By::Base)
    }

    pub(super) const fn sso(name: &'static str, whole: Whole) -> Self {
        Self::of_people(Service::SsoAdmin, name, Protocol::Json, whole)
    }

    pub(super) const fn identity_store(name: &'static str, key: &'static str) -> Self {
        Self::of_people(Service::IdentityStore, name, Protocol::Json, Whole::Json(key))
    }

    pub(super) const fn account_access(
        name: &'static str,
        method: &'static str,
        path: &'static str,
        whole: Whole,
    ) -> Self {
        Self::of_people(Service::AccountAccess, name, Protocol::Rest { method, path }, whole)
    }

    pub(super) const fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }

    /// With `IsTruncated` and `Marker`.
    pub(super) const fn in_pages(mut self) -> Self {
        self.whole = Whole::XmlPage;
        self
    }

    pub(super) const fn requires(mut self, rows: Rows) -> Self {
        self.required = rows;
        self
    }

    pub(super) const fn rate(mut self, per_second: f64, burst: f64) -> Self {
        self.rate = Some(Rate { per_second, burst });
        self
    }

    pub(super) const fn most_pages(mut self, pages: usize) -> Self {
        self.page_limit = Some(pages);
        self
    }

    pub(super) const fn most_bytes(mut self, bytes: u64) -> Self {
        self.list_limit = Some(bytes);
        self
    }

    pub(super) const fn searches(mut self) -> Self {
        self.is_search = true;
        self
    }

    /// `iam:GetAccountSummary`.
    #[must_use]
    pub fn action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.name)
    }
}
