//! `rolehop profiles PRINCIPAL`.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::answer::{PrincipalKind, ProfileWays, Verdict};
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::graph::saved::Asked;
use crate::profile::{self, Device, Devices, Profiles, Sources, Template};
use crate::report::escape::escape;
use crate::report::terminal::names::plural;
use crate::report::{json, profile_page, profiles as sections};
use crate::snapshot::account::AccountFile;
use crate::snapshot::credential::MfaKind;
use crate::snapshot::ledger::Gap;

/// Where a target's name says that its roles are of production.
const PRODUCTION: &str = "prod";

/// Print AWS config profiles for the roles that a principal reaches. No file is changed: add them to ~/.aws/config yourself.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop profiles security/alice --to prod\n  rolehop profiles ada@example.com \
    --sso-start-url https://a.awsapps.com/start\n  rolehop profiles security/alice --name '{role}.{account_id}' --json")]
pub(super) struct Args {
    /// User, role or person: ARN, account/name, user name, address or name
    principal: String,
    /// Only roles of this target: name, role ARN, account/role, account, ou:PATH-or-id, tag:KEY=VALUE
    #[arg(long, value_name = "TARGET")]
    to: Vec<String>,
    /// What names are made of: {account_name}, {account_id}, {role}
    #[arg(long, value_name = "TEMPLATE", default_value = "{account_name}-{role}", value_parser = Template::parse)]
    name: Template,
    /// Your profile with the credentials of the user or role; `default` by default
    #[arg(long, value_name = "NAME", value_parser = source_profile)]
    source_profile: Option<String>,
    /// Name of the section of a person's sign-in; `sso` by default
    #[arg(long, value_name = "NAME", value_parser = session_name)]
    sso_session: Option<String>,
    /// URL of a person's access portal; AWS's own by default
    #[arg(long, value_name = "URL", value_parser = start_url)]
    sso_start_url: Option<String>,
    /// Write profiles for unknown paths, too
    #[arg(long)]
    include_unknown: bool,
    /// Format of the profiles
    #[arg(short, long, value_name = "FORMAT", default_value = "config", env = "ROLEHOP_FORMAT")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sections of ~/.aws/config
    Config,
    /// With chains and the console's links
    Json,
    /// A page with the console's links
    Html,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    // the roles of a target may be anywhere
    let asked = args.to.is_empty().then_some(Asked::Ahead(&args.principal));
    let workspace = Workspace::open_for(asked, global, console)?;
    let graph = workspace.graph();
    let mut ways = query::profile_ways(&graph, &args.principal)?.ok_or_else(|| nobody(&args.principal))?;
    let wanted = wanted(args, &workspace, &mut ways)?;
    let production = production(&workspace, &ways)?;
    unused(args, ways.kind, console);
    let devices = devices(&workspace, &ways)?;
    let sources = Sources {
        template: &args.name,
        source_profile: args.source_profile.as_deref().unwrap_or("default"),
        sso_session: args.sso_session.as_deref().unwrap_or("sso"),
        start_url: args.sso_start_url.as_deref(),
        devices: &devices,
        hides_external_ids: global.redacts_external_ids(),
        includes_unknown: args.include_unknown,
    };
    let is_asked = |role: &str| wanted.as_ref().is_none_or(|wanted| wanted.contains(role));
    let profiles = profile::make(&ways, sources, &is_asked, &|role| production.contains(role));
    let names = workspace.names();
    let file = global.output.as_deref();
    match args.format {
        _ if args.json => console.write(file, |_, out| json::write(&profiles, out))?,
        Format::Json => console.write(file, |_, out| json::write(&profiles, out))?,
        Format::Config => console.write(file, |_, out| sections::write(&profiles, &names, out))?,
        Format::Html => console.write(file, |_, out| profile_page::write(&profiles, &names, out))?,
    }
    tell(&profiles, !args.to.is_empty(), console);
    workspace.renew_index(console);
    Ok(Exit::of(profiles.proven, false))
}

/// The roles that are asked for; `None` for all. What could belong to them and was not read is missing data.
fn wanted(args: &Args, workspace: &Workspace, ways: &mut ProfileWays) -> Result<Option<BTreeSet<String>>, CliError> {
    let graph = workspace.graph();
    let mut wanted = BTreeSet::new();
    let mut gaps: BTreeSet<Gap> = ways.gaps.iter().cloned().collect();
    for target in &args.to {
        let (roles, of_target) = query::roles_of(&graph, target, workspace.targets())?;
        wanted.extend(roles);
        gaps.extend(of_target);
    }
    ways.gaps = gaps.into_iter().collect();
    Ok((!args.to.is_empty()).then_some(wanted))
}

/// Which of the roles on the ways belong to a target whose name says that it is production.
fn production(workspace: &Workspace, ways: &ProfileWays) -> Result<BTreeSet<String>, CliError> {
    let estate = &workspace.estate;
    let mut accounts = BTreeSet::new();
    for (name, spec) in workspace.targets().iter().filter(|(name, _)| name.starts_with(PRODUCTION)) {
        // one that matches nothing makes nothing red
        let members = query::target_accounts(estate, name, spec).map(|members| members.accounts).unwrap_or_default();
        accounts.extend(members.into_iter().map(|ix| estate.account(ix).id().to_string()));
    }
    let steps = ways.ways.iter().flat_map(|way| &way.steps).filter(|step| accounts.contains(&step.account));
    Ok(steps.map(|step| step.hop.to.clone()).collect())
}

/// Says which options mean nothing for this kind of principal.
fn unused(args: &Args, kind: PrincipalKind, console: &Console) {
    let is_person = kind == PrincipalKind::Person;
    let given = [
        ("--source-profile", args.source_profile.is_some(), is_person),
        ("--sso-session", args.sso_session.is_some(), !is_person),
        ("--sso-start-url", args.sso_start_url.is_some(), !is_person),
    ];
    let who = if is_person { "people sign in by an sso-session" } else { "only people sign in by an sso-session" };
    for (option, ..) in given.iter().filter(|(_, given, idle)| *given && *idle) {
        console.say(&format!("note: {option} is not used: {who}"));
    }
}

/// The MFA devices of the user that asks, from its account's file.
fn devices(workspace: &Workspace, ways: &ProfileWays) -> Result<Devices, CliError> {
    let estate = &workspace.estate;
    let user = estate.principal_by_arn(&ways.principal).filter(|_| ways.kind == PrincipalKind::User);
    let Some(user) = user.map(|ix| estate.principal(ix)) else { return Ok(Devices::Unread) };
    let account = estate.account(user.account()).id();
    let read = |file: AccountFile<'_>| devices_of(&file, user.name(), &ways.principal);
    let devices = workspace.snapshot.with_account(account, read)?;
    let has_none = devices == Devices::Unread && ways.sign_in.is_some_and(|sign_in| sign_in.no_mfa_device);
    Ok(if has_none { Devices::Read(Vec::new()) } else { devices })
}

fn devices_of(file: &AccountFile<'_>, user: &str, arn: &str) -> Devices {
    if let Some(all) = &file.mfa_devices {
        let own = all.iter().filter(|device| device.user_name == user);
        let device = |serial: &str, kind| Device {
            serial: serial.to_owned(),
            shows_codes: matches!(kind, MfaKind::Virtual | MfaKind::Hardware),
        };
        return Devices::Read(own.map(|one| device(&one.serial_number, one.kind)).collect());
    }
    // a user without a virtual device may have one of another kind
    let all = file.virtual_mfa_devices.iter().flatten();
    let own = all.filter(|device| device.user.as_ref().is_some_and(|owner| owner.arn == arn));
    let own: Vec<Device> =
        own.map(|device| Device { serial: device.serial_number.to_string(), shows_codes: true }).collect();
    if own.is_empty() { Devices::Unread } else { Devices::Read(own) }
}

/// What a file of profiles has no place for.
fn tell(profiles: &Profiles, is_narrowed: bool, console: &Console) {
    profiles.note.iter().for_each(|note| console.say(&format!("note: {note}")));
    let mut reasons = BTreeMap::<&str, usize>::new();
    for left_out in &profiles.left_out {
        *reasons.entry(&left_out.reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        console.say(&format!("left out: {}: {reason}", plural(count, "role")));
    }
    if profiles.profiles.is_empty() && profiles.left_out.is_empty() {
        let which = if is_narrowed { "no role of --to" } else { "no role" };
        console.say(&format!("note: {which} is reached, so there is no profile"));
    }
    if profiles.left_out.iter().any(|left_out| left_out.verdict == Verdict::Unknown) {
        console.say("note: --include-unknown writes profiles for unknown paths");
    }
    for gap in &profiles.gaps {
        console.say(&format!("incomplete: {}", escape(&gap.sentence())));
    }
}

fn nobody(principal: &str) -> CliError {
    CliError::usage(
        format!("`{}` has no profiles", escape(principal)),
        "PRINCIPAL",
        "profiles are for one user, one role or one person of the snapshot: nobody else signs in with a configuration of AWS's tools",
        "name one: `rolehop who-can TARGET` lists those who reach a target",
    )
}

fn source_profile(text: &str) -> Result<String, String> {
    let is_plain = !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    if is_plain {
        Ok(text.to_owned())
    } else {
        Err("a profile's name is one line without blanks at its ends".to_owned())
    }
}

fn session_name(text: &str) -> Result<String, String> {
    if profile::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("a name has letters, digits and _ - . @ + / only".to_owned())
    }
}

fn start_url(text: &str) -> Result<String, String> {
    let is_url = text.starts_with("https://") && profile::is_value(text);
    if is_url { Ok(text.to_owned()) } else { Err("it begins with https:// and has no blanks".to_owned()) }
}
