//! `rolehop quotas`.

use super::account_args::AccountArgs;
use super::arguments::Global;
use super::error::CliError;
use super::log;
use super::output::Console;
use super::workspace::Workspace;
use crate::answer::QuotasAnswer;
use crate::diagnostic::Exit;
use crate::nearest::nearest;
use crate::posture::quotas::{self, Keep, Quota, Quotas};
use crate::report::csv::{self, Formulas};
use crate::report::json;
use crate::report::terminal::quotas::table;

/// Show how full IAM and Organizations quotas are, and how many more fit.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop quotas\n  rolehop quotas --quota groups-per-user --all\n  \
    rolehop quotas --near 90 --ou /Workloads -f csv --output near.csv")]
pub(super) struct Args {
    /// From how many percent on a quota is near its limit; 80 if nothing else is configured
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    near: Option<u8>,
    /// Every row, not only those that are near a limit or unknown
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Rows of each quota in the table
    #[arg(long, value_name = "N", default_value_t = 5)]
    limit: usize,
    /// Only these quotas; the JSON output lists all
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    quota: Vec<String>,
    #[command(flatten)]
    accounts: AccountArgs,
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: QuotasFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Do not defuse CSV cells that look like formulas
    #[arg(long)]
    csv_raw: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum QuotasFormat {
    Table,
    Json,
    Csv,
}

/// What is near if neither an option nor the configuration says.
pub(super) const NEAR: u8 = 80;

/// In place of a number that is not known.
const UNKNOWN: &str = "unknown";

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    chosen(&args.quota)?;
    let workspace = Workspace::open(global, console)?;
    let (answer, decided) = answer(args, &workspace, console)?;
    let names = workspace.names();
    let most = if args.all { usize::MAX } else { args.limit };
    console.write(global.output.as_deref(), |style, out| match args.format {
        _ if args.json => json::write(&answer, out),
        QuotasFormat::Json => json::write(&answer, out),
        QuotasFormat::Csv => rows(&answer, if args.csv_raw { Formulas::Raw } else { Formulas::Defused }, out),
        QuotasFormat::Table => table(&answer, most, &names, style, out),
    })?;
    if answer.is_known() && !workspace.is_complete() {
        console.say("incomplete: not everything was read, so rows may be missing (rolehop accounts --incomplete)");
    }
    Ok(Exit::of(answer.is_known() && decided && workspace.is_complete(), false))
}

/// The answer alone, and whether it is known which accounts are asked for.
pub(super) fn answer(args: &Args, workspace: &Workspace, console: &Console) -> Result<(QuotasAnswer, bool), CliError> {
    let chosen = chosen(&args.quota)?;
    let estate = &*workspace.estate;
    let near = args.near.or(workspace.config.quotas.near).unwrap_or(NEAR);
    let wanted = chosen.unwrap_or_else(|| Quotas::of_estate(estate));
    let keep = if args.all { Keep::Every } else { Keep::Near };
    let members = args.accounts.told(estate, console)?;
    let only = members.as_ref().map(|members| members.accounts.iter().copied().collect());
    let count = || quotas::survey(estate, wanted, near, keep, only.as_ref());
    let survey = log::phase("quotas", || Ok::<_, CliError>(count()), |survey| survey.rows.len())?;
    let answer = quotas::answer(estate, &survey, wanted, near);
    Ok((answer, members.is_none_or(|members| members.gaps.is_empty())))
}

fn rows(answer: &QuotasAnswer, formulas: Formulas, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let number = |count: Option<u32>| count.map_or_else(|| UNKNOWN.to_owned(), |count| count.to_string());
    let cells: Vec<_> =
        answer.rows.iter().map(|row| (row, number(row.used), row.limit.to_string(), number(row.room))).collect();
    let cells = cells.iter().map(|(row, used, limit, room)| {
        [
            row.quota,
            row.subject.as_str(),
            row.account.as_str(),
            row.account_name.as_str(),
            used,
            limit,
            room,
            row.source,
        ]
    });
    csv::rows(&["quota", "subject", "account", "account_name", "used", "limit", "room", "source"], cells, formulas, out)
}

/// The quotas of these names; none if no name is given.
fn chosen(names: &[String]) -> Result<Option<Quotas>, CliError> {
    let mut list = Vec::new();
    for name in names {
        let Some(quota) = Quota::all().find(|quota| quota.name() == name) else {
            let known: Vec<&str> = Quota::all().map(Quota::name).collect();
            let next = nearest(name, &known);
            let next = next.map_or_else(|| known.join(", "), |near| format!("did you mean `{near}`?"));
            return Err(CliError::usage(
                format!("no quota `{name}`"),
                "--quota",
                "no quota has this name, so nothing would be shown",
                &next,
            ));
        };
        list.push(quota);
    }
    Ok((!list.is_empty()).then(|| Quotas::of(&list)))
}
