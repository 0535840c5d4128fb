//! One request against policies that are given with it: any action, all layers, every fact known.
//!
//! Owns: which layers an action needs and how they combine in one account and across two. Shares with the graph what a
//! statement, a condition and a principal element mean.
//! Source: AWS IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic".

mod error;
mod remarks;
mod special;

use serde_json::value::RawValue;

pub use self::error::SimulateError;
use self::special::Rule;
use super::context::{Given, GivenCaller, Kind};
use super::layer::LayerTruth;
use super::principal::{self, NotPrincipal, ResourceBased, TrustTruth};
use super::residual::{Truth, Unclear};
use super::statement::WithoutResource;
use super::trace::Trace;
use crate::answer::Layer;
use crate::answer::simulation::{Answer, Caller as Named, Decision, Request};
use crate::arn::Arn;
use crate::ids::AccountId;
use crate::policy::action::Action;
use crate::policy::{self, Policy};

/// The layers of a request, each on its own.
struct Layers {
    identity: LayerTruth,
    boundary: LayerTruth,
    session: LayerTruth,
    scp: LayerTruth,
    rcp: LayerTruth,
    resource: TrustTruth,
    /// What the resource's policy is called.
    owner: Layer,
}

/// Decides one request.
///
/// # Errors
/// Where principal, action, account or a policy document cannot be read.
pub fn simulate(request: &Request) -> Result<Answer, SimulateError> {
    let caller =
        GivenCaller::new(&request.principal).ok_or_else(|| SimulateError::Principal(shown(&request.principal)))?;
    let action = Action::parse(&request.action).ok_or_else(|| SimulateError::Action(request.action.clone()))?;
    let rule = special::rule(&action, &request.resource, &caller);
    let same_account = is_same_account(request, &caller)?;
    let context = request.context.iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
    let facts = Given { action, resource: &request.resource, caller, context };
    let mut trace = Trace::on();
    let layers = Layers::new(request, &facts, rule, &mut trace)?;
    let mut answer = layers.answer(rule, same_account, &facts.caller, &mut trace);
    answer.name.clone_from(&request.name);
    answer.remarks = remarks::of(request);
    answer.matched = trace.into_matched().into_iter().map(|m| m.evidence).collect();
    answer.matched.sort_by_key(|e| e.layer);
    Ok(answer)
}

fn shown(caller: &Named) -> String {
    match caller {
        Named::Named(text) => text.clone(),
        Named::Anonymous => "anonymous".to_owned(),
    }
}

fn is_same_account(request: &Request, caller: &GivenCaller<'_>) -> Result<bool, SimulateError> {
    let given = match &request.resource_account {
        Some(text) => Some(AccountId::parse(text).ok_or_else(|| SimulateError::Account(text.clone()))?),
        None => Arn::parse(&request.resource).and_then(|a| a.account_id()),
    };
    Ok(given.is_none_or(|account| caller.account == Some(account)))
}

fn parsed(document: &RawValue, place: impl Fn() -> String) -> Result<Policy, SimulateError> {
    policy::parse(document.get()).map_err(|source| SimulateError::Policy { place: place(), source })
}

/// Reads a list of documents into one layer.
fn read(
    documents: &[Box<RawValue>],
    place: &str,
    layer: Layer,
    facts: &Given<'_>,
    trace: &mut Trace,
) -> Result<LayerTruth, SimulateError> {
    let mut found = LayerTruth::nothing();
    for (at, document) in documents.iter().enumerate() {
        let place = format!("{place}[{at}]");
        found.read(&parsed(document, || place.clone())?, &place, layer, facts, trace);
    }
    Ok(found)
}

impl Layers {
    fn new(request: &Request, facts: &Given<'_>, rule: Rule, trace: &mut Trace) -> Result<Self, SimulateError> {
        let caller = &facts.caller;
        let own = |documents, place, layer, trace: &mut Trace| match caller.is_iam() {
            true => read(documents, place, layer, facts, trace),
            false => Ok(LayerTruth::open()),
        };
        let mut identity = own(&request.identity_policies, "identityPolicies", Layer::Identity, trace)?;
        match caller.kind {
            Kind::Root => identity.allow = Truth::True,
            // such a session has what both the user's policies and its own allow, and without its own nothing
            Kind::FederatedUser(_) if request.session_policies.is_empty() => identity.allow = Truth::False,
            _ => {}
        }
        let mut boundary = LayerTruth::open();
        for (at, document) in request.permissions_boundaries.iter().enumerate().filter(|_| caller.is_iam()) {
            let place = format!("permissionsBoundaries[{at}]");
            let mut one = LayerTruth::nothing();
            one.read(&parsed(document, || place.clone())?, &place, Layer::Boundary, facts, trace);
            boundary.allow = boundary.allow.and(one.allow);
            boundary.deny = boundary.deny.or(one.deny);
        }
        let session = match request.session_policies.as_slice() {
            [] => LayerTruth::open(),
            documents => own(documents, "sessionPolicies", Layer::Session, trace)?,
        };
        let sides = caller.sides(facts.resource);
        let scps = request.service_control_policies.as_deref();
        let scp = match scps.filter(|_| sides.service_control_applies()) {
            Some(levels) => Self::scp(levels, facts, trace)?,
            None => LayerTruth::open(),
        };
        let mut rcp = LayerTruth::open();
        let rcps = request.resource_control_policies.iter().flatten();
        for (level, documents) in rcps.enumerate().filter(|_| sides.resource_control_applies()) {
            let place = format!("resourceControlPolicies[{level}]");
            rcp.deny = rcp.deny.or(read(documents, &place, Layer::Rcp, facts, trace)?.deny);
        }
        let resource = Self::resource(request, facts, rule, trace)?;
        Ok(Self { identity, boundary, session, scp, rcp, resource, owner: owner(rule, facts) })
    }

    fn scp(levels: &[Vec<Box<RawValue>>], facts: &Given<'_>, trace: &mut Trace) -> Result<LayerTruth, SimulateError> {
        let mut all = LayerTruth::open();
        for (level, documents) in levels.iter().enumerate() {
            let place = format!("serviceControlPolicies[{level}]");
            let one = read(documents, &place, Layer::Scp, facts, trace)?;
            if one.allow == Truth::False {
                trace.note(Layer::Scp, &place, "no SCP of this level allows it", &Truth::False);
            }
            all.allow = all.allow.and(one.allow);
            all.deny = all.deny.or(one.deny);
        }
        Ok(all)
    }

    fn resource(
        request: &Request,
        facts: &Given<'_>,
        rule: Rule,
        trace: &mut Trace,
    ) -> Result<TrustTruth, SimulateError> {
        let Some(document) = &request.resource_policy else { return Ok(TrustTruth::nothing()) };
        let policy = parsed(document, || "resourcePolicy".to_owned())?;
        let layer = owner(rule, facts);
        let is_trust = layer == Layer::Trust;
        let not_principal = match (is_trust, request.permissions_boundaries.is_empty()) {
            (true, _) => NotPrincipal::Unsupported,
            (false, true) => NotPrincipal::Literal,
            (false, false) => NotPrincipal::Bounded,
        };
        let based = ResourceBased {
            policy: &policy,
            layer,
            label: "resourcePolicy",
            without: if is_trust { WithoutResource::TheRole } else { WithoutResource::Nothing },
            not_principal,
        };
        Ok(principal::truth(based, facts, trace))
    }

    /// What the caller's own policies allow.
    fn own(&self) -> Truth {
        self.identity.allow.clone().and(self.boundary.allow.clone()).and(self.session.allow.clone())
    }

    /// What the resource's policy allows by itself to a caller of the same account.
    fn direct(&self, caller: &GivenCaller<'_>) -> Truth {
        let named = match caller.kind {
            // a grant to a user is not limited by an implicit deny elsewhere; one to a role is, by its boundary and the
            // session's policy; one to the session itself is not
            Kind::Role { .. } | Kind::Session { .. } => {
                let limits = self.boundary.allow.clone().and(self.session.allow.clone());
                self.resource.named.clone().and(limits)
            }
            _ => self.resource.named.clone(),
        };
        let delegated = self.resource.delegated.clone().and(self.own());
        named.or(self.resource.session.clone()).or(self.resource.everyone.clone()).or(delegated)
    }

    fn allowed(&self, rule: Rule, same_account: bool, caller: &GivenCaller<'_>) -> Truth {
        if !caller.is_iam() {
            return self.resource.named.clone().or(self.resource.everyone.clone());
        }
        match rule {
            Rule::Always => Truth::True,
            Rule::Never(_) => Truth::False,
            Rule::CallerDecides => self.own(),
            Rule::OwnerDecides if same_account => self.direct(caller),
            Rule::General if same_account => self.own().or(self.direct(caller)),
            Rule::OwnerDecides | Rule::General => self.resource.clone().any().and(self.own()),
        }
    }

    fn denies(&self) -> [(Layer, &Truth); 6] {
        [
            (Layer::Identity, &self.identity.deny),
            (Layer::Boundary, &self.boundary.deny),
            (Layer::Session, &self.session.deny),
            (Layer::Scp, &self.scp.deny),
            (Layer::Rcp, &self.rcp.deny),
            (Layer::Resource, &self.resource.denied),
        ]
    }

    fn answer(&self, rule: Rule, same_account: bool, caller: &GivenCaller<'_>, trace: &mut Trace) -> Answer {
        let answer = |decision, blocked_by, unclear| Answer { decision, blocked_by, unclear, ..Answer::empty() };
        if rule == Rule::Always {
            return answer(Decision::Allowed, Vec::new(), Vec::new());
        }
        let named = |layer| if layer == Layer::Resource { self.owner } else { layer };
        let allow = match rule {
            Rule::Never(why) => {
                trace.note(self.owner, "", why, &Truth::False);
                Truth::False
            }
            _ => self.allowed(rule, same_account, caller).and(self.scp.allow.clone()),
        };
        let deny = self.denies().into_iter().fold(Truth::False, |all, (_, one)| all.or(one.clone()));
        let decision = match (deny.assuming(true), allow.assuming(false)) {
            (Truth::False, Truth::True) => Decision::Allowed,
            (Truth::False, _) => Decision::ImplicitDeny,
            _ => Decision::ExplicitDeny,
        };
        let unclear: Vec<String> = allow.and(deny.not()).unclear_parts().into_iter().filter_map(in_words).collect();
        if decision == Decision::Allowed {
            return answer(decision, Vec::new(), unclear);
        }
        let denying = self.denies().into_iter().filter(|(_, truth)| **truth != Truth::False).map(|(layer, _)| layer);
        let mut blocked: Vec<Layer> = denying.chain(self.missing(rule, same_account, caller)).map(named).collect();
        blocked.sort_unstable();
        blocked.dedup();
        for layer in &blocked {
            note_missing(*layer, trace);
        }
        answer(decision, blocked, unclear)
    }

    /// Layers that must allow and do not.
    fn missing(&self, rule: Rule, same_account: bool, caller: &GivenCaller<'_>) -> Vec<Layer> {
        let mut missing = Vec::new();
        let mut need = |layer, truth: &Truth| {
            if truth.assuming(false) != Truth::True {
                missing.push(layer);
            }
        };
        need(Layer::Scp, &self.scp.allow);
        let granted = self.resource.clone().any();
        if !caller.is_iam() || matches!(rule, Rule::Never(_)) {
            need(Layer::Resource, &granted);
            return missing;
        }
        let direct = self.direct(caller);
        let owner_decides = rule == Rule::OwnerDecides;
        if rule != Rule::CallerDecides && (owner_decides || !same_account) {
            need(Layer::Resource, &granted);
        }
        if !same_account || direct == Truth::False {
            let named = same_account && self.resource.named != Truth::False;
            if !named {
                need(Layer::Identity, &self.identity.allow);
            }
            need(Layer::Boundary, &self.boundary.allow);
            need(Layer::Session, &self.session.allow);
        }
        missing
    }
}

/// A layer that blocks without a statement of its own says so.
fn note_missing(layer: Layer, trace: &mut Trace) {
    let text = match layer {
        Layer::Identity => "no identity-based policy allows it",
        Layer::Boundary => "the permissions boundary does not allow it",
        Layer::Session => "the session policy does not allow it",
        Layer::Trust | Layer::Resource => "the resource's policy does not allow it",
        Layer::Scp | Layer::Rcp => return,
    };
    if !trace.mentions(layer) {
        trace.note(layer, "", text, &Truth::False);
    }
}

/// A resource's policy is a trust policy where somebody wants to enter a role.
fn owner(rule: Rule, facts: &Given<'_>) -> Layer {
    if rule == Rule::OwnerDecides && facts.action.service() == "sts" { Layer::Trust } else { Layer::Resource }
}

fn in_words(why: &Unclear) -> Option<String> {
    match why {
        Unclear::Undocumented(text) => Some(text.to_string()),
        // a simulation has no snapshot that could lack something
        Unclear::Gap(_) => None,
    }
}
