//! The organisation and the guardrails it hangs on accounts.
//!
//! Owns: the tree, inheritance of SCPs and RCPs, and whether they exist at all. Does not know what they decide (`eval`).
//! Source: AWS Organizations User Guide, "SCP evaluation" and "Resource control policies".

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::principal::Document;
use crate::ids::{AccountId, GapIx};
use crate::snapshot::organization::{OrganizationAccount, OrganizationFile, OrganizationPolicy};

/// The organisation itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: String,
    /// The management account, where known.
    pub management: Option<AccountId>,
    /// True for feature set `ALL`: without it no SCP or RCP exists.
    pub all_features: bool,
}

/// A guardrail policy as attached to a level.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Guardrail {
    /// What it says.
    pub document: Document,
    /// Its name and id.
    pub name: Box<str>,
    /// Root, unit or account that it is attached to.
    pub target: Box<str>,
}

/// The policies of one type on the way from the root to an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Guardrails {
    /// None exist here: no organisation, another feature set, type not enabled, management account.
    Absent,
    /// Root first; every level counts.
    Levels(Vec<Vec<Guardrail>>),
    /// They could not be read, wholly or in part: what would change the answer is unknown.
    Unknown {
        /// What is known all the same.
        levels: Vec<Vec<Guardrail>>,
        /// Why it may not be all, or may not apply.
        gap: GapIx,
    },
}

impl Guardrails {
    /// All that is known, root first.
    #[must_use]
    pub fn levels(&self) -> &[Vec<Guardrail>] {
        match self {
            Self::Absent => &[],
            Self::Levels(levels) | Self::Unknown { levels, .. } => levels,
        }
    }

    /// Why it may not be all.
    #[must_use]
    pub fn unknown(&self) -> Option<GapIx> {
        match self {
            Self::Unknown { gap, .. } => Some(*gap),
            Self::Absent | Self::Levels(_) => None,
        }
    }
}

/// The tree, ready to be asked per account.
pub(super) struct Tree<'a> {
    file: &'a OrganizationFile,
    parents: HashMap<&'a str, (&'a str, &'a str)>,
    root_of: BTreeMap<&'a str, &'a str>,
    documents: HashMap<&'a str, Document>,
    attached: HashMap<(&'a str, &'a str), Vec<&'a OrganizationPolicy>>,
    shared: HashMap<ChainKey<'a>, Arc<Guardrails>>,
    organization_gap: GapIx,
}

/// What makes two chains the same: units from the root, kind, ids of the account's own policies.
type ChainKey<'a> = (Vec<String>, Kind, Vec<&'a str>);

/// Kinds of guardrail.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Scp,
    Rcp,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Scp => "SERVICE_CONTROL_POLICY",
            Self::Rcp => "RESOURCE_CONTROL_POLICY",
        }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn new(
        file: &'a OrganizationFile,
        documents: HashMap<&'a str, Document>,
        organization_gap: GapIx,
    ) -> Self {
        let units = file.organizational_units.iter().flatten();
        let mut attached = HashMap::<_, Vec<_>>::new();
        for policy in file.policies.iter().flatten() {
            for target in &policy.target_ids {
                attached.entry((policy.kind.as_str(), target.as_str())).or_default().push(policy);
            }
        }
        Self {
            file,
            attached,
            parents: units.map(|u| (u.id.as_str(), (u.parent_id.as_str(), u.name.as_str()))).collect(),
            root_of: file.roots.iter().flatten().map(|r| (r.id.as_str(), r.name.as_str())).collect(),
            documents,
            shared: HashMap::new(),
            organization_gap,
        }
    }

    /// Unit ids from the root to the parent, and the names below the root; `None` where the way up is not known.
    pub(super) fn way(&self, account: &OrganizationAccount) -> Option<(Vec<String>, Vec<String>)> {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        let mut at = account.parent_id.as_deref()?;
        while !self.root_of.contains_key(at) {
            // deeper than any tree of AWS: a cycle in the data
            if ids.len() > 64 {
                return None;
            }
            let (parent, name) = self.parents.get(at)?;
            ids.push(at.to_owned());
            names.push((*name).to_owned());
            at = parent;
        }
        ids.push(at.to_owned());
        ids.reverse();
        names.reverse();
        Some((ids, names))
    }

    /// The guardrails of one kind for a member account.
    pub(super) fn guardrails(
        &mut self,
        kind: Kind,
        account: &OrganizationAccount,
        management: bool,
    ) -> Arc<Guardrails> {
        let organization = self.file.organization.as_ref();
        let features = organization.and_then(|o| o.feature_set.as_deref());
        if management || features.is_some_and(|f| f != "ALL") {
            return Arc::new(Guardrails::Absent);
        }
        if self.file.policies.is_none() {
            return self.unknown(Vec::new());
        }
        let enabled = self.enabled(kind);
        if enabled == Some(false) {
            return Arc::new(Guardrails::Absent);
        }
        let Some((units, _)) = self.way(account) else { return self.unknown(Vec::new()) };
        let id = account.id.to_string();
        let own = self
            .attached
            .get(&(kind.name(), id.as_str()))
            .map_or_else(Vec::new, |list| list.iter().map(|p| p.id.as_str()).collect());
        let key = (units.clone(), kind, own);
        if let Some(found) = self.shared.get(&key) {
            return Arc::clone(found);
        }
        let above = units.iter().map(|unit| self.level(kind, unit, unit));
        let levels = above.chain([self.level(kind, &id, "account")]).collect();
        let built = if enabled.is_none() || features.is_none() {
            self.unknown(levels)
        } else {
            Arc::new(Guardrails::Levels(levels))
        };
        self.shared.insert(key, Arc::clone(&built));
        built
    }

    fn unknown(&self, levels: Vec<Vec<Guardrail>>) -> Arc<Guardrails> {
        Arc::new(Guardrails::Unknown { levels, gap: self.organization_gap })
    }

    /// Whether the type is enabled on the root; `None` where the snapshot does not say.
    fn enabled(&self, kind: Kind) -> Option<bool> {
        let roots = self.file.roots.as_ref()?;
        let types = roots.first()?.policy_types.as_ref()?;
        Some(types.iter().any(|t| t.kind == kind.name() && t.status == "ENABLED"))
    }

    /// What is attached to one target; chains are shared between accounts, so an account's own level is named "account".
    fn level(&self, kind: Kind, target: &str, shown: &str) -> Vec<Guardrail> {
        let here = self.attached.get(&(kind.name(), target)).into_iter().flatten();
        let attached = here.filter_map(|p| {
            let document = *self.documents.get(p.id.as_str())?;
            let name = if p.name.is_empty() { p.id.clone() } else { format!("{} ({})", p.name, p.id) };
            Some(Guardrail { document, name: name.into(), target: shown.into() })
        });
        attached.collect()
    }
}
