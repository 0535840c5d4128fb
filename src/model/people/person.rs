//! Users and groups of an identity store.

use crate::ids::{CohortIx, GapIx, InstanceIx, PeopleGroupIx, PersonIx};

/// A user of an identity store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub(in crate::model) instance: InstanceIx,
    pub(in crate::model) id: Box<str>,
    pub(in crate::model) user_name: Option<Box<str>>,
    pub(in crate::model) display_name: Option<Box<str>>,
    pub(in crate::model) email: Option<Box<str>>,
    pub(in crate::model) is_disabled: bool,
    pub(in crate::model) issuers: Box<[Box<str>]>,
    /// Another identity store has a user of this name.
    pub(in crate::model) is_namesake: bool,
    pub(in crate::model) groups: Vec<PeopleGroupIx>,
    pub(in crate::model) cohorts: Vec<CohortIx>,
    /// Session tags of this person's sessions, by key in order; keys that are not here have no value.
    pub(in crate::model) tags: Box<[(Box<str>, TagValue)]>,
    /// What tags of other keys are.
    pub(in crate::model) other_tags: TagValue,
}

/// What is known of a session tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagValue {
    /// Its value.
    Value(Box<str>),
    /// The session has none of this key.
    Absent,
    /// It comes from where rolehop does not see it.
    Unknown,
}

/// Whether sessions of a person have tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tagging {
    /// They have one at least.
    Surely,
    /// They may.
    Perhaps,
    /// They have none.
    Never,
}

/// The name of a session that Identity Center makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionName<'a> {
    /// The user name.
    Known(&'a str),
    /// The user name is not known, or no session can be called so.
    Unknown,
}

impl Person {
    /// The instance whose identity store has it.
    #[must_use]
    pub fn instance(&self) -> InstanceIx {
        self.instance
    }

    /// The id in the identity store.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The user name; the id where there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.user_name.as_deref().unwrap_or(&self.id)
    }

    /// The user name.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }

    /// As the person is called: `Ada Lovelace`.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// The primary address, or the only one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// True for users who cannot sign in.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// Where the user comes from: issuers of SCIM or Active Directory; empty for users of Identity Center's own directory.
    #[must_use]
    pub fn issuers(&self) -> &[Box<str>] {
        &self.issuers
    }

    /// Groups that the user is a member of, in order.
    #[must_use]
    pub fn groups(&self) -> &[PeopleGroupIx] {
        &self.groups
    }

    /// The cohorts of these groups that the user is in; none for users who cannot sign in.
    #[must_use]
    pub fn cohorts(&self) -> &[CohortIx] {
        &self.cohorts
    }

    /// The keys of tags that sessions of this person may have, in order.
    pub fn tag_keys(&self) -> impl Iterator<Item = (&str, &TagValue)> {
        self.tags.iter().map(|(key, value)| (&**key, value))
    }

    /// What tags are that are not among [`Person::tag_keys`].
    #[must_use]
    pub fn other_tags(&self) -> &TagValue {
        &self.other_tags
    }

    /// Whether sessions of this person have any tags.
    #[must_use]
    pub fn tagging(&self) -> Tagging {
        let mut all = self.tags.iter().map(|(_, value)| value).chain([&self.other_tags]);
        match () {
            () if all.clone().any(|value| matches!(value, TagValue::Value(_))) => Tagging::Surely,
            () if all.all(|value| *value == TagValue::Absent) => Tagging::Never,
            () => Tagging::Perhaps,
        }
    }

    /// What a session of this person has for a tag; keys ignore case.
    #[must_use]
    pub fn tag(&self, key: &str) -> &TagValue {
        let own = self.tags.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
        own.map_or(&self.other_tags, |(_, value)| value)
    }

    /// What sessions of this person are called: Identity Center passes the user name.
    #[must_use]
    pub fn session_name(&self) -> SessionName<'_> {
        let fits = |name: &&str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
            (2..=64).contains(&name.len()) && name.chars().all(allowed)
        };
        self.user_name().filter(fits).map_or(SessionName::Unknown, SessionName::Known)
    }
}

/// A group of an identity store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleGroup {
    pub(in crate::model) instance: InstanceIx,
    pub(in crate::model) id: Box<str>,
    pub(in crate::model) display_name: Option<Box<str>>,
    pub(in crate::model) is_namesake: bool,
    pub(in crate::model) members: Vec<PersonIx>,
    /// Why there may be more.
    pub(in crate::model) unread: Option<GapIx>,
    pub(in crate::model) cohorts: Vec<CohortIx>,
}

impl PeopleGroup {
    /// The instance whose identity store has it.
    #[must_use]
    pub fn instance(&self) -> InstanceIx {
        self.instance
    }

    /// The id in the identity store.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name; the id where there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }

    /// Its members, disabled ones too, in order. Groups have users as members, never groups.
    #[must_use]
    pub fn members(&self) -> &[PersonIx] {
        &self.members
    }

    /// Why it may have other members than these.
    #[must_use]
    pub fn unread(&self) -> Option<GapIx> {
        self.unread
    }

    /// Its members who can sign in, those together whom no policy tells apart.
    #[must_use]
    pub fn cohorts(&self) -> &[CohortIx] {
        &self.cohorts
    }
}
