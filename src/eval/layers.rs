//! The layers of a question about the estate, read from its documents.
//!
//! Owns: which documents belong to which layer for this caller and this resource, and what a document that was not read
//! counts for.
//! Does not know how the layers combine (`combine`).

use super::added::Added;
use super::combine::Layers;
use super::context::EstateContext;
use super::layer::LayerTruth;
use super::made::{Bound, Made};
use super::principal::{self, NotPrincipal, ResourceBased, ResourceTruth};
use super::question::{Caller, Outside, Question, Resource};
use super::residual::{Truth, Unclear};
use super::sides::{CallerKind, Sides, is_service_linked};
use super::special::Rule;
use super::statement::WithoutResource;
use super::trace::Trace;
use crate::answer::Layer;
use crate::arn::Arn;
use crate::ids::{AccountIx, GapIx, PrincipalIx};
use crate::model::{Attached, Document, Guardrails, Origin, PrincipalType, is_unread_provider};
use crate::policy::Policy;

/// A service that RCPs do not cover, and never did: those that were not read decide nothing about it.
/// Source: AWS Organizations User Guide, "Resource control policies" (list of AWS services that support RCPs).
const WITHOUT_RCPS: &str = "iam";

/// What evidence calls a permissions boundary whose name does not matter.
const BOUNDARY: &str = "permissions boundary";

/// Reads the layers. Without a trace it stops at the first that settles a no: what was not read then looks as if
/// nothing limited it.
pub(super) fn of_estate(context: &EstateContext<'_, '_>, rule: Rule, sides: &Sides, trace: &mut Trace) -> Layers {
    let question = context.question;
    let mut layers = Layers::new();
    layers.resource = resource_policy(context, trace);
    let refused = rule == Rule::OwnerDecides && layers.resource.grants_nothing();
    // an explanation wants the other layers too
    if !trace.is_on() && (refused || layers.resource.denied == Truth::True) {
        return layers;
    }
    if sides.resource_control_applies() && question.action.service() != WITHOUT_RCPS {
        layers.rcp.deny = rcp_denies(context, trace);
    }
    match question.caller {
        Caller::Principal(caller) => principal_side(&mut layers, caller, rule, sides, context, trace),
        Caller::Made(made) => made_side(&mut layers, made, rule, sides, context, trace),
        // their own policies are not ours to know: assumed to allow
        Caller::Outside(_) => layers.identity.allow = uncollected(question),
        // what is open to everybody is shown as that, and not once for every service
        Caller::Service(_) => layers.resource.everyone = Truth::False,
        Caller::Provider(name) => {
            layers.resource.everyone = layers.resource.everyone.clone().and(may_vouch(name));
        }
    }
    layers
}

/// Whether a provider vouches for anybody where no trust names it: one that stands for those that nobody read may not be there.
fn may_vouch(provider: &str) -> Truth {
    if !is_unread_provider(provider) {
        return Truth::True;
    }
    Truth::unclear(Unclear::Undocumented("the identity providers of the account were not read".into()))
}

/// What the rules know of a question.
pub(super) fn sides(question: &Question<'_>) -> Sides {
    let estate = question.estate;
    let target_is_linked = match question.resource {
        Resource::Principal(ix) => estate.principal(ix).is_service_linked(),
        Resource::Made { .. } => false,
        Resource::Other { .. } => is_service_linked(question.resource_arn()),
    };
    let crosses = |own: &str| question.resource_partition().is_some_and(|partition| partition != own);
    let no_principal = |caller, crosses_partitions, linked| Sides {
        caller,
        caller_is_linked: linked,
        crosses_partitions,
        target_is_linked,
        same_account: false,
    };
    match question.caller {
        Caller::Principal(ix) => {
            let principal = estate.principal(ix);
            Sides {
                caller: kind_of(principal.kind()),
                caller_is_linked: principal.is_service_linked(),
                crosses_partitions: crosses(estate.account(principal.account()).partition()),
                target_is_linked,
                same_account: question.resource_account_ix().is_none_or(|account| account == principal.account()),
            }
        }
        Caller::Made(made) => Sides {
            caller: kind_of(made.kind),
            caller_is_linked: false,
            crosses_partitions: crosses(estate.account(made.account).partition()),
            target_is_linked,
            same_account: question.resource_account_ix().is_none_or(|account| account == made.account),
        },
        Caller::Outside(Outside::Principal(arn, _)) => {
            let crosses_partitions = Arn::parse(arn).is_some_and(|a| crosses(a.partition));
            no_principal(CallerKind::Outside, crosses_partitions, is_service_linked(arn))
        }
        Caller::Outside(Outside::Account(_) | Outside::Anyone) => no_principal(CallerKind::Outside, false, false),
        Caller::Service(_) => no_principal(CallerKind::Service, false, false),
        Caller::Provider(_) => no_principal(CallerKind::Provider, false, false),
    }
}

fn kind_of(kind: PrincipalType) -> CallerKind {
    match kind {
        PrincipalType::User => CallerKind::User,
        PrincipalType::Role => CallerKind::Role,
    }
}

/// The policy of the resource itself: a role's is its trust policy, which speaks of calls to STS alone.
fn resource_policy(context: &EstateContext<'_, '_>, trace: &mut Trace) -> ResourceTruth {
    let question = context.question;
    match question.resource {
        Resource::Principal(ix) if question.action.service() == "sts" => trust(context, ix, trace),
        Resource::Made { .. } if question.trust_is_rewritten => rewritten(),
        Resource::Principal(_) | Resource::Made { .. } | Resource::Other { unread_policy: None, .. } => {
            ResourceTruth::nothing()
        }
        Resource::Other { unread_policy: Some(gap), .. } => {
            trace.note(Layer::Resource, "", unknown(gap, question), &Truth::gap(gap));
            // might grant to anybody, or deny
            ResourceTruth { everyone: Truth::gap(gap), denied: Truth::gap(gap), ..ResourceTruth::nothing() }
        }
    }
}

fn trust(context: &EstateContext<'_, '_>, role: PrincipalIx, trace: &mut Trace) -> ResourceTruth {
    let question = context.question;
    if question.trust_is_rewritten {
        return rewritten();
    }
    let Some(facts) = question.estate.principal(role).role() else { return ResourceTruth::nothing() };
    let found = match facts.trust {
        Document::Parsed(ix) => principal::truth(trust_policy(question.estate.policy(ix)), context, trace),
        Document::Missing(gap) => {
            trace.note(Layer::Trust, "trust policy", unknown(gap, question), &Truth::gap(gap));
            // might trust anybody
            ResourceTruth { everyone: Truth::gap(gap), ..ResourceTruth::nothing() }
        }
    };
    if found.grants_nothing() && !trace.mentions(Layer::Trust) {
        trace.note(Layer::Trust, "trust policy", "no statement of the trust policy names the caller", &Truth::False);
    }
    found
}

/// A trust policy that names the caller, or the session that it is.
fn rewritten() -> ResourceTruth {
    ResourceTruth { named: Truth::True, session: Truth::True, ..ResourceTruth::nothing() }
}

/// A trust policy has no `Resource`: it speaks of its role.
fn trust_policy(policy: &Policy) -> ResourceBased<'_> {
    ResourceBased {
        policy,
        layer: Layer::Trust,
        label: "trust policy",
        without: WithoutResource::TheRole,
        not_principal: NotPrincipal::Unsupported,
    }
}

/// A listed account that was not read: whether its own policies permit is unknown.
fn uncollected(question: &Question<'_>) -> Truth {
    let presence = question.caller_account().map(|ix| question.estate.account(ix)).filter(|a| a.is_member());
    presence.and_then(|account| account.presence().gap()).map_or(Truth::True, Truth::gap)
}

/// The caller's own policies, and the SCPs of its account.
fn principal_side(
    layers: &mut Layers,
    caller: PrincipalIx,
    rule: Rule,
    sides: &Sides,
    context: &EstateContext<'_, '_>,
    trace: &mut Trace,
) {
    let estate = context.estate();
    let principal = estate.principal(caller);
    let class = estate.class(principal.class());
    let is_left = |attached: &&Attached| match context.question.added {
        Added::Without(own) => own != *attached,
        Added::Left(group) => !attached.is_of_group(group),
        Added::Anything(replaced) => !replaced.takes(attached),
        _ => true,
    };
    layers.identity = attached_policies(class.policies().iter().filter(is_left), Layer::Identity, context, trace);
    add(layers, context, trace);
    if let Some(boundary) = class.boundary().filter(|own| !context.question.added.lifts(own)) {
        layers.boundary = attached_policies([boundary], Layer::Boundary, context, trace);
    }
    finish(layers, principal.account(), rule, sides, context, trace);
}

/// What somebody would have who is not there yet, and the SCPs of its account.
fn made_side(
    layers: &mut Layers,
    made: Made<'_>,
    rule: Rule,
    sides: &Sides,
    context: &EstateContext<'_, '_>,
    trace: &mut Trace,
) {
    add(layers, context, trace);
    match made.boundary {
        Bound::Everything => {}
        Bound::Document(ix) => {
            layers.boundary = LayerTruth::nothing();
            document(Document::Parsed(ix), BOUNDARY, Layer::Boundary, context, trace, &mut layers.boundary);
        }
        Bound::Unread => {
            let why =
                || Truth::unclear(Unclear::Undocumented("the policy that bounds what is made was not read".into()));
            layers.boundary = LayerTruth { allow: why(), deny: why() };
        }
    }
    finish(layers, made.account, rule, sides, context, trace);
}

/// What a question adds to the policies of the caller.
fn add(layers: &mut Layers, context: &EstateContext<'_, '_>, trace: &mut Trace) {
    match context.question.added {
        Added::Nothing | Added::Unbounded | Added::Without(_) | Added::Left(_) | Added::Retagged => {}
        Added::Policies(more) => layers.identity.join(attached_policies(more, Layer::Identity, context, trace)),
        Added::Anything(_) => layers.identity.allow = Truth::True,
        Added::AnythingAmong(more, replaced) => {
            let left = more.iter().filter(|attached| !replaced.takes(attached));
            layers.identity.join(attached_policies(left, Layer::Identity, context, trace));
            layers.identity.allow = Truth::True;
        }
    }
}

/// What none of its own policies allows, and the SCPs where that does not end it.
fn finish(
    layers: &mut Layers,
    account: AccountIx,
    rule: Rule,
    sides: &Sides,
    context: &EstateContext<'_, '_>,
    trace: &mut Trace,
) {
    if layers.identity.allow == Truth::False && trace.is_on() {
        trace.note(Layer::Identity, "", "no identity-based policy of the caller allows it", &Truth::False);
    }
    if layers.boundary.allow == Truth::False {
        trace.note(Layer::Boundary, BOUNDARY, "the boundary does not allow it", &Truth::False);
    }
    if !trace.is_on() && layers.is_refused(rule, sides) {
        return;
    }
    if sides.service_control_applies() {
        layers.scp = scp(context.estate().account(account).scps(), context, trace);
    }
}

/// The identity-based policies of a class, or its boundary.
fn attached_policies<'a>(
    policies: impl IntoIterator<Item = &'a Attached>,
    layer: Layer,
    context: &EstateContext<'_, '_>,
    trace: &mut Trace,
) -> LayerTruth {
    let mut found = LayerTruth::nothing();
    for attached in policies {
        let label = if trace.is_on() { label(attached) } else { String::new() };
        document(attached.document, &label, layer, context, trace, &mut found);
    }
    found
}

/// Name and attachment of a policy, for people: what evidence calls it.
#[must_use]
pub fn label(attached: &Attached) -> String {
    match &attached.origin {
        Origin::Inline => format!("{} (inline)", attached.name),
        Origin::Managed => attached.name.to_string(),
        Origin::GroupInline(group) => format!("{} (inline in group {group})", attached.name),
        Origin::GroupManaged(group) => format!("{} (of group {group})", attached.name),
    }
}

fn document(
    document: Document,
    label: &str,
    layer: Layer,
    context: &EstateContext<'_, '_>,
    trace: &mut Trace,
    found: &mut LayerTruth,
) {
    match document {
        Document::Parsed(ix) => found.read(context.estate().policy(ix), label, layer, context, trace),
        Document::Missing(gap) => {
            trace.note(layer, label, unknown(gap, context.question), &Truth::gap(gap));
            found.read_missing(gap);
        }
    }
}

fn unknown(gap: GapIx, request: &Question<'_>) -> String {
    format!("unknown: {}", request.estate.gap(gap).reason)
}

/// SCPs: an Allow at every level, no Deny at any.
fn scp(guardrails: &Guardrails, context: &EstateContext<'_, '_>, trace: &mut Trace) -> LayerTruth {
    let mut all = LayerTruth::open();
    for level in guardrails.levels() {
        let mut found = LayerTruth::nothing();
        for guardrail in level {
            let label =
                if trace.is_on() { format!("{} at {}", guardrail.name, guardrail.target) } else { String::new() };
            document(guardrail.document, &label, Layer::Scp, context, trace, &mut found);
        }
        if found.allow == Truth::False {
            let target = level.first().map_or("a level without policies", |g| &g.target);
            trace.note(Layer::Scp, "", format!("no SCP at {target} allows it"), &Truth::False);
        }
        all.allow = all.allow.and(found.allow);
        all.deny = all.deny.or(found.deny);
    }
    if let Some(gap) = guardrails.unknown() {
        trace.note(Layer::Scp, "", unknown(gap, context.question), &Truth::gap(gap));
        let nothing_known = guardrails.levels().is_empty();
        // where levels are known it is their being in force that is not
        all.allow = if nothing_known { Truth::gap(gap) } else { all.allow.or(Truth::gap(gap)) };
        all.deny = if nothing_known { Truth::False } else { all.deny.and(Truth::gap(gap)) };
    }
    all
}

/// RCPs of the resource's account: the default one allows all and cannot be detached, so only a Deny counts.
fn rcp_denies(context: &EstateContext<'_, '_>, trace: &mut Trace) -> Truth {
    let Some(account) = context.question.resource_account() else { return Truth::False };
    let guardrails = account.rcps();
    let mut found = LayerTruth::nothing();
    for guardrail in guardrails.levels().iter().flatten() {
        let label = if trace.is_on() { format!("{} at {}", guardrail.name, guardrail.target) } else { String::new() };
        document(guardrail.document, &label, Layer::Rcp, context, trace, &mut found);
    }
    match guardrails.unknown() {
        Some(gap) if guardrails.levels().is_empty() => Truth::gap(gap),
        Some(gap) => found.deny.and(Truth::gap(gap)),
        None => found.deny,
    }
}
