//! Profiles as sections of `~/.aws/config`.
//!
//! Owns: how such a file looks. INVARIANT: a name that a tenant chose stands in a value that every reader takes as it is, or in a
//! comment, where it is ASCII on one line: no reader depends on a locale, and no name begins a section.

use std::io::{self, Write};

use super::escape::escape;
use super::terminal::names::{Names, plural, short};
use crate::answer::Verdict;
use crate::profile::{Profile, Profiles, Setting};

/// Sections of the profiles, each after comments that say what a person must know of it.
///
/// # Errors
/// If the output cannot be written.
pub fn write(profiles: &Profiles, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    let asked = profiles.profiles.iter().filter(|profile| profile.asked).count();
    let principal = short(&profiles.principal, names);
    comment(
        &format!("AWS config profiles of {principal}: {}. To be added to ~/.aws/config.", plural(asked, "role")),
        out,
    )?;
    if let Some(source) = profiles.source_profile.as_ref().filter(|_| asked > 0) {
        comment(&format!("Profile `{source}` must hold the credentials of {principal}."), out)?;
        profiles.comments.iter().try_for_each(|text| comment(text, out))?;
    }
    for left_out in &profiles.left_out {
        comment(&format!("Left out: {}: {}.", short(&left_out.role, names), left_out.reason), out)?;
    }
    if let Some(session) = &profiles.sso_session {
        writeln!(out, "\n[sso-session {}]", session.name)?;
        body(&session.settings, &session.comments, out)?;
    }
    profiles.profiles.iter().try_for_each(|one| profile(one, out))
}

fn profile(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    if !profile.asked {
        comment("Others lead through this role.", out)?;
    }
    match profile.verdict {
        Verdict::Allowed | Verdict::Denied => {}
        Verdict::Conditional => comment(&format!("Needs {}.", profile.needs.phrases().join(", ")), out)?,
        Verdict::Unknown => comment("Unknown, because data is missing.", out)?,
    }
    writeln!(out, "[profile {}]", profile.name)?;
    body(&profile.settings, &profile.comments, out)
}

fn body(settings: &[Setting], comments: &[String], out: &mut dyn Write) -> io::Result<()> {
    settings.iter().try_for_each(|setting| writeln!(out, "{} = {}", setting.key, setting.value))?;
    comments.iter().try_for_each(|text| comment(text, out))
}

fn comment(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = escape(text);
    write!(out, "# ")?;
    for c in text.chars() {
        if c.is_ascii() { write!(out, "{c}")? } else { write!(out, "\\u{{{:x}}}", u32::from(c))? }
    }
    writeln!(out)
}
