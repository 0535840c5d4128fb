//! The shape of `organization.json`: Describe/List answers of AWS Organizations.
//!
//! Owns: key names and which of them may be absent. Does not know inheritance (`model`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::account::Tag;
use crate::arn::Arn;
use crate::facet::{Facet, Facets, OrganizationFacet, Owner};
use crate::ids::AccountId;

/// `organization.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct OrganizationFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<Vec<Root>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizational_units: Option<Vec<OrganizationalUnit>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<OrganizationAccount>>,
    /// SCPs and RCPs; absent if they were not collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<OrganizationPolicy>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated_administrators: Option<Vec<Box<RawValue>>>,
    /// ListOrganizationsFeatures of IAM, sorted: `RootCredentialsManagement`, `RootSessions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_features: Option<Vec<String>>,
    /// Never written.
    #[serde(skip)]
    pub cut: Cut,
}

impl OrganizationFile {
    /// Whether a data set was read.
    #[must_use]
    pub fn has(&self, facet: OrganizationFacet) -> bool {
        let Self {
            organization,
            roots,
            organizational_units,
            accounts,
            policies,
            delegated_administrators,
            enabled_features,
            cut: _,
        } = self;
        match facet {
            OrganizationFacet::Organization => {
                organization.is_some() && roots.is_some() && organizational_units.is_some() && accounts.is_some()
            }
            OrganizationFacet::AccountTags => {
                accounts.as_ref().is_some_and(|list| list.iter().all(|listed| listed.tags.is_some()))
            }
            OrganizationFacet::Guardrails => policies.is_some(),
            OrganizationFacet::Delegations => delegated_administrators.is_some(),
            OrganizationFacet::OrganizationFeatures => enabled_features.is_some(),
        }
    }

    /// The data sets that were read.
    #[must_use]
    pub fn facets(&self) -> Facets {
        let of_organization = |facet: &Facet| match facet.owner() {
            Owner::Organization(facet) => self.has(facet),
            // people have files of their own
            Owner::Account(_) | Owner::People(_) => false,
        };
        Facet::ALL.iter().copied().filter(of_organization).collect()
    }
}

/// DescribeOrganization.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Organization {
    #[serde(default)]
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature_set: Option<String>,
    #[serde(default, alias = "ManagementAccountId", skip_serializing_if = "Option::is_none")]
    pub master_account_id: Option<AccountId>,
}

impl OrganizationFile {
    /// DescribeOrganization, or else what the ARNs of accounts, OUs and roots reveal: each names the organization and
    /// its management account (AWS Organizations, "ARN formats"), but not the feature set.
    #[must_use]
    pub fn described(&self) -> Option<Organization> {
        let told = self.told();
        let Some(described) = &self.organization else { return told };
        let mut described = described.clone();
        let same = |told: &Organization| described.id.is_empty() || described.id == told.id;
        if let Some(told) = told.filter(same) {
            described.id = told.id;
            described.master_account_id = described.master_account_id.or(told.master_account_id);
        }
        Some(described)
    }

    /// The accounts that administer services for the organization; `None` if they were not collected, or if one cannot be read.
    #[must_use]
    pub fn delegated(&self) -> Option<Vec<Delegated>> {
        let entries = self.delegated_administrators.as_ref()?;
        entries.iter().map(|raw| serde_json::from_str(raw.get()).ok()).collect()
    }

    /// Accounts that AWS has suspended or closed. A file of one tells what was there before.
    #[must_use]
    pub fn shut_accounts(&self) -> BTreeSet<AccountId> {
        self.accounts.iter().flatten().filter(|listed| listed.is_shut()).map(|listed| listed.id).collect()
    }

    fn told(&self) -> Option<Organization> {
        let own = self.organization.iter().filter_map(|organization| organization.arn.as_deref());
        let roots = self.roots.iter().flatten().filter_map(|root| root.arn.as_deref());
        let units = self.organizational_units.iter().flatten().filter_map(|unit| unit.arn.as_deref());
        let accounts = self.accounts.iter().flatten().filter_map(|account| account.arn.as_deref());
        own.chain(roots).chain(units).chain(accounts).find_map(|arn| {
            let arn = Arn::parse(arn).filter(|arn| arn.service == "organizations")?;
            let id = arn.resource.split('/').nth(1).filter(|id| id.starts_with("o-"))?;
            let master_account_id = Some(arn.account_id()?);
            Some(Organization { id: id.to_owned(), master_account_id, ..Organization::default() })
        })
    }
}

/// An entry of ListDelegatedAdministrators with what is delegated to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Delegated {
    pub id: AccountId,
    /// ListDelegatedServicesForAccount.
    #[serde(default)]
    pub services: Option<Vec<DelegatedService>>,
}

/// A service that a delegated administrator runs for the organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct DelegatedService {
    pub service_principal: String,
}

/// A root of the tree; an organization has one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Root {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_types: Option<Vec<PolicyTypeStatus>>,
}

/// Whether a policy type is enabled on the root.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct PolicyTypeStatus {
    #[serde(rename = "Type")]
    pub kind: String,
    #[serde(default)]
    pub status: String,
}

/// An OU.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct OrganizationalUnit {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(default)]
    pub parent_id: String,
}

/// A member account, the management account included.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct OrganizationAccount {
    pub id: AccountId,
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The path from the organization down, in newer answers. Never written: `ParentId` has the same information.
    #[serde(default, skip_serializing)]
    pub paths: Option<Vec<String>>,
    #[serde(default, deserialize_with = "super::tags::any", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Retired by AWS in favor of `State`; older output has only this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `INVITED` or `CREATED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_method: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub joined_timestamp: Option<String>,
}

/// An SCP or RCP with its targets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct OrganizationPolicy {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_managed: Option<bool>,
    #[serde(rename = "Type", default)]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<RawValue>>,
    /// Absent if the targets of the policy are unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_ids: Option<Vec<String>>,
    /// Why the content is not known, in a snapshot with changes.
    #[serde(skip)]
    pub unknown: Option<String>,
}

/// Lists of an imported organization that are incomplete. A snapshot of our own records missing data in its manifest
/// instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// There may be accounts that are not listed.
    pub accounts: bool,
    /// There may be SCPs that are not listed.
    pub scps: bool,
    /// There may be RCPs that are not listed.
    pub rcps: bool,
}

impl OrganizationAccount {
    /// `State`, or `Status` in older output; `None` if neither is present.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref().or(self.status.as_deref())
    }

    /// Whether the account can be used, judged by its state.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_shut() && self.state() != Some("PENDING_ACTIVATION")
    }

    /// `suspended`, `pending closure`; empty if it is not known.
    #[must_use]
    pub fn state_in_words(&self) -> String {
        self.state().unwrap_or_default().to_ascii_lowercase().replace('_', " ")
    }

    /// Whether AWS has suspended or closed the account, or is about to.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        const SHUT: [&str; 3] = ["SUSPENDED", "PENDING_CLOSURE", "CLOSED"];
        self.state().is_some_and(|state| SHUT.contains(&state))
    }
}
