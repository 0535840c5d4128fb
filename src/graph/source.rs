//! Who an edge or a path starts at.

use std::sync::Arc;

use super::group::Group;
use crate::answer::PrincipalKind;
use crate::eval::{Caller, Outside};
use crate::ids::{AccountId, AccountIx, ClassIx, CohortIx, PeopleGroupIx, PersonIx, PrincipalIx};
use crate::model::{Estate, People, PrincipalType, Ways};

/// Who an edge starts at. Ordered for output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Every member of a class.
    Class(ClassIx),
    /// Every member of several classes of one account, of users or of roles.
    Classes(Group),
    /// Every member of several classes of roles, but those of the account whose role they assume: there they are decided
    /// otherwise.
    Roles(Group),
    /// One user or role.
    Principal(PrincipalIx),
    /// A service principal.
    Service(Arc<str>),
    /// ARN or well-known name of an identity provider.
    Provider(Arc<str>),
    /// Some principal of an account that was not collected.
    Account(AccountId),
    /// A named principal of such an account.
    Outsider(Arc<str>, AccountId),
    /// Anybody.
    Everyone,
    /// A user of an identity store.
    Person(PersonIx),
    /// Members of a group of an identity store whom no policy tells apart.
    Cohort(CohortIx),
    /// A group of an identity store whose members were not all read.
    PeopleGroup(PeopleGroupIx),
}

impl Source {
    /// As it is printed: an ARN, a service principal, a provider, an account id or `*`; a group for its members. Classes have no name.
    #[must_use]
    pub fn name(&self, estate: &Estate) -> String {
        match self {
            Self::Class(_) | Self::Classes(_) | Self::Roles(_) => String::new(),
            Self::Principal(ix) => estate.arn(*ix),
            Self::Person(ix) => people(estate).name_of(*ix),
            Self::PeopleGroup(ix) => group_name(people(estate), *ix),
            Self::Cohort(ix) => group_name(people(estate), people(estate).cohort(*ix).group()),
            Self::Service(name) | Self::Provider(name) | Self::Outsider(name, _) => name.to_string(),
            Self::Account(id) => id.to_string(),
            Self::Everyone => "*".to_owned(),
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self, estate: &Estate) -> PrincipalKind {
        let of = |kind| if kind == PrincipalType::User { PrincipalKind::User } else { PrincipalKind::Role };
        match self {
            Self::Class(ix) => of(estate.class(*ix).kind()),
            Self::Classes(group) => of(estate.principal(first(group)).kind()),
            Self::Roles(_) => PrincipalKind::Role,
            Self::Principal(ix) => of(estate.principal(*ix).kind()),
            Self::Service(_) => PrincipalKind::Service,
            Self::Provider(_) => PrincipalKind::Federated,
            Self::Account(_) => PrincipalKind::Account,
            Self::Outsider(arn, _) if arn.contains(":user/") => PrincipalKind::User,
            Self::Outsider(..) => PrincipalKind::Role,
            Self::Everyone => PrincipalKind::Public,
            Self::Person(_) | Self::Cohort(_) => PrincipalKind::Person,
            Self::PeopleGroup(_) => PrincipalKind::Group,
        }
    }

    /// Its account id; empty for services, people, everybody and roles of several accounts, the provider's own for a provider.
    #[must_use]
    pub fn account(&self, estate: &Estate) -> String {
        match self {
            Self::Class(ix) => estate.account(estate.class(*ix).account()).id().to_string(),
            Self::Principal(ix) => estate.account(estate.principal(*ix).account()).id().to_string(),
            Self::Classes(group) => estate.account(estate.principal(first(group)).account()).id().to_string(),
            Self::Provider(arn) => {
                crate::arn::Arn::parse(arn).and_then(|a| a.account_id()).map_or_else(String::new, |id| id.to_string())
            }
            Self::Account(id) | Self::Outsider(_, id) => id.to_string(),
            Self::Roles(_)
            | Self::Service(_)
            | Self::Everyone
            | Self::Person(_)
            | Self::Cohort(_)
            | Self::PeopleGroup(_) => String::new(),
        }
    }

    /// The account of the snapshot that it is in; the provider's own for a provider.
    #[must_use]
    pub fn home(&self, estate: &Estate) -> Option<AccountIx> {
        match self {
            Self::Class(ix) => Some(estate.class(*ix).account()),
            Self::Principal(ix) => Some(estate.principal(*ix).account()),
            Self::Classes(group) => Some(estate.principal(first(group)).account()),
            Self::Account(id) | Self::Outsider(_, id) => estate.account_by_id(*id),
            Self::Provider(arn) => crate::arn::Arn::parse(arn)?.account_id().and_then(|id| estate.account_by_id(id)),
            _ => None,
        }
    }

    /// The principals it stands for; which of them an edge starts at is for [`Edge::callers`](super::Edge::callers) to say.
    #[must_use]
    pub fn members<'a>(&'a self, estate: &'a Estate) -> &'a [PrincipalIx] {
        match self {
            Self::Class(ix) => estate.class(*ix).members(),
            Self::Classes(group) | Self::Roles(group) => group.members(),
            Self::Principal(ix) => std::slice::from_ref(ix),
            _ => &[],
        }
    }

    /// The people it stands for, as far as they are known.
    #[must_use]
    pub fn persons<'a>(&'a self, estate: &'a Estate) -> &'a [PersonIx] {
        match self {
            Self::Person(ix) => std::slice::from_ref(ix),
            Self::Cohort(ix) => people(estate).cohort(*ix).members(),
            _ => &[],
        }
    }

    /// True where roles of the estate call.
    pub(super) fn is_of_roles(&self, estate: &Estate) -> bool {
        self.members(estate).first().is_some_and(|ix| estate.principal(*ix).kind() == PrincipalType::Role)
    }

    /// True for a user who has no access key and signs in to the console alone, where IAM asks for the user's MFA device: such a user
    /// reaches nothing without MFA, whatever policies ask for.
    #[must_use]
    pub fn signs_in_with_mfa(&self, estate: &Estate) -> bool {
        matches!(self, Self::Principal(ix) if estate.principal(*ix).kind() == PrincipalType::User
            && estate.principal(*ix).sign_in().ways == Ways::ConsoleWithMfa)
    }

    /// Why nobody can act as it: its account is suspended, closed or not active yet.
    #[must_use]
    pub fn out_of_use<'e>(&self, estate: &'e Estate) -> Option<&'e str> {
        let (Self::Account(id) | Self::Outsider(_, id)) = self else { return None };
        estate.account_by_id(*id).and_then(|ix| estate.account(ix).out_of_use())
    }

    /// True for people and their groups.
    #[must_use]
    pub fn is_of_people(&self) -> bool {
        matches!(self, Self::Person(_) | Self::Cohort(_) | Self::PeopleGroup(_))
    }

    /// True for sources that stand for principals of the estate or for people, each of whom is named.
    #[must_use]
    pub fn is_expanded(&self, estate: &Estate) -> bool {
        !self.members(estate).is_empty() || matches!(self, Self::Cohort(_))
    }

    /// The principals it stands for where it is the start of an edge into a role, in order.
    pub(super) fn callers<'a>(
        &'a self,
        estate: &'a Estate,
        to: PrincipalIx,
    ) -> impl Iterator<Item = PrincipalIx> + Clone + use<'a> {
        let [before, after] = match self {
            Self::Roles(group) => {
                let [before, _, after] = group.split(estate, estate.principal(to).account());
                [before, after]
            }
            _ => [self.members(estate), &[]],
        };
        before.iter().chain(after).copied()
    }

    /// The caller to decide a call to assume a role for; a class is decided for one of its members.
    pub(super) fn caller_of<'a>(&'a self, estate: &Estate, to: PrincipalIx) -> Caller<'a> {
        match self {
            Self::Roles(_) => {
                let first = self.callers(estate, to).next();
                Caller::Principal(first.unwrap_or_else(|| unreachable!("an edge has a caller")))
            }
            _ => self.caller(estate),
        }
    }

    /// The caller to decide a question for, of a source that starts a path: never a group.
    pub(super) fn caller<'a>(&'a self, estate: &Estate) -> Caller<'a> {
        match self {
            Self::Class(_) | Self::Classes(_) | Self::Roles(_) | Self::Principal(_) => match self.members(estate) {
                [first, ..] => Caller::Principal(*first),
                [] => unreachable!("a class is made of its members"),
            },
            Self::Service(name) => Caller::Service(name),
            Self::Provider(name) => Caller::Provider(name),
            Self::Account(id) => Caller::Outside(Outside::Account(*id)),
            Self::Outsider(arn, id) => Caller::Outside(Outside::Principal(arn, *id)),
            Self::Everyone => Caller::Outside(Outside::Anyone),
            // who makes the call for them, `EdgeCall` knows
            Self::Person(_) | Self::Cohort(_) | Self::PeopleGroup(_) => Caller::Provider(""),
        }
    }
}

/// The people that a source is of.
fn people(estate: &Estate) -> &People {
    estate.people().unwrap_or_else(|| unreachable!("a person of an estate that has people"))
}

/// `group NAME`.
pub(super) fn group_name(people: &People, group: PeopleGroupIx) -> String {
    format!("group {}", people.name_of_group(group))
}

fn first(group: &Group) -> PrincipalIx {
    let first = group.members().first();
    *first.unwrap_or_else(|| unreachable!("a class is made of its members"))
}
