//! Calls that AWS makes for people: by an assignment into a role of Identity Center, by an entitlement into any role.
//!
//! Who is assigned or entitled stands in the tables of people; whether the role lets AWS in with what it passes of the person is
//! decided as any other call is.
//! Source: IAM Identity Center User Guide, "Referencing permission sets"; AWS IAM User Guide, "Prepare IAM roles" (account access
//! manager).

use super::candidates::Candidates;
use crate::arn::{Arn, saml_provider};
use crate::escalation::ACCOUNT_ACCESS;
use crate::eval::{Companion, Credential, Question, Truth, Unclear, allows, decide};
use crate::eval::{Test, Trace};
use crate::graph::edge::EdgeKind;
use crate::graph::passed::{Passed, constant};
use crate::graph::source::Source;
use crate::ids::{EntitlementIx, PrincipalIx};
use crate::model::people::{Assignee, Assignment, Entitlement, Grant, Landing, Tagging};
use crate::model::{Document, Estate, People};
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, sts};

/// A call that AWS makes for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeopleCall<'a> {
    pub(crate) from: &'a Source,
    pub(crate) kind: EdgeKind,
    pub(crate) to: PrincipalIx,
}

/// People are asked about by assignment; by entitlement, where the role is none of Identity Center's.
pub(super) fn is_assigned(source: &Source) -> bool {
    source.is_of_people()
}

/// Never the way that a question starts with by itself.
pub(super) fn is_entitled(_: &Source) -> bool {
    false
}

/// Those who are assigned the permission set that a role was made of.
pub(super) fn assigned(found: &mut Candidates<'_>) {
    let Some(people) = found.estate.people() else { return };
    people.assigned(found.role).for_each(|assignment| add(found, people, assignment.assignee()));
}

/// Those who are entitled to a role.
pub(super) fn entitled(found: &mut Candidates<'_>) {
    let Some(people) = found.estate.people() else { return };
    for ix in people.entitled(found.role) {
        if let Grant::Role { assignee, .. } = people.entitlement(*ix).grant() {
            add(found, people, assignee);
        }
    }
}

/// Users who cannot sign in are no source.
fn add(found: &mut Candidates<'_>, people: &People, assignee: &Assignee) {
    match assignee {
        Assignee::Person(person) if people.person(*person).is_disabled() => {}
        Assignee::Person(person) => _ = found.others.insert(Source::Person(*person)),
        Assignee::Group(group) => {
            let of_group = people.group(*group);
            found.others.extend(of_group.cohorts().iter().map(|cohort| Source::Cohort(*cohort)));
            found.others.extend(of_group.unread().map(|_| Source::PeopleGroup(*group)));
        }
        Assignee::Unknown(_) => {}
    }
}

/// The provider of Identity Center that a role trusts; of several the first.
pub(super) fn provider_of(estate: &Estate, role: PrincipalIx) -> Option<&str> {
    let Document::Parsed(trust) = estate.principal(role).role()?.trust else { return None };
    let allows = estate.policy(trust).statements.iter().filter(|s| s.effect == Effect::Allow);
    let entries = allows
        .filter(|s| s.actions.matches(&sts::ASSUME_ROLE_WITH_SAML))
        .filter_map(|s| s.principal.as_ref())
        .flat_map(|clause| &clause.entries);
    let mut named =
        entries.filter_map(|entry| if let PrincipalEntry::Federated(name) = entry { Some(&**name) } else { None });
    named.find(|name| is_of_identity_center(name))
}

/// `saml-provider/AWSSSO_…_DO_NOT_DELETE`.
pub(crate) fn is_of_identity_center(provider: &str) -> bool {
    let is_made = |name: &str| name.starts_with("AWSSSO_") && name.ends_with("_DO_NOT_DELETE");
    saml_provider(provider).is_some_and(is_made)
}

/// Whether the provider of Identity Center is a source of its own of a role: not where the people are known for whom it vouches.
pub(super) fn stands_for_people(estate: &Estate, role: PrincipalIx) -> bool {
    let entrance = estate.people().and_then(|people| people.entrance(role));
    entrance.is_none_or(|entrance| !entrance.unread().is_empty())
}

/// Whether the people are known whom a service brings: it is no source of its own then.
pub(super) fn replaces_service(estate: &Estate, service: &str) -> bool {
    let is_known = || match estate.people() {
        Some(people) => people.entitlements_unread().is_empty(),
        None => estate.entitled_unread().is_none(),
    };
    service == ACCOUNT_ACCESS && is_known()
}

/// True for what stands for people of whom not all are known: the provider of Identity Center, the account access manager.
pub(crate) fn is_for_unread(source: &Source) -> bool {
    match source {
        Source::Provider(name) => is_of_identity_center(name),
        Source::Service(name) => **name == *ACCOUNT_ACCESS,
        _ => false,
    }
}

/// What is not known of those for whom a source stands: whether there is anybody.
pub(super) fn unread_of(estate: &Estate, role: PrincipalIx, source: &Source) -> Truth {
    let gap = match (source, estate.people()) {
        _ if !is_for_unread(source) => None,
        (Source::Service(_), Some(people)) => people.entitlements_unread().first().copied(),
        // that nobody is known is told beside the answer
        (Source::Service(_), None) => None,
        (_, people) => people.and_then(|people| people.entrance(role)?.unread().first().copied()),
    };
    Truth::all(gap.map(Truth::gap))
}

/// Whether the people of an edge come in.
pub(super) fn truth(estate: &Estate, call: PeopleCall<'_>, question: &Question<'_>, trace: &mut Trace) -> Truth {
    let Some(passed) = Passed::of(estate, call.from, call.kind) else { return Truth::False };
    let asked = question.clone().signed(Credential::OF_ROLE);
    let mut entered = of_tags(passed, &asked, trace);
    if call.kind == EdgeKind::Entitlement {
        entered = of_entitlement(estate, call, entered.and(of_context(passed, &asked, trace)));
    }
    entered.and(known(estate, call, passed))
}

/// The call itself. The role must let AWS pass tags, too, where it passes any.
fn of_tags(passed: Passed<'_>, question: &Question<'_>, trace: &mut Trace) -> Truth {
    let without = decide(question, trace).replace(&mut |test| passed.of_call(test));
    if passed.tagging() == Tagging::Never {
        return without;
    }
    if trace.is_on() {
        let mut tagging = question.clone();
        tagging.action = Companion::TagSession.action();
        _ = decide(&tagging, trace);
    }
    let with = allows(question, Companion::TagSession).replace(&mut |test| passed.of_call(test));
    if passed.tagging() == Tagging::Surely || with == without {
        return with;
    }
    let both = with.clone().and(without.clone());
    both.or(passed.unclear_tags().and(with.or(without)))
}

/// The role must let the account access manager pass a context, too.
fn of_context(passed: Passed<'_>, question: &Question<'_>, trace: &mut Trace) -> Truth {
    let mut context = question.clone();
    context.action = &sts::SET_CONTEXT;
    decide(&context, trace).replace(&mut |test| passed.of_call(test))
}

/// The account access manager calls for the application of some entitlement.
fn of_entitlement(estate: &Estate, call: PeopleCall<'_>, entered: Truth) -> Truth {
    let Some(people) = estate.people() else { return Truth::False };
    let own = entitlements(people, call);
    own.fold(Truth::False, |any, (_, entitlement)| {
        any.or(entered.replace(&mut |test| of_source(estate, test, entitlement)))
    })
}

/// True where an assignment, or an entitlement, leads these people into the role.
pub(super) fn is_arranged(people: &People, call: PeopleCall<'_>) -> bool {
    if call.kind == EdgeKind::Entitlement {
        return entitlements(people, call).next().is_some();
    }
    assignments(people, call).next().is_some()
}

/// The assignments behind an edge.
pub(crate) fn assignments<'e>(people: &'e People, call: PeopleCall<'_>) -> impl Iterator<Item = &'e Assignment> {
    people.assigned(call.to).filter(move |assignment| stands_for(people, call.from, assignment.assignee()))
}

/// The entitlements behind an edge.
pub(crate) fn entitlements<'e>(
    people: &'e People,
    call: PeopleCall<'_>,
) -> impl Iterator<Item = (EntitlementIx, &'e Entitlement)> + use<'e> {
    let from = call.from.clone();
    let is_behind = move |assignee: &Assignee| stands_for(people, &from, assignee);
    people.entitled(call.to).iter().map(|ix| (*ix, people.entitlement(*ix))).filter(
        move |(_, entitlement)| matches!(entitlement.grant(), Grant::Role { assignee, .. } if is_behind(assignee)),
    )
}

/// True where a source is among those whom an assignment or an entitlement is for.
pub(crate) fn stands_for(people: &People, from: &Source, assignee: &Assignee) -> bool {
    match (assignee, from) {
        (Assignee::Person(own), Source::Person(person)) => own == person,
        (Assignee::Group(own), Source::Person(person)) => people.person(*person).groups().contains(own),
        (Assignee::Group(own), Source::Cohort(cohort)) => people.cohort(*cohort).group() == *own,
        (Assignee::Group(own), Source::PeopleGroup(group)) => own == group,
        _ => false,
    }
}

/// The application for which the account access manager calls, its account, and where that is in the organization.
fn of_source(estate: &Estate, test: &Test, entitlement: &Entitlement) -> Truth {
    let application = entitlement.application();
    let id = Arn::parse(application).and_then(|arn| arn.account_id());
    let account = id.and_then(|id| estate.account_by_id(id)).map(|ix| estate.account(ix)).filter(|own| own.is_member());
    let value = match test.key.kind() {
        KeyKind::SourceArn => Some(application.to_owned()),
        KeyKind::SourceAccount => id.map(|id| id.to_string()),
        KeyKind::SourceOrgId => account.and(estate.organization()).map(|organization| organization.id.to_string()),
        KeyKind::SourceOrgPaths => account.and_then(|account| estate.organization_path(account)),
        _ => None,
    };
    value.map_or_else(|| Truth::test(test.clone()), |value| constant(test, &[&value]))
}

/// What is not known of an edge whatever its role lets in: who is in the group, into which of several roles it leads.
fn known(estate: &Estate, call: PeopleCall<'_>, passed: Passed<'_>) -> Truth {
    let Some(people) = estate.people() else { return Truth::True };
    let of_group = match call.from {
        Source::PeopleGroup(group) => people.group(*group).unread().map_or(Truth::True, Truth::gap),
        _ => Truth::True,
    };
    let mut landings = assignments(people, call).filter(|_| passed.is_assigned()).map(Assignment::landing).peekable();
    let is_ambiguous = landings.peek().is_some() && landings.all(|landing| matches!(landing, Landing::Ambiguous(_)));
    let why = "the account has several roles of this permission set: which of them Identity Center uses is not known";
    of_group.and(if is_ambiguous { Truth::unclear(Unclear::Undocumented(why.into())) } else { Truth::True })
}
