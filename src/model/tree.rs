//! The organization's tree, and the SCPs and RCPs that apply to each account.
//!
//! Owns: inheritance of SCPs and RCPs, whether they exist at all, and which of them were not read. Does not know what
//! they decide (`eval`). Source: AWS Organizations User Guide, "SCP evaluation" and "Resource control policies".

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::guardrail::{Guardrail, Guardrails, UNREAD_GUARDRAILS};
use super::principal::Document;
use crate::ids::{AccountId, GapIx};
use crate::snapshot::organization::{OrganizationAccount, OrganizationFile, OrganizationPolicy};
use crate::snapshot::ou_path::{self, ou_path};

/// The SCP that AWS attaches to everything when the type is enabled.
const FULL_ACCESS: &str = "p-FullAWSAccess";
/// The RCP that is attached to everything and cannot be detached.
const RCP_FULL_ACCESS: &str = "p-RCPFullAWSAccess";

/// The tree, ready for lookups per account.
pub(super) struct Tree<'a> {
    file: &'a OrganizationFile,
    parents: HashMap<&'a str, (&'a str, &'a str)>,
    root_of: BTreeMap<&'a str, &'a str>,
    documents: HashMap<&'a str, Document>,
    attached: HashMap<(Kind, &'a str), Vec<&'a OrganizationPolicy>>,
    /// Per kind: whether some policies, or their targets, were not read.
    unread: [bool; 2],
    shared: HashMap<ChainKey<'a>, Arc<Guardrails>>,
    organization_gap: GapIx,
}

/// What makes the levels of two accounts equal: OUs from the root, whether these are all, kind, whether exemption is
/// known, ids of the account's own policies.
type ChainKey<'a> = (Vec<String>, bool, Kind, bool, Vec<&'a str>);

/// Policy types: SCP or RCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Scp,
    Rcp,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Scp, Self::Rcp];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Scp => "SERVICE_CONTROL_POLICY",
            Self::Rcp => "RESOURCE_CONTROL_POLICY",
        }
    }

    fn is_cut(self, file: &OrganizationFile) -> bool {
        match self {
            Self::Scp => file.cut.scps,
            Self::Rcp => file.cut.rcps,
        }
    }

    /// The possible kinds of a policy: exactly one if its type is recorded.
    pub(super) fn of(policy: &OrganizationPolicy) -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| policy.kind.is_empty() || policy.kind == kind.name()).collect()
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
            for target in policy.target_ids.iter().flatten() {
                for kind in Kind::of(policy) {
                    attached.entry((kind, target.as_str())).or_default().push(policy);
                }
            }
        }
        Self {
            file,
            attached,
            parents: units.map(|u| (u.id.as_str(), (u.parent_id.as_str(), u.name.as_str()))).collect(),
            root_of: file.roots.iter().flatten().map(|r| (r.id.as_str(), r.name.as_str())).collect(),
            documents,
            unread: Kind::ALL.map(|kind| attachments_unread(file, kind)),
            shared: HashMap::new(),
            organization_gap,
        }
    }

    /// OU ids from the root to the parent, and the names below the root; `None` if the path to the root is unknown.
    pub(super) fn way(&self, account: &OrganizationAccount) -> Option<(Vec<String>, Vec<String>)> {
        let way = self.known_way(account);
        way.whole.then_some((way.ids, way.names))
    }

    /// The known part of the path. A parent that is not listed still is above the account.
    fn known_way(&self, account: &OrganizationAccount) -> Way {
        let Some(parent) = account.parent_id.as_deref() else { return Way::default() };
        let path = ou_path(parent, |unit| self.parents.get(unit).copied());
        let whole = path.ids.first().is_some_and(|top| self.root_of.contains_key(top.as_str()));
        Way { ids: path.ids, names: path.names, whole }
    }

    /// The policies of one kind for a member account; `management` says whether it is the management account, if that
    /// is known.
    pub(super) fn guardrails(
        &mut self,
        kind: Kind,
        account: &OrganizationAccount,
        management: Option<bool>,
    ) -> Arc<Guardrails> {
        let enabled = self.enabled(kind);
        let all_features = self.all_features();
        if management == Some(true) || all_features == Some(false) || enabled == Some(false) {
            return Arc::new(Guardrails::Absent);
        }
        let in_force = enabled == Some(true) && management.is_some();
        // an enabled type has AWS managed policies: its list is never empty
        if self.file.policies.as_ref().is_none_or(Vec::is_empty) {
            return self.unknown(Vec::new());
        }
        let way = self.known_way(account);
        let id = account.id.to_string();
        let own = self.attached.get(&(kind, id.as_str()));
        let own = own.map_or_else(Vec::new, |list| list.iter().map(|p| p.id.as_str()).collect());
        let key = (way.ids.clone(), way.whole, kind, in_force, own);
        if let Some(found) = self.shared.get(&key) {
            return Arc::clone(found);
        }
        let mut levels = if way.whole { Vec::new() } else { self.above(kind, &way) };
        levels.extend(way.ids.iter().zip(way.shown()).map(|(unit, shown)| self.level(kind, unit, &shown)));
        levels.push(self.level(kind, &id, "account"));
        let built = if in_force { Arc::new(Guardrails::Levels(levels)) } else { self.unknown(levels) };
        self.shared.insert(key, Arc::clone(&built));
        built
    }

    /// The policies for an account that may be a member, anywhere in the tree.
    pub(super) fn of_unlisted(&self, kind: Kind, management: bool) -> Arc<Guardrails> {
        if management || self.all_features() == Some(false) || self.enabled(kind) == Some(false) {
            return Arc::new(Guardrails::Absent);
        }
        self.unknown(Vec::new())
    }

    /// The levels above the known OUs: the root, if there is one, and a level of which nothing is known.
    fn above(&self, kind: Kind, way: &Way) -> Vec<Vec<Guardrail>> {
        let mut roots = self.root_of.keys();
        let root = roots.next().filter(|_| roots.next().is_none());
        let mut levels: Vec<_> = root.map(|root| self.level(kind, root, "root")).into_iter().collect();
        // if no RCP is attached to an OU outside the known path, an unknown OU has none
        let elsewhere = |(of, target): &(Kind, &str)| {
            *of == kind
                && AccountId::parse(target).is_none()
                && root != Some(target)
                && !way.ids.iter().any(|id| id == target)
        };
        let harmless =
            kind == Kind::Rcp && !self.unread_of(kind) && !self.attached_by_customers().any(|at| elsewhere(&at));
        levels.extend((!harmless).then(|| vec![self.missing("OUs that are not known")]));
        levels
    }

    fn unread_of(&self, kind: Kind) -> bool {
        let [scps, rcps] = self.unread;
        if kind == Kind::Scp { scps } else { rcps }
    }

    /// The targets of all policies except the RCP that is attached everywhere.
    fn attached_by_customers(&self) -> impl Iterator<Item = (Kind, &'a str)> {
        let policies = self.file.policies.iter().flatten().filter(|policy| !is_default(policy));
        policies.flat_map(|policy| {
            let targets = policy.target_ids.iter().flatten();
            targets.flat_map(|target| Kind::of(policy).into_iter().map(|kind| (kind, target.as_str())))
        })
    }

    fn unknown(&self, levels: Vec<Vec<Guardrail>>) -> Arc<Guardrails> {
        Arc::new(Guardrails::Unknown { levels, gap: self.organization_gap })
    }

    /// Whether the organization has all features enabled; without them no policy type can be enabled (AWS Organizations
    /// API, EnablePolicyType).
    fn all_features(&self) -> Option<bool> {
        let described = self.file.organization.as_ref().and_then(|o| o.feature_set.as_deref());
        let any = Kind::ALL.into_iter().any(|kind| self.enabled(kind) == Some(true));
        described.map(|features| features == "ALL").or_else(|| any.then_some(true))
    }

    /// Whether the type is enabled on the root; `None` if the snapshot does not say, or AWS is about to enable or disable it.
    fn enabled(&self, kind: Kind) -> Option<bool> {
        let roots = self.file.roots.as_ref()?;
        let types = roots.first()?.policy_types.as_ref()?;
        match types.iter().find(|listed| listed.kind == kind.name()).map(|listed| listed.status.as_str()) {
            None => Some(false),
            Some("ENABLED") => Some(true),
            Some(_) => None,
        }
    }

    /// The policies attached to one target; equal levels are shared between accounts, so an account's own level is
    /// named "account".
    ///
    /// AWS does not let the last SCP of a target be detached ("Every root, OU, and account must have at least one SCP
    /// attached", Organizations API, DetachPolicy): a level without any was not read. The RCP that is attached
    /// everywhere allows everything, so a level without it is equivalent.
    fn level(&self, kind: Kind, target: &str, shown: &str) -> Vec<Guardrail> {
        let here = self.attached.get(&(kind, target)).into_iter().flatten();
        let attached = here.filter_map(|p| {
            let document = *self.documents.get(p.id.as_str())?;
            let name = if p.name.is_empty() { p.id.clone() } else { format!("{} ({})", p.name, p.id) };
            Some(Guardrail { document, name: name.into(), target: shown.into() })
        });
        let mut attached: Vec<Guardrail> = attached.collect();
        let unread = self.unread_of(kind) || (kind == Kind::Scp && attached.is_empty());
        attached.extend(unread.then(|| self.missing(shown)));
        attached
    }

    fn missing(&self, target: &str) -> Guardrail {
        Guardrail {
            document: Document::Missing(self.organization_gap),
            name: UNREAD_GUARDRAILS.into(),
            target: target.into(),
        }
    }
}

/// OUs from the root down, as far as they are known.
#[derive(Default)]
struct Way {
    ids: Vec<String>,
    names: Vec<String>,
    /// True if they lead to the root.
    whole: bool,
}

impl Way {
    /// What people call each of the ids: the root, and paths of OUs from there. Below an unknown OU the id says more.
    fn shown(&self) -> Vec<String> {
        let of = |place: usize, id: &String| match (self.whole, place) {
            (false, _) => id.clone(),
            (true, 0) => "root".to_owned(),
            (true, place) => ou_path::shown(self.names.get(..place).unwrap_or(&self.names)),
        };
        self.ids.iter().enumerate().map(|(place, id)| of(place, id)).collect()
    }
}

/// Whether policies of a kind may have attachments that the file does not list.
pub(super) fn attachments_unread(file: &OrganizationFile, kind: Kind) -> bool {
    let unread = |policy: &OrganizationPolicy| {
        Kind::of(policy).contains(&kind)
            && !is_default(policy)
            && policy.target_ids.as_ref().is_none_or(|targets| !targets.iter().all(|target| is_target(target)))
    };
    kind.is_cut(file) || file.policies.iter().flatten().any(unread)
}

/// A root, an OU or an account: any other id does not identify a target.
fn is_target(id: &str) -> bool {
    id.starts_with("r-") || id.starts_with("ou-") || AccountId::parse(id).is_some()
}

/// The RCP that is attached everywhere and allows everything: its targets do not matter.
fn is_default(policy: &OrganizationPolicy) -> bool {
    policy.id == RCP_FULL_ACCESS
}

/// The content of AWS's own policies, which cannot be changed (Organizations User Guide, "SCP evaluation", "RCP
/// evaluation").
pub(super) fn default_content(id: &str) -> Option<&'static str> {
    const SCP: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    const RCP: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    match id {
        FULL_ACCESS => Some(SCP),
        RCP_FULL_ACCESS => Some(RCP),
        _ => None,
    }
}

/// Which part of the SCPs and RCPs was not read, in one line.
pub(super) fn unread(file: &OrganizationFile) -> String {
    let Some(policies) = &file.policies else { return "SCPs and RCPs were not collected".to_owned() };
    if policies.is_empty() {
        return "the list of SCPs and RCPs is empty, which it never is where a type is enabled".to_owned();
    }
    let types = file.roots.iter().flatten().next().map(|root| root.policy_types.is_some());
    let tree = Tree::new(file, HashMap::new(), GapIx::new(0));
    let targets: Vec<&str> = policies.iter().flat_map(|p| p.target_ids.iter().flatten()).map(String::as_str).collect();
    let bare = policies.iter().filter(|p| !is_default(p) && p.target_ids.is_none()).count();
    let other = targets.iter().find(|target| !is_target(target));
    let lost = file.accounts.iter().flatten().find(|account| tree.way(account).is_none());
    let mut reasons = Vec::new();
    if types.is_none() {
        reasons.push("the root was not collected, so it is not known whether SCPs and RCPs are enabled".to_owned());
    } else if types == Some(false) || tree.all_features().is_none() {
        reasons.push("it is not known whether SCPs and RCPs are enabled".to_owned());
    }
    if file.described().is_none_or(|organization| organization.master_account_id.is_none()) {
        reasons.push("it is not known which account is the management account".to_owned());
    }
    if file.cut.scps || file.cut.rcps {
        let kind = if file.cut.scps { "SCPs" } else { "RCPs" };
        reasons.push(format!("the list of {kind} is cut or was not saved"));
    }
    if bare > 0 {
        let all = policies.len();
        reasons.push(format!("what {bare} of {all} SCPs and RCPs are attached to was not collected (TargetIds)"));
    }
    reasons.extend(other.map(|target| format!("a policy is attached to `{target}`, which is no root, OU or account")));
    reasons.extend(lost.map(|account| format!("the OUs above account {} were not collected", account.id)));
    if reasons.is_empty() {
        let attached = |target: &str| tree.attached.contains_key(&(Kind::Scp, target));
        let units = file.organizational_units.iter().flatten().map(|unit| unit.id.clone());
        let roots = file.roots.iter().flatten().map(|root| root.id.clone());
        let accounts = file.accounts.iter().flatten().map(|account| account.id.to_string());
        let bare = roots.chain(units).chain(accounts).find(|target| !attached(target));
        reasons.extend(
            bare.map(|target| format!("no SCP is listed for `{target}`, to which AWS always has one attached")),
        );
    }
    if reasons.is_empty() { "some SCPs and RCPs were not collected".to_owned() } else { reasons.join("; ") }
}
