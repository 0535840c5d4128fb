//! From `organization.json` to accounts with their OU path, SCPs and RCPs.

use std::collections::HashMap;

use super::builder::Builder;
use super::membership;
use crate::facet::Facet;
use crate::ids::{AccountId, Scope};
use crate::model::account::{Account, Presence};
use crate::model::guardrail::{DelegatedAdministrator, Organization};
use crate::model::principal::Document;
use crate::model::tree::{self, Kind, Tree};
use crate::policy::{self, Place};
use crate::snapshot::ledger::AccountState;
use crate::snapshot::organization::{Delegated, OrganizationAccount, OrganizationFile};

fn delegated(of: Delegated) -> DelegatedAdministrator {
    let services = of.services.map(|list| list.into_iter().map(|service| service.service_principal).collect());
    DelegatedAdministrator { account: of.id, services }
}

impl Builder {
    pub(super) fn add_organization(&mut self, file: &OrganizationFile) -> Option<Organization> {
        let organization = file.described();
        let management = organization.as_ref().and_then(|o| o.master_account_id);
        let documents = self.guardrail_documents(file);
        self.unlisted =
            membership::unread(file, management).map(|why| self.gap(Scope::Organization, Facet::Organization, why));
        let gap = self.gap(Scope::Organization, Facet::Guardrails, tree::unread(file));
        self.guardrails = documents.iter().map(|(id, document)| ((*id).to_owned(), *document)).collect();
        let mut tree = Tree::new(file, documents, gap);
        let mut used_gap = false;
        let of_organization = file.facets();
        for listed in file.accounts.iter().flatten() {
            let is_management = management.map(|id| id == listed.id);
            let scps = tree.guardrails(Kind::Scp, listed, is_management);
            let rcps = tree.guardrails(Kind::Rcp, listed, is_management);
            used_gap |= scps.gap() == Some(gap) || rcps.gap() == Some(gap);
            let way = tree.way(listed);
            let units_gap = way
                .is_none()
                .then(|| self.gap(listed.id, Facet::Organization, "the OUs above the account were not read"));
            let (units, unit_names) = way.unwrap_or_default();
            let account = self.listed_account(listed);
            if !listed.name.is_empty() {
                account.name.clone_from(&listed.name);
            }
            account.member = true;
            account.shut = listed.is_shut();
            account.facts.present.extend(&of_organization);
            account.management = is_management == Some(true);
            account.units = units;
            account.units_gap = units_gap;
            account.unit_names = unit_names;
            account.tags.clone_from(&listed.tags);
            account.scps = scps;
            account.rcps = rcps;
        }
        used_gap |= self.add_unlisted(&mut tree, management);
        if !used_gap {
            // created in advance so that unread levels can refer to it; none does
            self.retire(gap);
        }
        let units = file.organizational_units.iter().flatten().filter(|unit| !unit.name.is_empty());
        organization.map(|o| Organization {
            management,
            all_features: o.feature_set.as_deref().is_none_or(|f| f == "ALL"),
            knows_features: o.feature_set.is_some(),
            delegated: file.delegated().map(|list| list.into_iter().map(delegated).collect()),
            enabled_features: file.enabled_features.clone(),
            units: units.map(|unit| (unit.id.clone(), unit.name.clone())).collect(),
            id: o.id,
        })
    }

    /// Accounts with a file that an incomplete account list does not name: they may be members, anywhere in the tree.
    /// True if the SCPs or RCPs of one are unknown.
    fn add_unlisted(&mut self, tree: &mut Tree<'_>, management: Option<AccountId>) -> bool {
        let Some(gap) = self.unlisted else { return false };
        let mut used_gap = false;
        for account in self.accounts.values_mut().filter(|account| !account.member) {
            account.management = management == Some(account.id);
            // the management account is a member without being listed
            account.member = account.management;
            account.units_gap = account.member.then_some(gap);
            account.membership_gap = (!account.member).then_some(gap);
            account.scps = tree.of_unlisted(Kind::Scp, account.management);
            account.rcps = tree.of_unlisted(Kind::Rcp, account.management);
            used_gap |= account.scps.unknown().is_some() || account.rcps.unknown().is_some();
        }
        used_gap
    }

    /// The account's entry, created if it has no file.
    fn listed_account(&mut self, listed: &OrganizationAccount) -> &mut Account {
        if !self.accounts.contains_key(&listed.id) {
            if listed.is_shut() && !matches!(self.ledger.get(listed.id), Some(AccountState::Skipped { .. })) {
                self.ledger.set(listed.id, AccountState::Skipped { reason: listed.state_in_words() });
            }
            let presence = match self.ledger.get(listed.id) {
                Some(AccountState::Skipped { reason }) if listed.is_open() => {
                    Presence::LeftOut(self.gap(listed.id, Facet::AuthorizationDetails, reason.clone()))
                }
                Some(AccountState::Skipped { .. }) => Presence::Skipped(listed.state_in_words()),
                Some(AccountState::Incomplete { gaps }) => {
                    let reason = gaps.iter().map(|g| g.reason.as_str()).collect::<Vec<_>>().join("; ");
                    Presence::Missing(self.gap(listed.id, Facet::AuthorizationDetails, reason))
                }
                _ => {
                    self.ledger.add_gap(listed.id, Facet::AuthorizationDetails, "not collected");
                    Presence::Missing(self.gap(listed.id, Facet::AuthorizationDetails, "not collected"))
                }
            };
            self.accounts.insert(listed.id, Account::bare(listed.id, "".into(), presence));
        }
        self.accounts.entry(listed.id).or_insert_with(|| Account::bare(listed.id, "".into(), Presence::Collected))
    }

    fn guardrail_documents<'f>(&mut self, file: &'f OrganizationFile) -> HashMap<&'f str, Document> {
        let mut documents = HashMap::new();
        for raw in file.policies.iter().flatten() {
            let shown = if raw.name.is_empty() { &raw.id } else { &raw.name };
            if let Some(why) = &raw.unknown {
                let gap = self.gap(Scope::Organization, Facet::Guardrails, why.as_str());
                documents.insert(raw.id.as_str(), Document::Missing(gap));
                continue;
            }
            let content = raw.content.as_ref().map(|c| c.get()).or_else(|| tree::default_content(&raw.id));
            let place = match raw.kind.as_str() {
                "RESOURCE_CONTROL_POLICY" => Place::ResourceControl,
                _ => Place::ServiceControl,
            };
            let parsed = content.map(|content| policy::parse(content).and_then(|policy| place.accept(policy)));
            let document = match parsed {
                Some(Ok(policy)) => Document::Parsed(self.policies.push(policy)),
                Some(Err(why)) => Document::Missing(self.gap(
                    Scope::Organization,
                    Facet::PolicyDocument,
                    format!("policy `{shown}` of the organization does not parse: {why}"),
                )),
                None => Document::Missing(self.gap(
                    Scope::Organization,
                    Facet::Guardrails,
                    format!("the content of policy `{shown}` of the organization was not collected"),
                )),
            };
            documents.insert(raw.id.as_str(), document);
        }
        documents
    }
}
