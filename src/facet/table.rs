//! All data sets, each with its AWS calls.
//!
//! Owns: the table. A new data set is an entry here with the next free number, its `read` and `probe` in `collect`, its field in
//! `snapshot`, and its responses in the emulator; the compiler names the places that lack it.
//! INVARIANT: numbers never change: lists of data sets are written in their order.
//! Source of required fields: API references of IAM, Organizations, CloudTrail, IAM Identity Center, the identity store and the account
//! access manager (response elements), and their service models.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::descriptor::{Cost, Descriptor, Group, When};
use super::operation::{By, Operation, Whole};
use super::rows::{ASSIGNMENT, AUTHORIZATION_DETAILS};

macro_rules! facets {
    (
        account { $($(#[$account_doc:meta])* $account:ident = $account_number:literal: $of_account:expr,)* }
        organization { $($(#[$whole_doc:meta])* $whole:ident = $whole_number:literal: $of_whole:expr,)* }
        people { $($(#[$people_doc:meta])* $people:ident = $people_number:literal: $of_people:expr,)* }
    ) => {
        /// A part of the snapshot that is complete or missing as a whole.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Facet {
            $($(#[$account_doc])* $account = $account_number,)*
            $($(#[$whole_doc])* $whole = $whole_number,)*
            $($(#[$people_doc])* $people = $people_number,)*
        }

        /// A data set of each account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum AccountFacet {
            $($(#[$account_doc])* $account,)*
        }

        /// A data set of the organization.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum OrganizationFacet {
            $($(#[$whole_doc])* $whole,)*
        }

        /// A data set about the people of the organization, with a file of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PeopleFacet {
            $($(#[$people_doc])* $people,)*
        }

        impl From<PeopleFacet> for Facet {
            fn from(facet: PeopleFacet) -> Self {
                match facet {
                    $(PeopleFacet::$people => Self::$people,)*
                }
            }
        }

        impl From<AccountFacet> for Facet {
            fn from(facet: AccountFacet) -> Self {
                match facet {
                    $(AccountFacet::$account => Self::$account,)*
                }
            }
        }

        impl Facet {
            /// All, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$account,)* $(Self::$whole,)* $(Self::$people,)*];

            /// Its descriptor.
            #[must_use]
            pub fn descriptor(self) -> &'static Descriptor {
                match self {
                    $(Self::$account => { const ENTRY: &Descriptor = &$of_account; ENTRY })*
                    $(Self::$whole => { const ENTRY: &Descriptor = &$of_whole; ENTRY })*
                    $(Self::$people => { const ENTRY: &Descriptor = &$of_people; ENTRY })*
                }
            }

            /// Its owner: code that handles the data sets of one owner matches on these, and the compiler names what is missing.
            #[must_use]
            pub fn owner(self) -> Owner {
                match self {
                    $(Self::$account => Owner::Account(AccountFacet::$account),)*
                    $(Self::$whole => Owner::Organization(OrganizationFacet::$whole),)*
                    $(Self::$people => Owner::People(PeopleFacet::$people),)*
                }
            }
        }
    };
}

/// The owner of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Of each account: read in the role's session.
    Account(AccountFacet),
    /// Of the organization: read once, with the base credentials.
    Organization(OrganizationFacet),
    /// Of the organization's people: read once, with the base credentials or a role of its own.
    People(PeopleFacet),
}

const fn account(
    name: &'static str,
    group: Option<Group>,
    when: When,
    cost: Cost,
    operations: &'static [Operation],
) -> Descriptor {
    Descriptor { name, group, when, operations, cost }
}

const fn organization(name: &'static str, when: When, operations: &'static [Operation]) -> Descriptor {
    let group = match when {
        When::Inherent => None,
        _ => Some(Group::Organization),
    };
    Descriptor { name, group, when, operations, cost: Cost::NONE }
}

const fn people(name: &'static str, when: When, operations: &'static [Operation]) -> Descriptor {
    organization(name, when, operations)
}

use Group::{CloudTrail, Credentials, LastUsed};
use When::{Always, ByDefault, Inherent, OnRequest};

facets! {
    account {
        /// `UserDetailList`, `GroupDetailList`, `RoleDetailList`, `Policies`: the account cannot be judged without them.
        AuthorizationDetails = 0: account("authorization-details", None, Always, Cost::of_account(3), &[
            // 5,000 users with 2,048 characters of policies, 5,000 roles with 10,240 and a trust policy of 4,096, 500 groups with
            // 5,120, and 5,000 managed policies in five versions of 6,144: 239 MB, plus half of that for percent-encoding, and
            // 192 MB for fifty tags on every user and role: 550 MB. Doubled, because AWS reported larger maxima lately and white
            // space does not count
            Operation::iam("GetAccountAuthorizationDetails").in_pages().requires(AUTHORIZATION_DETAILS).most_bytes(1 << 30),
            Operation::iam("GetPolicy").requires(&[("", "Policy+"), ("Policy", "DefaultVersionId+")]),
            Operation::iam("GetPolicyVersion").requires(&[("", "PolicyVersion+"), ("PolicyVersion", "Document+")]),
        ]),
        /// `MaxSessionDuration` of roles.
        RoleSettings = 7: account("role-settings", None, Always, Cost::of_account(1), &[
            // 10,000 roles with a trust policy of 8,192 characters, encoded, and a kilobyte of other fields: 133 MB
            Operation::iam("ListRoles").in_pages().most_bytes(256 << 20)
                .requires(&[("", "Roles"), ("Roles/member", "RoleName+ RoleId+ Arn+")]),
        ]),
        /// `AccountSummary`.
        AccountSummary = 1: account("account-summary", None, Always, Cost::of_account(1), &[
            Operation::iam("GetAccountSummary").requires(&[("", "SummaryMap+"), ("SummaryMap/entry", "key+ value+")]),
        ]),
        /// `CredentialReport`. `GenerateCredentialReport` starts a job and changes no configuration.
        CredentialReport = 2: account("credential-report", Some(Credentials), ByDefault, Cost::of_account(4), &[
            Operation::iam("GenerateCredentialReport"),
            Operation::iam("GetCredentialReport").requires(&[("", "Content+")]),
        ]),
        /// `AccessKeys`. A user has at most two keys, and AWS stand-ins omit the pagination marker.
        AccessKeys = 8: account("access-keys", Some(Credentials), ByDefault, Cost::of_user(2), &[
            Operation::iam("ListAccessKeys")
                .requires(&[("", "AccessKeyMetadata"), ("AccessKeyMetadata/member", "AccessKeyId+ Status+")]),
            Operation::iam("GetAccessKeyLastUsed").requires(&[("", "AccessKeyLastUsed")]),
        ]),
        /// `MFADevices`.
        MfaDevices = 9: account("mfa-devices", Some(Credentials), ByDefault, Cost::of_user(1), &[
            Operation::iam("ListMFADevices").in_pages().requires(&[("", "MFADevices"), ("MFADevices/member", "SerialNumber+")]),
        ]),
        /// `VirtualMFADevices`.
        VirtualMfaDevices = 3: account("virtual-mfa-devices", Some(Credentials), ByDefault, Cost::of_account(1), &[
            // a root user's device has no `UserName`
            Operation::iam("ListVirtualMFADevices").in_pages().requires(&[
                ("", "VirtualMFADevices"),
                ("VirtualMFADevices/member", "SerialNumber+"),
                ("VirtualMFADevices/member/User", "Arn+"),
            ]),
        ]),
        /// `OpenIDConnectProviders` and `SAMLProviders`.
        IdentityProviders = 4: account("identity-providers", None, Always, Cost::of_account(4), &[
            Operation::iam("ListOpenIDConnectProviders")
                .requires(&[("", "OpenIDConnectProviderList"), ("OpenIDConnectProviderList/member", "Arn+")]),
            Operation::iam("GetOpenIDConnectProvider").requires(&[("", "Url+"), ("Tags/member", "Key+ Value")]),
            Operation::iam("ListSAMLProviders").requires(&[("", "SAMLProviderList"), ("SAMLProviderList/member", "Arn+")]),
            Operation::iam("GetSAMLProvider").requires(&[("Tags/member", "Key+ Value")]),
        ]),
        /// `PasswordPolicy`.
        PasswordPolicy = 5: account("password-policy", Some(Credentials), ByDefault, Cost::of_account(1), &[
            Operation::iam("GetAccountPasswordPolicy").requires(&[("", "PasswordPolicy+")]),
        ]),
        /// `AccountAliases`. An account has at most one alias, and AWS stand-ins omit the pagination marker.
        AccountAliases = 6: account("account-aliases", None, Always, Cost::of_account(1), &[
            Operation::iam("ListAccountAliases").requires(&[("", "AccountAliases")]),
        ]),
        /// `LastAccessed`. `GenerateServiceLastAccessedDetails` starts a job and changes no configuration.
        LastAccessed = 11: account("last-accessed", Some(LastUsed), OnRequest, Cost::NONE, &[
            Operation::iam("GenerateServiceLastAccessedDetails").requires(&[("", "JobId+")]),
            // while the job runs, there is no page and no pagination marker
            Operation::iam("GetServiceLastAccessedDetails")
                .requires(&[("", "JobStatus+"), ("ServicesLastAccessed/member", "ServiceNamespace+")]),
        ]),
        /// `Trails`.
        Trails = 10: account("trails", Some(CloudTrail), ByDefault, Cost::of_account(4), &[
            Operation::cloudtrail("DescribeTrails", Whole::Json("trailList"))
                .requires(&[("", "trailList"), ("trailList/member", "TrailARN+")]),
            Operation::cloudtrail("GetTrailStatus", Whole::JsonValue("IsLogging")).requires(&[("", "IsLogging+")]),
            Operation::cloudtrail("GetEventSelectors", Whole::JsonValue("TrailARN")).requires(&[("", "TrailARN+")]),
        ]),
        /// `ServerCertificates`.
        ServerCertificates = 19: account("server-certificates", None, OnRequest, Cost::of_account(1), &[
            Operation::iam("ListServerCertificates").in_pages().requires(&[
                ("", "ServerCertificateMetadataList"),
                ("ServerCertificateMetadataList/member", "ServerCertificateName+ Arn+"),
            ]),
        ]),
        /// `ServiceCredentials`. A user has few, and AWS stand-ins omit the pagination marker.
        ServiceCredentials = 20: account("service-credentials", None, OnRequest, Cost::of_user(2), &[
            Operation::iam("ListSSHPublicKeys")
                .requires(&[("", "SSHPublicKeys"), ("SSHPublicKeys/member", "SSHPublicKeyId+ Status+")]),
            Operation::iam("ListServiceSpecificCredentials").requires(&[
                ("", "ServiceSpecificCredentials"),
                ("ServiceSpecificCredentials/member", "ServiceSpecificCredentialId+ Status+"),
            ]),
        ]),
        /// `AssumeRoleEvents`.
        AssumeRoleEvents = 12: account("assume-role-events", None, OnRequest, Cost::NONE, &[
            // one hour, the time limit of an account, at two pages of fifty events per second
            Operation::cloudtrail("LookupEvents", Whole::Json("Events")).rate(2.0, 2.0).searches()
                .most_pages(8_000).most_bytes(1 << 30).requires(&[("", "Events"), ("Events/member", "EventId+")]),
        ]),
        /// One policy document that is missing or does not parse.
        PolicyDocument = 18: account("policy-document", None, Inherent, Cost::NONE, &[]),
    }
    organization {
        /// The organization itself: roots, OUs and the list of accounts.
        Organization = 14: organization("organization", Inherent, &[
            Operation::organizations("DescribeOrganization", "Organization").rate(1.0, 2.0)
                .requires(&[("", "Organization+"), ("Organization", "Id+")]),
            // the list of accounts itself reports an entry without id, and goes on without it
            Operation::organizations("ListAccounts", "Accounts").rate(8.0, 12.0).most_pages(20_000)
                .requires(&[("", "Accounts")]),
            Operation::organizations("ListRoots", "Roots").rate(1.0, 2.0).requires(&[
                ("", "Roots"),
                ("Roots/member", "Id+ PolicyTypes"),
                ("Roots/member/PolicyTypes/member", "Type+ Status+"),
            ]),
            Operation::organizations("ListOrganizationalUnitsForParent", "OrganizationalUnits").rate(5.0, 8.0)
                .requires(&[("", "OrganizationalUnits"), ("OrganizationalUnits/member", "Id+ Name+")]),
            Operation::organizations("ListAccountsForParent", "Accounts").rate(5.0, 8.0).most_pages(20_000)
                .requires(&[("", "Accounts"), ("Accounts/member", "Id+")]),
        ]),
        /// SCPs and RCPs and what they are attached to.
        Guardrails = 15: organization("guardrails", ByDefault, &[
            Operation::organizations("ListPolicies", "Policies").rate(5.0, 8.0)
                .requires(&[("", "Policies"), ("Policies/member", "Id+")]),
            // the texts of 12,000 SCPs and RCPs of 10,240 characters, escaped
            Operation::organizations("DescribePolicy", "Policy").rate(2.0, 2.0).most_bytes(512 << 20)
                .requires(&[("", "Policy+"), ("Policy", "Content+")]),
            // a policy on every one of 50,000 accounts, in pages of twenty that may be empty
            Operation::organizations("ListTargetsForPolicy", "Targets").rate(5.0, 8.0).most_pages(20_000)
                .requires(&[("", "Targets"), ("Targets/member", "TargetId+")]),
        ]),
        /// Tags of accounts: one call per account, at ten per second.
        AccountTags = 13: organization("account-tags", OnRequest, &[
            Operation::organizations("ListTagsForResource", "Tags").rate(10.0, 15.0)
                .requires(&[("", "Tags"), ("Tags/member", "Key+ Value")]),
        ]),
        /// Delegated administrators and what is delegated to them.
        Delegations = 16: organization("delegations", ByDefault, &[
            Operation::organizations("ListDelegatedAdministrators", "DelegatedAdministrators")
                .requires(&[("", "DelegatedAdministrators"), ("DelegatedAdministrators/member", "Id+")]),
            Operation::organizations("ListDelegatedServicesForAccount", "DelegatedServices")
                .requires(&[("", "DelegatedServices"), ("DelegatedServices/member", "ServicePrincipal+")]),
        ]),
        /// Which features of IAM the organization has enabled, central root access among them.
        OrganizationFeatures = 17: organization("organization-features", ByDefault, &[
            // AWS does not document whether the list is present for an organization without features
            Operation::iam("ListOrganizationsFeatures").by(By::Base),
        ]),
    }
    people {
        /// `identity-center.json`: permission sets, assignments, users and groups of IAM Identity Center.
        IdentityCenter = 21: people("identity-center", ByDefault, &[
            Operation::sso("ListInstances", Whole::Json("Instances"))
                .requires(&[("", "Instances"), ("Instances/member", "InstanceArn+")]),
            Operation::sso("DescribeInstance", Whole::JsonValue("InstanceArn")).requires(&[("", "InstanceArn+")]),
            Operation::sso("ListPermissionSets", Whole::Json("PermissionSets")).requires(&[("", "PermissionSets")]),
            Operation::sso("DescribePermissionSet", Whole::Json("PermissionSet"))
                .requires(&[("", "PermissionSet+"), ("PermissionSet", "Name+ PermissionSetArn+")]),
            Operation::sso("ListAccountsForProvisionedPermissionSet", Whole::Json("AccountIds"))
                .requires(&[("", "AccountIds")]),
            Operation::sso("ListPermissionSetsProvisionedToAccount", Whole::Json("PermissionSets"))
                .requires(&[("", "PermissionSets")]),
            Operation::sso("ListAccountAssignments", Whole::Json("AccountAssignments"))
                .requires(&[("", "AccountAssignments"), ("AccountAssignments/member", ASSIGNMENT)]),
            // an administrators' group on ten sets in 50,000 accounts, in pages of a hundred
            Operation::sso("ListAccountAssignmentsForPrincipal", Whole::Json("AccountAssignments"))
                .most_bytes(256 << 20)
                .requires(&[("", "AccountAssignments"), ("AccountAssignments/member", ASSIGNMENT)]),
            Operation::sso(
                "DescribeInstanceAccessControlAttributeConfiguration",
                Whole::Json("InstanceAccessControlAttributeConfiguration"),
            )
            .requires(&[("InstanceAccessControlAttributeConfiguration/AccessControlAttributes/member", "Key+ Value+")]),
            // 100,000 users with two kilobytes of attributes each
            Operation::identity_store("ListUsers", "Users").most_bytes(512 << 20)
                .requires(&[("", "Users"), ("Users/member", "UserId+")]),
            Operation::identity_store("ListGroups", "Groups").most_bytes(256 << 20)
                .requires(&[("", "Groups"), ("Groups/member", "GroupId+")]),
            Operation::identity_store("ListGroupMemberships", "GroupMemberships").most_bytes(256 << 20)
                .requires(&[("", "GroupMemberships"), ("GroupMemberships/member", "MemberId+")]),
        ]),
        /// `account-access.json`: entitlements of the account access manager.
        AccountAccess = 22: people("account-access", OnRequest, &[
            Operation::account_access("ListApplications", "POST", "/applications-list", Whole::Json("applications"))
                .requires(&[("", "applications"), ("applications/member", "applicationArn+")]),
            Operation::account_access("GetApplication", "GET", "/applications/{}", Whole::JsonValue("status"))
                .requires(&[("", "status+ identitySource+")]),
            Operation::account_access("ListEntitlements", "POST", "/entitlements-list", Whole::Json("entitlements"))
                .most_bytes(256 << 20)
                .requires(&[("", "entitlements"), ("entitlements/member", "entitlementId+ entitlement+")]),
        ]),
    }
}

/// What every collection needs before it reads a data set.
pub(super) const SESSIONS: &[Operation] = &[
    Operation::sts("AssumeRole"),
    Operation::sts("GetSessionToken"),
    Operation::sts("GetCallerIdentity").by(By::Either).requires(&[("", "Account+ Arn+")]),
];

impl Facet {
    /// The kebab-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.descriptor().name
    }

    /// True for a part of the organization, its people included; false for a part of an account.
    #[must_use]
    pub fn is_of_organization(self) -> bool {
        !matches!(self.owner(), Owner::Account(_))
    }
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_the_facets_name() {
        for facet in Facet::ALL {
            assert_eq!(serde_json::to_value(facet).unwrap(), facet.as_str());
        }
    }
}
