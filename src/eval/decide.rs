//! How the layers combine.
//!
//! Owns: which layers apply to which caller, and the asymmetry between being named and being trusted through an account.
//! Source: AWS IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic"; AWS Organizations User
//! Guide, "SCP evaluation", "Resource control policies"; AWS STS API Reference, AssumeRole.

use super::context::EstateContext;
use super::exempt::Sides;
use super::layer::LayerTruth;
use super::principal::{self, NotPrincipal, ResourceBased, TrustTruth};
use super::question::{Caller, Outside, Question};
use super::residual::Truth;
use super::statement::WithoutResource;
use super::trace::Trace;
use crate::answer::Layer;
use crate::arn::{Arn, Named};
use crate::ids::{GapIx, PrincipalIx};
use crate::model::{Attached, Document, Guardrails, Origin, PrincipalType};
use crate::policy::Policy;

/// Whether the caller may do what it asks, as far as its request carries what it says.
pub(super) fn layers(context: &EstateContext<'_, '_>, trace: &mut Trace) -> Truth {
    let request = context.question;
    let role = request.estate.principal(request.role);
    let Some(facts) = role.role() else { return Truth::False };
    if request.crosses_partitions() {
        trace.note(Layer::Trust, "", "a role cannot be assumed from another partition", &Truth::False);
        return Truth::False;
    }
    let trust = match facts.trust {
        Document::Parsed(ix) => principal::truth(trust_policy(request.estate.policy(ix)), context, trace),
        Document::Missing(gap) => {
            trace.note(Layer::Trust, "trust policy", unknown(gap, request), &Truth::gap(gap));
            // might trust anybody
            TrustTruth { everyone: Truth::gap(gap), ..TrustTruth::nothing() }
        }
    };
    let nobody = trust.grants_nothing();
    if nobody || trust.denied == Truth::True {
        if nobody && !trace.mentions(Layer::Trust) {
            trace.note(
                Layer::Trust,
                "trust policy",
                "no statement of the trust policy names the caller",
                &Truth::False,
            );
        }
        // an explanation wants the other layers too
        if !trace.is_on() {
            return Truth::False;
        }
    }
    let bound = sides(request).resource_control_applies();
    let denied_by_rcp = if bound { rcp_denies(context, trace) } else { Truth::False };
    let open = trust.denied.clone().or(denied_by_rcp).not();
    let granted = match request.caller {
        Caller::Principal(caller) => principal_side(caller, trust, context, trace),
        // their own policies are not ours to know: assumed to permit
        Caller::Outside(_) => trust.any().and(uncollected(request)),
        Caller::Service(_) | Caller::Provider(_) => trust.named,
    };
    granted.and(open)
}

/// What guardrails know of a request.
fn sides(request: &Question<'_>) -> Sides {
    let caller = match request.caller {
        Caller::Principal(ix) => Some(request.estate.principal(ix)),
        Caller::Outside(_) | Caller::Service(_) | Caller::Provider(_) => None,
    };
    Sides {
        caller_is_iam: caller.is_some(),
        caller_is_linked: match request.caller {
            Caller::Outside(Outside::Principal(arn, _)) => is_linked(arn),
            _ => caller.is_some_and(|c| c.is_service_linked()),
        },
        target_is_linked: request.estate.principal(request.role).is_service_linked(),
    }
}

/// True for the ARN of a service-linked role, of an account that was not read.
fn is_linked(arn: &str) -> bool {
    matches!(Arn::parse(arn).map(|a| a.named()), Some(Named::Role { path, .. }) if path.starts_with("/aws-service-role/"))
}

/// A trust policy has no `Resource`: it speaks of its role.
pub(super) fn trust_policy(policy: &Policy) -> ResourceBased<'_> {
    ResourceBased {
        policy,
        layer: Layer::Trust,
        label: "trust policy",
        without: WithoutResource::TheRole,
        not_principal: NotPrincipal::Unsupported,
    }
}

/// A listed account that was not read: whether its own policies permit is unknown.
fn uncollected(request: &Question<'_>) -> Truth {
    let presence = request.caller_account().map(|ix| request.estate.account(ix)).filter(|a| a.is_member());
    presence.and_then(|account| account.presence().gap()).map_or(Truth::True, Truth::gap)
}

fn principal_side(caller: PrincipalIx, trust: TrustTruth, context: &EstateContext<'_, '_>, trace: &mut Trace) -> Truth {
    let request = context.question;
    let principal = request.estate.principal(caller);
    let class = request.estate.class(principal.class());
    let same_account = principal.account() == request.estate.principal(request.role).account();
    let identity = attached_policies(class.policies(), Layer::Identity, context, trace);
    let boundary = class.boundary().map_or_else(LayerTruth::open, |boundary| {
        attached_policies(std::slice::from_ref(boundary), Layer::Boundary, context, trace)
    });
    if identity.allow == Truth::False && trace.is_on() {
        trace.note(Layer::Identity, "", "no identity-based policy of the caller allows it", &Truth::False);
    }
    if boundary.allow == Truth::False {
        trace.note(Layer::Boundary, "permissions boundary", "the boundary does not allow it", &Truth::False);
    }
    let own = identity.allow.and(boundary.allow.clone());
    let allowed = if same_account {
        let named = match principal.kind() {
            // a grant to the user itself is not limited by an implicit deny in its boundary
            PrincipalType::User => trust.named,
            PrincipalType::Role => trust.named.and(boundary.allow),
        };
        named.or(trust.session).or(trust.everyone).or(trust.delegated.and(own))
    } else {
        trust.any().and(own)
    };
    if allowed == Truth::False && !trace.is_on() {
        return Truth::False;
    }
    let denied = identity.deny.or(boundary.deny);
    let scp = if sides(request).service_control_applies() {
        scp(request.estate.account(principal.account()).scps(), context, trace)
    } else {
        LayerTruth::open()
    };
    allowed.and(scp.allow).and(denied.or(scp.deny).not())
}

/// The identity-based policies of a class, or its boundary.
fn attached_policies(
    policies: &[Attached],
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

/// Name and attachment of a policy, for people.
fn label(attached: &Attached) -> String {
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

/// RCPs of the role's account: the default one allows all and cannot be detached, so only a Deny counts.
fn rcp_denies(context: &EstateContext<'_, '_>, trace: &mut Trace) -> Truth {
    let guardrails = context.question.role_account().rcps();
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
