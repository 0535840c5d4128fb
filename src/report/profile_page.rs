//! Profiles as one HTML page: each role with the link that switches to it in the console.
//!
//! Owns: what the page shows. INVARIANT: nothing runs in it and nothing is loaded; no name is markup.

use std::io::{self, Write};

use serde::Serialize;

use super::html::markup;
use super::html::text::clean;
use super::terminal::names::{Names, short};
use crate::answer::PrincipalKind;
use crate::profile::{Profile, Profiles};

const TEMPLATE: &str = include_str!("../../reports/html/profiles.html");
const STYLE: &str =
    concat!(include_str!("../../reports/html/style.css"), include_str!("../../reports/html/profiles.css"));

/// What the template gets.
#[derive(Debug, Serialize)]
struct Page<'a> {
    policy: String,
    style: &'a str,
    version: &'a str,
    principal: String,
    source_profile: Option<String>,
    comments: Vec<String>,
    missing: Vec<String>,
    profiles: Vec<Row<'a>>,
    left_out: Vec<[String; 2]>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    account: String,
    account_id: &'a str,
    role: String,
    verdict: &'static str,
    needs: Vec<String>,
    path: Vec<String>,
    comments: Vec<String>,
    asked: bool,
    production: bool,
    console: Option<&'a str>,
    no_link: &'static str,
}

/// Writes the page.
///
/// # Errors
/// If the output cannot be written.
pub fn write(profiles: &Profiles, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    let row = |profile| row(profile, profiles.kind, names);
    let page = Page {
        policy: markup::policy(None, STYLE),
        style: STYLE,
        version: env!("CARGO_PKG_VERSION"),
        principal: clean(&short(&profiles.principal, names)),
        source_profile: profiles.source_profile.as_deref().map(clean),
        comments: cleaned(&profiles.comments),
        missing: profiles.gaps.iter().map(|gap| clean(&gap.sentence())).collect(),
        profiles: profiles.profiles.iter().map(row).collect(),
        left_out: profiles
            .left_out
            .iter()
            .map(|one| [clean(&short(&one.role, names)), one.reason.to_string()])
            .collect(),
    };
    markup::render(TEMPLATE, &page, out)
}

fn row<'a>(profile: &'a Profile, kind: PrincipalKind, names: &Names) -> Row<'a> {
    Row {
        name: &profile.name,
        account: clean(&profile.account_name),
        account_id: &profile.account,
        role: clean(profile.role.split_once(":role/").map_or(profile.role.as_str(), |(_, name)| name)),
        verdict: profile.verdict.as_str(),
        needs: profile.needs.phrases().iter().map(|needs| clean(needs)).collect(),
        path: profile.path.iter().map(|one| clean(&short(one, names))).collect(),
        comments: cleaned(&profile.comments),
        asked: profile.asked,
        production: profile.production,
        console: profile.console.as_deref(),
        no_link: no_link(profile, kind),
    }
}

/// Why the console does not switch to it, where it does not: it switches from the user who signed in, and passes no external id.
fn no_link(profile: &Profile, kind: PrincipalKind) -> &'static str {
    match kind {
        _ if profile.path.len() > 2 => "no link: reached through another role",
        PrincipalKind::Person | PrincipalKind::Group => "no link: it is opened in the access portal",
        PrincipalKind::User if profile.settings.iter().any(|setting| setting.key == "external_id") => {
            "no link: the console passes no external id"
        }
        _ => "no link: the console does not switch to it",
    }
}

fn cleaned(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| clean(text)).collect()
}
