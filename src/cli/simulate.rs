//! `rolehop simulate FILE`.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::arguments::{Answer, AnswerFormat, Global};
use super::error::CliError;
use super::output::Console;
use crate::answer::simulation::{self as bench, Expectation};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::eval::{SimulateError, simulate};
use crate::report::json;
use crate::report::terminal::simulation::{self, Case};

/// Maximum size of the input in bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Decide requests against given policies, without an account.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop simulate request.json\n  rolehop simulate tests.json --expect allowed\n  \
        cat requests.json | rolehop simulate - --json",
    after_help = "The file holds one request or a list (docs/simulate.md). A request may carry its own \"expect\": allowed, \
        explicitDeny, implicitDeny or denied. Any other decision than the expected one exits with 3."
)]
pub(super) struct Args {
    /// File of one request or a list of them, in JSON; `-` for standard input
    file: PathBuf,
    /// Exit with 3 if a request without its own "expect" has another decision
    #[arg(long, value_name = "DECISION")]
    expect: Option<Expectation>,
    #[command(flatten)]
    format: AnswerFormat,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    if global.redacts_external_ids() {
        return Err(CliError::usage(
            "`rolehop simulate` does not take `--redact`",
            "--redact",
            "a request is decided by the external ids of its own file",
            "leave `--redact` (ROLEHOP_REDACT) out",
        ));
    }
    let text = read(&args.file)?;
    let place = args.file.display().to_string();
    let (requests, is_list) = requests(&text, &place)?;
    let mut answers = Vec::with_capacity(requests.len());
    for (at, request) in requests.iter().enumerate() {
        answers.push(simulate(request).map_err(|error| undecidable(&error, &place, at, request))?);
    }
    let expected: Vec<Option<Expectation>> = requests.iter().map(|r| r.expect.or(args.expect)).collect();
    let titles: Vec<String> = requests.iter().map(title).collect();
    let cases: Vec<Case<'_>> = answers
        .iter()
        .zip(&titles)
        .zip(&expected)
        .map(|((answer, title), expected)| Case { title, answer, expected: *expected })
        .collect();
    console.write(global.output.as_deref(), |style, out| match (args.format.chosen(), answers.as_slice()) {
        (Answer::Json, [only]) if !is_list => json::write(only, out),
        (Answer::Json, all) => json::write(&all, out),
        (Answer::Table, _) => match cases.as_slice() {
            [only] => simulation::one(only, style, out),
            all => simulation::table(all, style, out),
        },
    })?;
    let mut failed = 0;
    for (at, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
        let Some(expected) = expected.filter(|e| !e.admits(answer.decision)) else { continue };
        failed += 1;
        let name = answer.name.as_deref().unwrap_or_default();
        let decision = answer.decision.as_str();
        let wanted = expected.as_str();
        console.say(&format!("request {} {name}: {decision}, expected {wanted}", at + 1));
    }
    if failed > 0 {
        console.say(&format!("{failed} of {} requests ended otherwise than expected", answers.len()));
    }
    Ok(Exit::of(answers.iter().all(|a| a.unclear.is_empty()), failed > 0))
}

/// Its name, or what it asks.
fn title(request: &bench::Request) -> String {
    let who = match &request.principal {
        bench::Caller::Named(text) => text,
        bench::Caller::Anonymous => "anonymous",
    };
    request.name.clone().unwrap_or_else(|| format!("{who}: {} on {}", request.action, request.resource))
}

fn read(file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|f| f.take(MAX_BYTES).read_to_string(&mut text))
    };
    match read {
        Ok(read) if (read as u64) < MAX_BYTES => Ok(text),
        Ok(_) => Err(refused("the file is too large", file, format!("more than {MAX_BYTES} bytes"))),
        Err(error) => Err(refused("cannot read the requests", file, error.to_string())),
    }
}

fn refused(what: &str, file: &Path, why: String) -> CliError {
    let next = "name a file of one request or a list of them; `rolehop simulate --help` shows the shape";
    CliError::new(Diagnostic::new(Code::NotFound, what, file.display().to_string(), why, next))
}

/// One request, or a list; whether it is a list decides the shape of the answer.
fn requests(text: &str, place: &str) -> Result<(Vec<bench::Request>, bool), CliError> {
    let is_list = text.trim_start().starts_with('[');
    let parsed = if is_list { serde_json::from_str(text) } else { serde_json::from_str(text).map(|one| vec![one]) };
    let requests: Vec<bench::Request> = parsed.map_err(|error| {
        let next =
            "a request has `principal`, `action`, `resource` and lists of policies; docs/simulate.md names all keys";
        CliError::new(Diagnostic::new(Code::UnknownKey, "the requests cannot be read", place, error.to_string(), next))
    })?;
    Ok((requests, is_list))
}

fn undecidable(error: &SimulateError, place: &str, at: usize, request: &bench::Request) -> CliError {
    let name = request.name.as_deref().map_or_else(String::new, |n| format!(" ({n})"));
    let why = std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    let next = "mend the request; nothing was decided, so that no decision passes unseen";
    CliError::new(Diagnostic::new(
        Code::WrongType,
        format!("request {}{name} cannot be decided", at + 1),
        place,
        why,
        next,
    ))
}
