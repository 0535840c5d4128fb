//! The layers of a request that comes with its documents.
//!
//! Owns: which document of `simulate` belongs to which layer, and where it is said to stand. Does not know how the
//! layers combine.

use serde_json::value::RawValue;

use super::error::SimulateError;
use crate::answer::Layer;
use crate::answer::simulation::Request;
use crate::eval::combine::Layers;
use crate::eval::context::{Given, Kind, RequestContext};
use crate::eval::layer::LayerTruth;
use crate::eval::principal::{self, NotPrincipal, ResourceBased, ResourceTruth};
use crate::eval::residual::Truth;
use crate::eval::sides::Sides;
use crate::eval::special::Rule;
use crate::eval::statement::WithoutResource;
use crate::eval::trace::Trace;
use crate::policy::{self, Place, Policy};

/// Reads the layers.
///
/// # Errors
/// Where a document does not parse.
pub(super) fn layers(
    request: &Request,
    context: &Given<'_>,
    rule: Rule,
    sides: &Sides,
    trace: &mut Trace,
) -> Result<Layers, SimulateError> {
    let mut layers = Layers::new();
    if sides.caller.is_iam() {
        layers.identity = identity(request, context, trace)?;
        layers.boundary = boundaries(&request.permissions_boundaries, context, trace)?;
        if !request.session_policies.is_empty() {
            layers.session = read(&request.session_policies, "sessionPolicies", Layer::Session, context, trace)?;
        }
    }
    if sides.service_control_applies()
        && let Some(levels) = &request.service_control_policies
    {
        layers.scp = scp(levels, context, trace)?;
    }
    if sides.resource_control_applies() {
        for (level, documents) in request.resource_control_policies.iter().flatten().enumerate() {
            let place = format!("resourceControlPolicies[{level}]");
            layers.rcp.deny = layers.rcp.deny.or(read(documents, &place, Layer::Rcp, context, trace)?.deny);
        }
    }
    layers.resource = resource(request, context, rule, trace)?;
    Ok(layers)
}

/// A resource's policy is a trust policy where a role is to be assumed.
pub(super) fn trust_or_resource(rule: Rule, context: &Given<'_>) -> Layer {
    if rule == Rule::OwnerDecides && context.action().service() == "sts" { Layer::Trust } else { Layer::Resource }
}

fn parsed(document: &RawValue, place: &str, layer: Layer) -> Result<Policy, SimulateError> {
    let stands = match layer {
        Layer::Identity | Layer::Boundary | Layer::Session => Place::Identity,
        Layer::Scp => Place::ServiceControl,
        Layer::Rcp => Place::ResourceControl,
        // whatever a resource has names whom it lets in
        Layer::Trust | Layer::Resource => Place::Trust,
    };
    let accepted = policy::parse(document.get()).and_then(|policy| stands.accept(policy));
    accepted.map_err(|source| SimulateError::Policy { place: place.to_owned(), source })
}

/// Reads every document, those too that have no part in this request.
///
/// # Errors
/// Where IAM would not have saved one.
pub(super) fn check(request: &Request) -> Result<(), SimulateError> {
    let lists = [
        ("identityPolicies", Layer::Identity, &request.identity_policies),
        ("permissionsBoundaries", Layer::Boundary, &request.permissions_boundaries),
        ("sessionPolicies", Layer::Session, &request.session_policies),
    ];
    let levels = [
        ("serviceControlPolicies", Layer::Scp, &request.service_control_policies),
        ("resourceControlPolicies", Layer::Rcp, &request.resource_control_policies),
    ];
    let mut all: Vec<(String, Layer, &[Box<RawValue>])> =
        lists.into_iter().map(|(name, layer, list)| (name.to_owned(), layer, list.as_slice())).collect();
    for (name, layer, levels) in levels {
        let levels = levels.iter().flatten().enumerate();
        all.extend(levels.map(|(level, list)| (format!("{name}[{level}]"), layer, list.as_slice())));
    }
    for (name, layer, list) in all {
        for (at, document) in list.iter().enumerate() {
            parsed(document, &format!("{name}[{at}]"), layer)?;
        }
    }
    let of_resource = request.resource_policy.iter();
    of_resource.map(|document| parsed(document, "resourcePolicy", Layer::Resource)).try_for_each(|read| read.map(drop))
}

/// Reads a list of documents into one layer.
fn read(
    documents: &[Box<RawValue>],
    place: &str,
    layer: Layer,
    context: &Given<'_>,
    trace: &mut Trace,
) -> Result<LayerTruth, SimulateError> {
    let mut found = LayerTruth::nothing();
    for (at, document) in documents.iter().enumerate() {
        let place = format!("{place}[{at}]");
        found.read(&parsed(document, &place, layer)?, &place, layer, context, trace);
    }
    Ok(found)
}

fn identity(request: &Request, context: &Given<'_>, trace: &mut Trace) -> Result<LayerTruth, SimulateError> {
    let mut identity = read(&request.identity_policies, "identityPolicies", Layer::Identity, context, trace)?;
    match context.caller.kind {
        Kind::Root => identity.allow = Truth::True,
        // such a session has what both the user's policies and its own allow, and without its own nothing
        Kind::FederatedUser(_) if request.session_policies.is_empty() => identity.allow = Truth::False,
        _ => {}
    }
    Ok(identity)
}

/// Each boundary must allow by itself: a session has its role's, and may have more.
fn boundaries(
    documents: &[Box<RawValue>],
    context: &Given<'_>,
    trace: &mut Trace,
) -> Result<LayerTruth, SimulateError> {
    let mut all = LayerTruth::open();
    for (at, document) in documents.iter().enumerate() {
        let place = format!("permissionsBoundaries[{at}]");
        let mut one = LayerTruth::nothing();
        one.read(&parsed(document, &place, Layer::Boundary)?, &place, Layer::Boundary, context, trace);
        all.allow = all.allow.and(one.allow);
        all.deny = all.deny.or(one.deny);
    }
    Ok(all)
}

fn scp(levels: &[Vec<Box<RawValue>>], context: &Given<'_>, trace: &mut Trace) -> Result<LayerTruth, SimulateError> {
    let mut all = LayerTruth::open();
    for (level, documents) in levels.iter().enumerate() {
        let place = format!("serviceControlPolicies[{level}]");
        let one = read(documents, &place, Layer::Scp, context, trace)?;
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
    context: &Given<'_>,
    rule: Rule,
    trace: &mut Trace,
) -> Result<ResourceTruth, SimulateError> {
    let Some(document) = &request.resource_policy else { return Ok(ResourceTruth::nothing()) };
    let layer = trust_or_resource(rule, context);
    let policy = parsed(document, "resourcePolicy", layer)?;
    let is_trust = layer == Layer::Trust;
    let not_principal = if is_trust {
        NotPrincipal::Unsupported
    } else if request.permissions_boundaries.is_empty() {
        NotPrincipal::Literal
    } else {
        NotPrincipal::Bounded
    };
    let based = ResourceBased {
        policy: &policy,
        layer,
        label: "resourcePolicy",
        without: if is_trust { WithoutResource::TheRole } else { WithoutResource::Nothing },
        not_principal,
    };
    Ok(principal::truth(based, context, trace))
}
