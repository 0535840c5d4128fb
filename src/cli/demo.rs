//! `rolehop demo`: the real scan of a bundled organization, served as AWS endpoints on loopback.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::arguments::Global;
use super::check;
use super::collect::collect_into;
use super::error::CliError;
use super::exit_meaning;
use super::output::{self, Console};
use super::places::DEMO;
use super::progress::ConsoleProgress;
use super::signals;
use super::workspace::Workspace;
use crate::answer::Grouping;
use crate::collect::{CollectOptions, ExternalId, StaticCredentials};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::emulator::{Emulator, EmulatorData, EmulatorOptions};
use crate::finding::GroupBy;
use crate::graph::query::{Limits, WhoCan};
use crate::report::csv::Formulas;
use crate::report::formats::FORMATS;
use crate::report::json;
use crate::report::terminal::{causes, ledger, who_can};
use crate::report::view::Shown;
use crate::severity::Severity;
use crate::shell;

/// When the bundled organization was "recorded": ages are judged as of this time.
const RECORDED: &str = "2026-11-20T00:00:00Z";

/// The role of the scan, and the external id that its trust policies ask for.
const ROLE: &str = "audit-readonly";
const EXTERNAL_ID: &str = "rolehop-demo";
const REGION: &str = "us-east-1";

/// The bundled organization, file by file.
const FILES: &[(&str, &[u8])] = &[
    ("organization.json", include_bytes!("../../examples/demo/organization.json")),
    ("identity-center.json", include_bytes!("../../examples/demo/identity-center.json")),
    ("account-access.json", include_bytes!("../../examples/demo/account-access.json")),
    ("accounts/101010101010.json", include_bytes!("../../examples/demo/accounts/101010101010.json")),
    ("accounts/101010101011.json", include_bytes!("../../examples/demo/accounts/101010101011.json")),
    ("accounts/111111111111.json", include_bytes!("../../examples/demo/accounts/111111111111.json")),
    ("accounts/222222222201.json", include_bytes!("../../examples/demo/accounts/222222222201.json")),
    ("accounts/222222222202.json", include_bytes!("../../examples/demo/accounts/222222222202.json")),
    ("accounts/303030303030.json", include_bytes!("../../examples/demo/accounts/303030303030.json")),
    ("accounts/444455556666.json", include_bytes!("../../examples/demo/accounts/444455556666.json")),
    ("accounts/444455557777.json", include_bytes!("../../examples/demo/accounts/444455557777.json")),
    ("accounts/777788889999.json", include_bytes!("../../examples/demo/accounts/777788889999.json")),
];

/// Groups of those who reach prod, and of findings of a rule, that are shown.
const GROUPS: usize = 20;

/// Formats of findings that are written beside the snapshot.
const WRITTEN: [&str; 3] = ["csv", "sarif", "json"];

/// The configuration that goes with it.
const CONFIG: &str = include_str!("../../examples/demo/rolehop.toml");

/// Scan a bundled organization over loopback: no AWS account needed.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop demo\n  rolehop demo --keep           then scan it from another shell\n  rolehop demo --dir /tmp/demo -q"
)]
pub(super) struct Args {
    /// Where to write snapshot and reports
    #[arg(long, value_name = "DIR", default_value = DEMO)]
    dir: PathBuf,
    /// Serve the organization until Ctrl-C, to scan it by hand
    #[arg(long)]
    keep: bool,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    refuse(global)?;
    global.output.as_deref().map_or(Ok(()), output::check_place)?;
    let dir = args.dir.as_path();
    std::fs::create_dir_all(dir).map_err(|e| CliError::write(&dir.display().to_string(), &e))?;
    let emulator = serve()?;
    console.say(&format!("demo      a bundled organization, served as AWS endpoints at {}", emulator.endpoint()));
    let snapshot = dir.join("snapshot");
    let config_file = dir.join("rolehop.toml");
    std::fs::write(&config_file, CONFIG).map_err(|e| CliError::write(&config_file.display().to_string(), &e))?;
    let collected = collect_into(&options(&emulator, &snapshot), &ConsoleProgress::new(console), console);
    collected.map_err(without_resume)?;
    let calls: u64 = emulator.calls().values().sum();
    console.say(&format!("calls     {calls} answered over HTTP"));
    let workspace = Workspace::read(None, Config::read(&config_file)?, &snapshot, global, console)?;
    let exit = report(&workspace, dir, global.output.as_deref(), console)?;
    if args.keep { keep(&emulator, console) } else { Ok(exit) }
}

/// Options of every command that mean nothing here.
fn refuse(global: &Global) -> Result<(), CliError> {
    let refused = |option: &str, next: &str| {
        let why = "the demo brings its own organization, snapshot and configuration";
        Err(CliError::usage(format!("`rolehop demo` does not take `{option}`"), option, why, next))
    };
    if global.snapshot.is_some() {
        return refused("--snapshot", "`--dir DIR` says where the demo writes its snapshot");
    }
    if global.config.is_some() {
        return refused("--config", "leave it out; `rolehop check --config FILE` judges the demo's snapshot by yours");
    }
    Ok(())
}

/// A demo takes seconds and is not continued.
fn without_resume(mut error: CliError) -> CliError {
    if error.diagnostic.next.contains("--resume") {
        error.diagnostic.next = "`rolehop demo` starts it again".to_owned();
    }
    error
}

/// The bundled organization as AWS endpoints. Its roles want the external id that their trust policies name.
fn serve() -> Result<Emulator, CliError> {
    let broken = |why: String| CliError::new(super::error::internal(&why));
    let world = EmulatorData::from_files(
        FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect::<BTreeMap<_, _>>(),
    )
    .map_err(|e| broken(e.to_string()))?;
    let options = EmulatorOptions { checks_external_ids: true, ..EmulatorOptions::default() };
    Emulator::start(world, options).map_err(|e| {
        let next = "check that programs may listen on 127.0.0.1";
        CliError::new(Diagnostic::new(
            Code::EmulatorNotStarted,
            "cannot start the emulator",
            "127.0.0.1",
            e.to_string(),
            next,
        ))
    })
}

/// How the demo scans.
fn options(emulator: &Emulator, snapshot: &Path) -> CollectOptions {
    let started = RECORDED.parse().unwrap_or_else(|_| Timestamp::now());
    let mut options = CollectOptions::new(ROLE, snapshot, started);
    options.environment = super::collect_args::environment();
    options.external_id = Some(ExternalId::new(EXTERNAL_ID));
    options.endpoint = Some(emulator.endpoint());
    options.region = Some(REGION.to_owned());
    let (id, secret) = emulator.access_key();
    options.credentials = Some(StaticCredentials {
        access_key_id: id.to_owned(),
        secret_access_key: secret.to_owned(),
        session_token: None,
    });
    options
}

/// Prints how to scan the organization from another shell, and serves it until somebody stops it.
fn keep(emulator: &Emulator, console: &Console) -> Result<Exit, CliError> {
    let (id, secret) = emulator.access_key();
    let endpoint = emulator.endpoint();
    console.result(&format!(
        "\nThe organization is served until Ctrl-C. In another shell (these keys open nothing but this demo):\n\n  \
         unset AWS_PROFILE AWS_SESSION_TOKEN\n  \
         export AWS_ENDPOINT_URL={endpoint}\n  \
         export AWS_ACCESS_KEY_ID={id}\n  \
         export AWS_SECRET_ACCESS_KEY={secret}\n  \
         export AWS_REGION={REGION}\n  \
         rolehop scan --role-name {ROLE} --external-id {EXTERNAL_ID}\n\n\
         `--external-id wrong` shows a scan that the roles refuse.\n"
    ))?;
    let runtime = super::collect::runtime()?;
    runtime.block_on(signals::next());
    let calls: u64 = emulator.calls().values().sum();
    console.say(&format!("stopped   {calls} calls answered"));
    Ok(Exit::Clean)
}

/// Findings, ledger and the answer on standard output; everything also in files.
fn report(workspace: &Workspace, dir: &Path, output: Option<&Path>, console: &Console) -> Result<Exit, CliError> {
    let checked = check::evaluate(workspace, &check::ReportArgs::default(), None, console)?;
    let graph = workspace.graph();
    let mut found = WhoCan::new(&graph, "prod", workspace.targets(), &Limits::default())?;
    found.claim_mfa(workspace.config.people.mfa.clone());
    let names = workspace.names();
    let file = |name: &str| dir.join(name);
    let run = check::run_of(workspace);
    let findings_of = checked.report(&names, &run, Formulas::Defused, Shown::Most(GROUPS));
    for format in FORMATS.iter().filter(|format| WRITTEN.contains(&format.name)) {
        let path = file(&format!("findings.{}", format.name));
        console.write(Some(&path), |style, out| (format.write)(&findings_of, style, out))?;
    }
    console.write(Some(&file("who-can-prod.json")), |_, out| json::write(&found.answer(), out))?;
    console.write(output, |style, out| {
        writeln!(out)?;
        causes::table(&checked.set, GroupBy::Rule, GROUPS, style, out)?;
        ledger::ledger(&checked.set.ledger, &names, style, out)?;
        writeln!(out, "\n{}\n", style.bold("Who can reach prod?"))?;
        who_can::summary(&found.summary(Grouping::Near(GROUPS)), GROUPS, &names, style, out)
    })?;
    let shown = dir.display();
    console.say("");
    console.say(&format!(
        "written   {shown}/: snapshot/, findings.csv, findings.sarif, findings.json, who-can-prod.json, rolehop.toml"
    ));
    console.say(&format!(
        "exit 0    the same scan of your organization would exit with {}: {}",
        checked.exit.code(),
        exit_meaning::of(checked.exit, Severity::High, &checked.set)
    ));
    console.say("");
    console.say("Next, on the same snapshot:");
    // where it is by default, questions find it
    let base = if dir == Path::new(DEMO) {
        String::new()
    } else {
        format!(
            " --snapshot {} --config {}",
            shell::word(&format!("{shown}/snapshot")),
            shell::word(&format!("{shown}/rolehop.toml"))
        )
    };
    console.command("  ", &format!("rolehop who-can prod{base}"));
    console.command("  ", &format!("rolehop path alan@acme.example prod-core/deploy-admin{base}"));
    console.command("  ", &format!("rolehop review prod{base}"));
    console.command("  ", &format!("rolehop path ml-sandbox/notebook prod-data/etl-reader{base}"));
    console.command("  ", "rolehop rules explain human-path-without-mfa");
    Ok(Exit::Clean)
}
