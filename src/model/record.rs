//! What one principal is apart from all others, in few bytes: an estate may have a million.
//!
//! Owns: how names, dates and tags are stored. An ARN is not stored: partition, account, kind, path and name make it.

use std::borrow::Cow;

use jiff::Timestamp;

use super::ways::SignIn;

/// An IAM principal that can make requests. Ordered as the tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the field's own words")]
pub enum PrincipalType {
    Role,
    User,
}

/// When a role was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUsed {
    /// The snapshot has no date.
    NotCollected,
    /// Not within AWS's tracking period of at most 400 days.
    Never,
    /// At this time.
    At(Timestamp),
}

/// A user or role without its place in the estate.
#[derive(Clone, Debug)]
pub(super) struct PrincipalRecord {
    pub(super) kind: PrincipalType,
    /// Name, path and unique id, one after the other.
    texts: Box<str>,
    name_end: u32,
    path_end: u32,
    pub(super) created: Moment,
    last_used: Moment,
    /// How long a session of a role may last, in minutes; 0 if it is not known.
    max_session: u16,
    /// Whether a role is in an instance profile; `None` if that was not read.
    pub(super) in_instance_profile: Option<bool>,
    /// What few roles have, and every user.
    more: Option<Box<More>>,
}

/// What a record has beside the rest.
#[derive(Clone, Debug)]
enum More {
    User(UserRecord),
    /// The instance profiles of a role, by path and name.
    Profiles(Box<[Box<str>]>),
}

/// What only users have.
#[derive(Clone, Debug)]
pub(super) struct UserRecord {
    /// `None` if they were not read.
    pub(super) groups: Option<Box<[Box<str>]>>,
    pub(super) sign_in: SignIn,
}

/// An instant, or one of two reasons why there is none, without the padding of an `Option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub(super) struct Moment {
    second: i64,
    nanosecond: i32,
}

impl Moment {
    /// Nanoseconds that no instant has.
    const UNKNOWN: Self = Self { second: 0, nanosecond: i32::MIN };
    const NEVER: Self = Self { second: 0, nanosecond: i32::MIN + 1 };

    /// An instant, if it is known.
    pub(super) fn new(at: Option<Timestamp>) -> Self {
        at.map_or(Self::UNKNOWN, |at| Self { second: at.as_second(), nanosecond: at.subsec_nanosecond() })
    }

    /// The instant.
    pub(super) fn get(self) -> Option<Timestamp> {
        Timestamp::new(self.second, self.nanosecond).ok()
    }
}

impl PrincipalRecord {
    /// A record of these texts; everything else is unknown.
    pub(super) fn new(kind: PrincipalType, name: &str, path: &str, unique_id: &str) -> Self {
        let mut texts = String::with_capacity(name.len() + path.len() + unique_id.len());
        texts.push_str(name);
        texts.push_str(path);
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (name_end, path_end) = (position(name.len()), position(texts.len()));
        texts.push_str(unique_id);
        Self {
            kind,
            texts: texts.into(),
            name_end,
            path_end,
            created: Moment::UNKNOWN,
            last_used: Moment::UNKNOWN,
            max_session: 0,
            in_instance_profile: None,
            more: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        self.texts.get(..self.name_end as usize).unwrap_or_default()
    }

    pub(super) fn path(&self) -> &str {
        self.texts.get(self.name_end as usize..self.path_end as usize).unwrap_or_default()
    }

    pub(super) fn unique_id(&self) -> &str {
        self.texts.get(self.path_end as usize..).unwrap_or_default()
    }

    /// What only users have.
    pub(super) fn user(&self) -> Option<&UserRecord> {
        match self.more.as_deref()? {
            More::User(user) => Some(user),
            More::Profiles(_) => None,
        }
    }

    pub(super) fn set_user(&mut self, user: UserRecord) {
        self.more = Some(Box::new(More::User(user)));
    }

    /// The instance profiles that a role is in, each by the path and the name in its ARN; `None` where some are not known.
    pub(super) fn profiles(&self) -> Option<Vec<Cow<'_, str>>> {
        let named = match self.more.as_deref() {
            Some(More::Profiles(named)) => Some(named.iter().map(|name| Cow::Borrowed(&**name)).collect()),
            _ if self.in_instance_profile? => Some(vec![Cow::Owned(self.namesake())]),
            _ => Some(Vec::new()),
        };
        named.filter(|named: &Vec<Cow<'_, str>>| named.iter().all(|name| !name.is_empty()))
    }

    /// The ARNs of the instance profiles of a role. The one that consoles make for a role has its name, and takes no room.
    pub(super) fn set_profiles(&mut self, arns: Option<&[&str]>) {
        self.in_instance_profile = arns.map(|arns| !arns.is_empty());
        let named = |arn: &&str| {
            arn.splitn(6, ':').nth(5).and_then(|of| of.strip_prefix("instance-profile/")).unwrap_or_default().into()
        };
        let named: Box<[Box<str>]> = arns.unwrap_or_default().iter().map(named).collect();
        if !named.is_empty() && !matches!(&*named, [one] if **one == *self.namesake()) {
            self.more = Some(Box::new(More::Profiles(named)));
        }
    }

    /// Path and name as an ARN has them.
    fn namesake(&self) -> String {
        format!("{}{}", self.path().strip_prefix('/').unwrap_or_default(), self.name())
    }

    pub(super) fn last_used(&self) -> LastUsed {
        match self.last_used {
            Moment::NEVER => LastUsed::Never,
            at => at.get().map_or(LastUsed::NotCollected, LastUsed::At),
        }
    }

    /// Minutes.
    pub(super) fn max_session(&self) -> Option<u16> {
        (self.max_session > 0).then_some(self.max_session)
    }

    pub(super) fn set_max_session(&mut self, seconds: Option<i32>) {
        self.max_session = seconds.and_then(|seconds| u16::try_from(seconds / 60).ok()).unwrap_or_default();
    }

    pub(super) fn set_last_used(&mut self, used: LastUsed) {
        self.last_used = match used {
            LastUsed::NotCollected => Moment::UNKNOWN,
            LastUsed::Never => Moment::NEVER,
            LastUsed::At(at) => Moment::new(Some(at)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back() {
        let mut record = PrincipalRecord::new(PrincipalType::Role, "app", "/team/", "AROAX");
        assert_eq!((record.name(), record.path(), record.unique_id()), ("app", "/team/", "AROAX"));
        for text in ["2026-11-01T00:00:00.123456789Z", "1969-12-31T23:59:59.5Z", "-009999-01-03T00:00:00Z"] {
            let at: Timestamp = text.parse().unwrap();
            record.created = Moment::new(Some(at));
            record.set_last_used(LastUsed::At(at));
            assert_eq!((record.created.get(), record.last_used()), (Some(at), LastUsed::At(at)));
        }
        for used in [LastUsed::Never, LastUsed::NotCollected] {
            record.set_last_used(used);
            assert_eq!(record.last_used(), used);
        }
        assert_eq!(Moment::new(None).get(), None);
    }

    #[test]
    fn instance_profiles_come_back_as_far_as_they_are_known() {
        let read = |arns: Option<&[&str]>| {
            let mut record = PrincipalRecord::new(PrincipalType::Role, "app", "/team/", "AROAX");
            record.set_profiles(arns);
            let named = record.profiles().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
            (record.in_instance_profile, named, record.more.is_some())
        };
        let [own, other] = ["team/app", "web"].map(|name| format!("arn:aws:iam::123456789012:instance-profile/{name}"));
        assert_eq!(read(None), (None, None, false));
        assert_eq!(read(Some(&[])), (Some(false), Some(vec![]), false));
        assert_eq!(read(Some(&[&own])), (Some(true), Some(vec!["team/app".to_owned()]), false));
        let both = vec!["team/app".to_owned(), "web".to_owned()];
        assert_eq!(read(Some(&[&own, &other])), (Some(true), Some(both), true));
        assert_eq!(read(Some(&[&own, ""])), (Some(true), None, true));
    }

    #[test]
    fn an_instant_has_no_padding() {
        assert_eq!(size_of::<Moment>(), 12);
    }
}
