//! The policies of an account that customers write, and who holds each.
//!
//! Owns: managed policies of the account itself, inline policies, and the roles whose policies no customer writes. Does not know what a
//! policy says (`grants`). Policies of one name and text that several principals of the account have inline are one: they were rolled
//! out together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::aws_made;
use crate::ids::{AccountIx, GapIx, PolicyIx, PrincipalIx};
use crate::model::{Attached, CustomerPolicy, Document, Estate, Group, Origin, PrincipalType};

/// What customers write in an account.
#[derive(Default)]
pub(crate) struct HeldPolicies<'a> {
    /// All managed policies of the account, attached or not.
    pub(crate) managed: Vec<Managed<'a>>,
    /// Inline policies that were read.
    pub(crate) inline: Vec<Inline<'a>>,
    /// How many there are, each holder's own.
    pub(crate) inline_count: usize,
    /// Why somebody may hold a policy, or have it as boundary, without being among its holders.
    pub(crate) holders_unread: Option<GapIx>,
    /// How many policies were not read, and why.
    pub(crate) unread: (usize, BTreeSet<GapIx>),
}

/// A managed policy of the account.
pub(crate) struct Managed<'a> {
    pub(crate) policy: &'a CustomerPolicy,
    /// Roles, users and groups that it is attached to, in order.
    pub(crate) holders: Vec<Holder<'a>>,
    /// Whether it is the permissions boundary of somebody.
    pub(crate) is_boundary: bool,
}

/// An inline policy, once for all who have the same.
#[derive(Clone)]
pub(crate) struct Inline<'a> {
    pub(crate) name: &'a str,
    pub(crate) document: PolicyIx,
    /// At least one, in order.
    pub(crate) holders: Vec<Holder<'a>>,
    /// Whether some of them have one that says something else besides.
    pub(crate) differs: bool,
}

impl<'a> Inline<'a> {
    /// Adds who has a policy of this name of which the same is told; `differs` if it says something else besides. It is told as the first
    /// of them has it.
    pub(crate) fn join(&mut self, mut other: Self, differs: bool) {
        other.differs = self.differs || differs;
        self.differs = other.differs;
        if other.holders.first().map(Holder::order) < self.holders.first().map(Holder::order) {
            std::mem::swap(self, &mut other);
        }
        self.holders.append(&mut other.holders);
        self.holders.sort_unstable_by_key(Holder::order);
    }
}

/// Who has a policy.
#[derive(Clone, Copy)]
pub(crate) enum Holder<'a> {
    Principal(PrincipalIx),
    Group(&'a Group),
}

impl<'a> Holder<'a> {
    /// Principals by their place, then groups by name.
    fn order(&self) -> (Option<&'a str>, Option<PrincipalIx>) {
        match self {
            Self::Principal(ix) => (None, Some(*ix)),
            Self::Group(group) => (Some(group.name.as_str()), None),
        }
    }

    pub(crate) fn arn(self, estate: &Estate) -> String {
        match self {
            Self::Principal(ix) => estate.arn(ix),
            Self::Group(group) => group.arn.clone(),
        }
    }

    /// `role/app`
    pub(crate) fn name(self, estate: &Estate) -> String {
        match self {
            Self::Group(group) => format!("group/{}", group.name),
            Self::Principal(ix) => {
                let principal = estate.principal(ix);
                let kind = if principal.kind() == PrincipalType::Role { "role" } else { "user" };
                format!("{kind}/{}", principal.name())
            }
        }
    }

    /// Whether AWS or one of its tools writes its inline policies: nobody is told to change them.
    fn is_written_by_aws(self, estate: &Estate) -> bool {
        match self {
            Self::Principal(ix) => {
                let principal = estate.principal(ix);
                principal.is_service_linked() || aws_made::is_default_admin_role(principal.name())
            }
            Self::Group(_) => false,
        }
    }

    /// Which tool of AWS made it.
    pub(crate) fn maker(self, estate: &Estate) -> &'static str {
        match self {
            Self::Principal(ix) => aws_made::maker(estate.principal(ix)),
            Self::Group(_) => "",
        }
    }
}

/// `role/a`, `role/a and role/b`, `role/a, role/b and 3 more`.
pub(crate) fn named(estate: &Estate, holders: &[Holder<'_>]) -> String {
    match holders {
        [] => String::new(),
        [one] => one.name(estate),
        [one, other] => format!("{} and {}", one.name(estate), other.name(estate)),
        [one, other, rest @ ..] => {
            format!("{}, {} and {} more", one.name(estate), other.name(estate), rest.len())
        }
    }
}

/// The policies of an account.
pub(crate) fn held(estate: &Estate, ix: AccountIx) -> HeldPolicies<'_> {
    let account = estate.account(ix);
    let mut gather = Gather { by_name: HashMap::new(), inline: BTreeMap::new(), found: HeldPolicies::default() };
    for policy in account.facts().customer_policies.iter().flatten() {
        gather.by_name.insert(policy.name(), gather.found.managed.len());
        gather.found.managed.push(Managed { policy, holders: Vec::new(), is_boundary: false });
    }
    for class in estate.classes_of(ix).map(|class| estate.class(class)) {
        let holders = || class.members().iter().map(|member| Holder::Principal(*member));
        // the members of a class need not have one name
        let writers = || holders().filter(|holder| !holder.is_written_by_aws(estate));
        for attached in class.policies() {
            match attached.origin {
                Origin::Managed => gather.attach(attached, holders()),
                Origin::Inline => gather.add_inline(attached, &writers().collect::<Vec<_>>()),
                // counted with their group, if it was read
                Origin::GroupInline(ref group) if *group == attached.name => gather.not_read(attached),
                Origin::GroupInline(_) | Origin::GroupManaged(_) => {}
            }
        }
        if let Some(boundary) = class.boundary() {
            match gather.managed(boundary) {
                Some(managed) => managed.is_boundary = true,
                None if boundary.stands_for_unread() => gather.not_read(boundary),
                None => {}
            }
        }
    }
    for group in &account.facts().groups {
        for attached in &group.policies {
            match attached.origin {
                Origin::Managed => gather.attach(attached, std::iter::once(Holder::Group(group))),
                _ => gather.add_inline(attached, &[Holder::Group(group)]),
            }
        }
    }
    gather.finish()
}

struct Gather<'a> {
    /// Positions of managed policies: names of policies are unique in an account.
    by_name: HashMap<&'a str, usize>,
    inline: BTreeMap<(&'a str, PolicyIx), Vec<Holder<'a>>>,
    found: HeldPolicies<'a>,
}

impl<'a> Gather<'a> {
    fn managed(&mut self, attached: &Attached) -> Option<&mut Managed<'a>> {
        let at = self.by_name.get(&*attached.name).filter(|_| !attached.is_aws_managed)?;
        self.found.managed.get_mut(*at)
    }

    /// Something that any managed policy of the account may stand behind.
    fn not_read(&mut self, attached: &Attached) {
        if self.found.holders_unread.is_none() {
            self.found.holders_unread = attached.document.gap();
        }
    }

    fn attach(&mut self, attached: &Attached, holders: impl Iterator<Item = Holder<'a>>) {
        match (self.managed(attached), attached.document) {
            (Some(managed), _) => managed.holders.extend(holders),
            (None, Document::Missing(gap)) if !attached.is_aws_managed => {
                self.found.unread.0 += 1;
                self.found.unread.1.insert(gap);
            }
            (None, _) => {}
        }
    }

    fn add_inline(&mut self, attached: &'a Attached, holders: &[Holder<'a>]) {
        match attached.document {
            Document::Parsed(ix) => {
                self.found.inline_count += holders.len();
                if !holders.is_empty() {
                    self.inline.entry((&attached.name, ix)).or_default().extend(holders);
                }
            }
            Document::Missing(gap) => {
                self.found.unread.0 += holders.len();
                self.found.unread.1.insert(gap);
                if attached.stands_for_unread() {
                    self.not_read(attached);
                }
            }
        }
    }

    fn finish(mut self) -> HeldPolicies<'a> {
        let sort = |holders: &mut Vec<Holder<'a>>| holders.sort_unstable_by_key(Holder::order);
        self.found.managed.iter_mut().for_each(|managed| sort(&mut managed.holders));
        for ((name, document), mut holders) in self.inline {
            sort(&mut holders);
            self.found.inline.push(Inline { name, document, holders, differs: false });
        }
        self.found
    }
}
