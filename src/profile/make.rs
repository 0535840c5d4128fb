//! From ways to profiles: each role of a way once, with the profile before it as its source.

use std::borrow::Cow;
use std::collections::HashMap;

use super::console;
use super::name::{self, Template};
use super::shape::{LeftOut, Profile, Profiles, Setting, SsoSession};
use crate::answer::{Entry, MfaStep, Portal, PrincipalKind, ProfileWay, ProfileWays, Step, Verdict};

/// What profiles rest on beside the ways.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// How profiles are named.
    pub template: &'a Template,
    /// The profile with the credentials of a user or role.
    pub source_profile: &'a str,
    /// The name of the section of a person's sign-in.
    pub sso_session: &'a str,
    /// The access portal, where somebody says what it is.
    pub start_url: Option<&'a str>,
    /// Of the user.
    pub devices: &'a Devices,
    /// Whether external ids are left out.
    pub hides_external_ids: bool,
    /// Whether ways that are not known to hold are written.
    pub includes_unknown: bool,
}

/// The MFA devices of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Devices {
    /// Nothing was read that would tell.
    Unread,
    /// All of them.
    Read(Vec<Device>),
}

/// An MFA device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// An ARN, or the number of a hardware token.
    pub serial: String,
    /// True where it shows codes: a security key shows none that could be typed.
    pub shows_codes: bool,
}

/// One role of a way, before it has a name.
struct Draft<'a> {
    step: &'a Step,
    /// The draft before it, by its place.
    source: Option<usize>,
    way: &'a ProfileWay,
    asked: bool,
}

/// Profiles for the ways into roles that are asked for; links of those that `is_production` says so of are red.
#[must_use]
pub fn make(
    ways: &ProfileWays,
    sources: Sources<'_>,
    is_asked: &dyn Fn(&str) -> bool,
    is_production: &dyn Fn(&str) -> bool,
) -> Profiles {
    let mut left_out = Vec::new();
    let mut written = Vec::new();
    for way in &ways.ways {
        let Some(last) = way.steps.last().filter(|last| is_asked(&last.hop.to)) else { continue };
        match reason(way, sources) {
            None => written.push(way),
            Some(reason) => {
                left_out.push(LeftOut { role: last.hop.to.clone(), verdict: way.verdict, reason: reason.into() });
            }
        }
    }
    let drafts = drafts(&written);
    let steps: Vec<&Step> = drafts.iter().map(|draft| draft.step).collect();
    let is_person = ways.kind == PrincipalKind::Person;
    let taken = if is_person { &[][..] } else { &[sources.source_profile][..] };
    let names = name::names(sources.template, &steps, taken);
    let called = |at: usize| names.get(at).map_or("", String::as_str);
    let profile = |(at, draft): (usize, &Draft<'_>)| {
        let source = draft.source.map_or(sources.source_profile, called);
        let path = path(&drafts, at);
        // the console switches from the user who signed in, and passes no external id
        let is_direct = path.len() == 2 && ways.kind == PrincipalKind::User && draft.step.external_id.is_none();
        let is_red = is_production(&draft.step.hop.to);
        let link = || console::link(draft.step, called(at), is_red);
        let (settings, comments) = content(draft, source, sources);
        Profile {
            name: called(at).to_owned(),
            role: draft.step.hop.to.clone(),
            account: draft.step.account.clone(),
            account_name: draft.step.account_name.clone(),
            asked: draft.asked,
            production: is_red,
            verdict: draft.way.verdict,
            conditions: draft.way.conditions.clone(),
            needs: draft.way.needs.clone(),
            path,
            settings,
            comments,
            console: if is_direct { link() } else { None },
        }
    };
    let profiles: Vec<Profile> = drafts.iter().enumerate().map(profile).collect();
    Profiles {
        schema: Profiles::SCHEMA,
        principal: ways.principal.clone(),
        kind: ways.kind,
        proven: ways.gaps.is_empty(),
        source_profile: (!is_person).then(|| sources.source_profile.to_owned()),
        sso_session: ways.portal.as_ref().filter(|_| !profiles.is_empty()).map(|portal| session(portal, sources)),
        comments: today(ways, sources),
        profiles,
        left_out,
        note: ways.note,
        gaps: ways.gaps.clone(),
    }
}

/// Why no profile can be written for a way.
fn reason(way: &ProfileWay, sources: Sources<'_>) -> Option<&'static str> {
    let values = || way.steps.iter().flat_map(|step| [&step.hop.to, &step.account]);
    let set = |step: &Step| if let Entry::PermissionSet(set) = &step.entry { !is_value(set) } else { false };
    if way.verdict == Verdict::Unknown && !sources.includes_unknown {
        Some("unknown, because data is missing")
    } else if way.steps.iter().any(|step| step.entry == Entry::Entitlement) {
        Some("it begins with an entitlement of the account access manager, which no profile can use")
    } else if way.steps.iter().any(|step| step.entry == Entry::Other) {
        Some("it has a hop that no profile can make")
    } else if values().any(|value| !is_value(value)) || way.steps.iter().any(set) {
        Some("a name on the path has characters that no value of a profile can have")
    } else {
        None
    }
}

/// A value that every reader takes as it is: printable ASCII without blanks, and nothing that begins a comment.
#[must_use]
pub fn is_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.starts_with(['#', ';'])
}

/// The roles of all ways: those that are asked for first, then what only others lead through.
fn drafts<'a>(ways: &[&'a ProfileWay]) -> Vec<Draft<'a>> {
    let mut drafts = Drafts::default();
    for way in ways {
        if let Some(step) = way.steps.last() {
            drafts.add(Draft { step, source: None, way, asked: true });
        }
    }
    for (place, way) in ways.iter().enumerate() {
        let mut source = None;
        for (at, step) in way.steps.iter().enumerate() {
            if at + 1 == way.steps.len() {
                drafts.all.get_mut(place).into_iter().for_each(|draft| draft.source = source);
            } else {
                source = Some(drafts.place_of(step, source, way.steps.get(..=at).unwrap_or_default(), way));
            }
        }
    }
    drafts.all
}

/// Drafts, found by role.
#[derive(Default)]
struct Drafts<'a> {
    all: Vec<Draft<'a>>,
    by_role: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Drafts<'a> {
    fn add(&mut self, draft: Draft<'a>) -> usize {
        let at = self.all.len();
        self.by_role.entry(&draft.step.hop.to).or_default().push(at);
        self.all.push(draft);
        at
    }

    /// The draft of a role in the middle of a way: one that is the same up to there, or a new one.
    fn place_of(&mut self, step: &'a Step, source: Option<usize>, before: &[Step], way: &'a ProfileWay) -> usize {
        let is_same = |at: &&usize| match self.all.get(**at) {
            Some(draft) if draft.asked => draft.way.steps == before,
            Some(draft) => draft.step == step && draft.source == source,
            None => false,
        };
        let known = self.by_role.get(step.hop.to.as_str()).and_then(|places| places.iter().find(is_same)).copied();
        known.unwrap_or_else(|| self.add(Draft { step, source, way, asked: false }))
    }
}

/// Principal and roles up to a draft.
fn path(drafts: &[Draft<'_>], at: usize) -> Vec<String> {
    let mut path = Vec::new();
    let mut next = drafts.get(at);
    while let Some(draft) = next {
        path.push(draft.step.hop.to.clone());
        next = draft.source.and_then(|at| drafts.get(at));
        if next.is_none() {
            path.push(draft.step.hop.from.clone());
        }
    }
    path.reverse();
    path
}

/// What a user must have before any of the profiles works.
fn today(ways: &ProfileWays, sources: Sources<'_>) -> Vec<String> {
    let source = sources.source_profile;
    let lacks = ways.sign_in.is_some_and(|sign_in| sign_in.no_access_key);
    let text = format!("The user has no active access key today: `{source}` needs one, or a session (aws login)");
    lacks.then_some(text).into_iter().collect()
}

/// Settings and comments of a profile.
fn content(draft: &Draft<'_>, source: &str, sources: Sources<'_>) -> (Vec<Setting>, Vec<String>) {
    let step = draft.step;
    let set = |key, value: &str| Setting { key, value: value.to_owned() };
    let mut comments = Vec::new();
    if let Entry::PermissionSet(name) = &step.entry {
        let settings = vec![
            set("sso_session", sources.sso_session),
            set("sso_account_id", &step.account),
            set("sso_role_name", name),
        ];
        comments.extend(limits(step));
        return (settings, comments);
    }
    let mut settings = vec![set("role_arn", &step.hop.to), set("source_profile", source)];
    match (step.mfa, sources.devices) {
        (MfaStep::Unneeded, _) => {}
        (MfaStep::Code, devices) => match serial(devices) {
            Ok(serial) => settings.push(set("mfa_serial", serial)),
            Err(missing) => comments.push(missing.into_owned()),
        },
        (MfaStep::Session, _) => comments.push(format!(
            "`{source}` must hold a session with MFA (aws sts get-session-token --serial-number ARN --token-code CODE): \
             a later role asks for MFA, and a code in this call is not handed on"
        )),
        (MfaStep::SessionWithout, _) => comments.push(format!(
            "`{source}` must hold a session of the user, not its access key (aws sts get-session-token)"
        )),
    }
    match &step.external_id {
        Some(_) if sources.hides_external_ids => {
            comments.push("Fill in external_id: it is left out (--redact)".to_owned());
        }
        Some(id) => settings.push(set("external_id", id)),
        None => {}
    }
    settings.extend(step.session_name.as_ref().map(|name| set("role_session_name", name)));
    comments.extend(limits(step));
    (settings, comments)
}

fn limits(step: &Step) -> Vec<String> {
    step.limits.iter().map(|limit| format!("Not by this profile alone: {limit}")).collect()
}

/// The device whose code is asked for, or what to fill in.
fn serial(devices: &Devices) -> Result<&str, Cow<'static, str>> {
    let Devices::Read(devices) = devices else {
        return Err("Fill in mfa_serial: the user's MFA devices were not read".into());
    };
    // any of them will do; the first is the same in every run
    match devices.iter().find(|device| device.shows_codes && is_value(&device.serial)) {
        Some(device) => Ok(&device.serial),
        None if devices.is_empty() => Err("Fill in mfa_serial: the user has no MFA device today".into()),
        None => Err("Fill in mfa_serial: the user's only MFA device is a security key, which shows no code".into()),
    }
}

/// Where a person signs in, as far as it is known.
fn session(portal: &Portal, sources: Sources<'_>) -> SsoSession {
    let mut settings = Vec::new();
    let mut comments = Vec::new();
    let set = |key, value: String| Setting { key, value };
    match (sources.start_url, portal.identity_store.as_deref().filter(|id| is_value(id)), portal.partition.as_str()) {
        (Some(url), ..) => settings.push(set("sso_start_url", url.to_owned())),
        (None, Some(id), "aws") => {
            settings.push(set("sso_start_url", format!("https://{id}.awsapps.com/start")));
            comments.push("AWS's own URL of the access portal; fill in yours if it has another".to_owned());
        }
        _ => comments.push("Fill in sso_start_url: the URL of the access portal".to_owned()),
    }
    match portal.region.as_deref().filter(|region| is_value(region)) {
        Some(region) => settings.push(set("sso_region", region.to_owned())),
        None => comments.push("Fill in sso_region: the region of Identity Center was not read".to_owned()),
    }
    settings.push(set("sso_registration_scopes", "sso:account:access".to_owned()));
    SsoSession { name: sources.sso_session.to_owned(), settings, comments }
}
