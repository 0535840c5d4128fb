//! `rolehop doctor`: whether everything is in place for a scan, and what is missing.

use std::io::{self, Write};

use clap::ValueEnum;

use super::arguments::{Answer, AnswerFormat, Global};
use super::collect::runtime;
use super::collect_args::CollectArgs;
use super::error::CliError;
use super::output::Console;
use super::places::config;
use crate::collect::doctor::{self, Check, Health, permissions};
use crate::diagnostic::Exit;
use crate::facet::Facets;
use crate::ids::AccountId;
use crate::report::escape::escape;
use crate::report::json;
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;

const CFN: &str = include_str!("../../deploy/scanner-role.yaml");
const TERRAFORM: &str = include_str!("../../deploy/scanner-role.tf");

/// Options of a collection that change nothing here.
const WITHOUT_SNAPSHOT: [&str; 4] = ["resume", "max_age", "metrics", "snapshot_under"];

/// Check credentials, discovery, the role and each permission.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop doctor --role-name audit-readonly\n  \
    rolehop doctor --role-name audit-readonly --account 111122223333\n  \
    rolehop doctor --permissions caller --role-name audit-readonly\n  \
    rolehop doctor --template cfn > scanner-role.yaml")]
// it writes no snapshot and counts nothing: whoever types these is told so
#[command(mut_args(|arg| if WITHOUT_SNAPSHOT.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg }))]
pub(super) struct Args {
    /// Check these accounts instead of a sample
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    account: Vec<AccountId>,
    /// Size of the sample
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    sample: u16,
    /// Only print the least policy, of the role, of the caller or of who reads people
    #[arg(long, value_name = "WHOSE", num_args = 0..=1, default_missing_value = "role", conflicts_with = "template")]
    permissions: Option<Whose>,
    /// Only print the role as CloudFormation or Terraform
    #[arg(long, value_name = "LANGUAGE")]
    template: Option<Language>,
    #[command(flatten)]
    format: AnswerFormat,
    #[command(flatten)]
    reading: CollectArgs,
}

/// Whose permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whose {
    /// The role that is assumed in each account
    Role,
    /// The principal that runs rolehop
    Caller,
    /// The role that reads IAM Identity Center, if it is not the caller
    People,
}

/// Languages of infrastructure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Cfn,
    Terraform,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let config = config(global)?;
    let facets = args.reading.facets(&config)?;
    if let Some(language) = args.template {
        let text = match language {
            Language::Cfn => with_actions(CFN, &facets, |action| format!("                  - {action}")),
            Language::Terraform => with_actions(TERRAFORM, &facets, |action| format!("      \"{action}\",")),
        };
        console.write(global.output.as_deref(), |_, out| write!(out, "{text}"))?;
        return Ok(Exit::Clean);
    }
    if let Some(whose) = args.permissions {
        let text = match whose {
            Whose::Role => permissions::role_policy(&facets),
            Whose::Caller => {
                let role = args.reading.role_or(&config, "audit-readonly");
                permissions::caller_policy(&facets, &role, args.reading.people_role(&config).as_deref())
            }
            Whose::People => permissions::people_policy(&facets),
        };
        console.write(global.output.as_deref(), |_, out| write!(out, "{text}"))?;
        return Ok(Exit::Clean);
    }
    let options = args.reading.options(&config, None)?;
    let runtime = runtime()?;
    let checks = runtime.block_on(doctor::examine(&options, &args.account, usize::from(args.sample)))?;
    runtime.shutdown_background();
    console.write(global.output.as_deref(), |style, out| match args.format.chosen() {
        Answer::Json => json::write(&checks, out),
        Answer::Table => checks.iter().try_for_each(|check| told(check, style, out)),
    })?;
    let healthy = !checks.iter().any(|check| check.health == Health::Warn);
    Ok(if healthy { Exit::Clean } else { Exit::Incomplete })
}

/// Columns from which on what was found stands beside what was checked.
const BESIDE: u16 = 70;

fn told(check: &Check, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Check { health, topic, finding, next } = check;
    let word = match health {
        Health::Ok => "ok   ",
        Health::Warn => "warn ",
        Health::Info => "info ",
    };
    let word = if *health == Health::Warn { style.bold(word) } else { word.to_owned() };
    let below = style.width.is_some_and(|width| width < BESIDE);
    let (blanks, first) = if below {
        writeln!(out, "{word} {}", escape(topic))?;
        ("      ", "      ".to_owned())
    } else {
        ("                             ", format!("{word} {:<22} ", escape(topic)))
    };
    line(&escape(finding), &first, blanks, style, out)?;
    if next.is_empty() {
        return Ok(());
    }
    line(&escape(next), &format!("{blanks}next  "), &format!("{blanks}      "), style, out)
}

/// A template with its list of actions replaced by those that the data sets need.
fn with_actions(template: &str, facets: &Facets, line: impl Fn(&str) -> String) -> String {
    let actions = permissions::role_actions(facets);
    let is_action = |text: &str| {
        let word = text.trim().trim_start_matches("- ").trim_matches(|c| c == '"' || c == ',');
        (word.starts_with("iam:") || word.starts_with("cloudtrail:")) && !word.contains([' ', '*'])
    };
    let mut out = String::with_capacity(template.len());
    let mut written = false;
    for text in template.lines() {
        if !is_action(text) {
            out.push_str(text);
            out.push('\n');
        } else if !written {
            written = true;
            for action in &actions {
                out.push_str(&line(action));
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_with_every_facet_is_the_one_in_deploy() {
        let all = Facets::named(["all"]).unwrap_or_default();
        assert_eq!(with_actions(CFN, &all, |action| format!("                  - {action}")), CFN);
        assert_eq!(with_actions(TERRAFORM, &all, |action| format!("      \"{action}\",")), TERRAFORM);
    }

    #[test]
    fn a_template_grants_no_more_than_its_facets_need() {
        let core = Facets::named(["core"]).unwrap_or_default();
        let text = with_actions(CFN, &core, |action| format!("                  - {action}"));
        assert!(text.contains("iam:ListRoles") && !text.contains("cloudtrail:") && text.contains("Resource"));
    }

    #[test]
    fn a_check_fits_the_terminal() {
        let check = Check {
            health: Health::Warn,
            topic: "prod-core (101010101010)".to_owned(),
            finding: "the role audit-readonly is missing, or does not trust the account of the caller".to_owned(),
            next: "deploy the template, or name another role".to_owned(),
        };
        for width in [40, 60, 80, 100] {
            let mut out = Vec::new();
            told(&check, &Style { width: Some(width), ..Style::plain() }, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| line.len() <= usize::from(width)), "{text}");
            assert!(text.contains("next  deploy the"), "{text}");
        }
    }
}
