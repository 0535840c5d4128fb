//! `rolehop export graph`.

use std::io::{self, Write};

use clap::ValueEnum;

use super::arguments::{EdgeKinds, Global};
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::answer::{Drawing, Grouped, Verdict};
use crate::diagnostic::Exit;
use crate::graph::query::{self, DrawOptions, Limits, TooManyNodes, WhoCan, shown_target};
use crate::graph::saved::Asked;
use crate::report::terminal::names::{number, plural};
use crate::report::{drawing, json};

/// Nodes that a picture may have unless more are asked for.
const NODES: &str = "200";

/// Draw who can assume what: a path, the surroundings of a target, or everything.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop export graph --target prod > prod.dot\n  \
    rolehop export graph --path security/alice prod -f mermaid\n  \
    rolehop export graph --group-by account -f graphml -o accounts.graphml")]
pub(super) struct Args {
    /// Draw the best path from a principal to a role, an account or a target
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], conflicts_with = "target")]
    path: Option<Vec<String>>,
    /// Draw who reaches a target, with the roles on the way
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// With --path: draw the N best paths
    #[arg(short = 'k', long = "paths", value_name = "N", requires = "path", conflicts_with = "target", value_parser = clap::value_parser!(u16).range(1..=1000))]
    count: Option<u16>,
    /// Language of the picture
    #[arg(short, long, value_name = "FORMAT", default_value = "dot")]
    format: Format,
    /// Draw principals as one node; by default as far as it takes to stay below --max-nodes
    #[arg(long, value_name = "GROUPING", conflicts_with = "path")]
    group_by: Option<Grouped>,
    /// Nodes that the picture may have
    #[arg(long, value_name = "N", default_value = NODES, value_parser = clap::value_parser!(u32).range(1..))]
    max_nodes: u32,
    #[command(flatten)]
    edges: EdgeKinds,
}

/// Languages of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Graphviz
    Dot,
    /// For Markdown of GitHub and GitLab
    Mermaid,
    /// For Gephi, yEd, Neo4j, networkx
    Graphml,
    /// For scripts
    Json,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let options = DrawOptions { grouped: args.group_by, max_nodes: args.max_nodes as usize };
    let (drawing, complete) = match (args.path.as_deref(), args.target.as_deref()) {
        (Some([from, to]), _) => of_path(args, from, to, global, console)?,
        (_, Some(target)) => of_target(target, &options, &args.edges, global, console)?,
        _ => of_everything(&options, &args.edges, global, console)?,
    };
    if drawing.nodes.len() > options.max_nodes {
        return Err(too_many(drawing.nodes.len(), "the path", &options, "ask for fewer paths"));
    }
    let mut text = Vec::new();
    render(args.format, &drawing, &mut text).map_err(|e| CliError::write("the picture", &e))?;
    say_what_it_is(args, &drawing, &text, console);
    console.write(global.output.as_deref(), |_, out| out.write_all(&text))?;
    Ok(Exit::of(complete, false))
}

fn render(format: Format, drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Dot => drawing::dot(drawing, out),
        Format::Mermaid => drawing::mermaid(drawing, out),
        Format::Graphml => drawing::graphml(drawing, out),
        Format::Json => json::write(drawing, out),
    }
}

fn of_path(args: &Args, from: &str, to: &str, global: &Global, console: &Console) -> Result<(Drawing, bool), CliError> {
    let mut workspace = Workspace::open_following(Some(Asked::Between(from, to)), &args.edges, global, console)?;
    let count = args.count.unwrap_or(1).into();
    let ask =
        |workspace: &Workspace| query::paths(&workspace.graph_of(&args.edges), from, to, workspace.targets(), count);
    let mut answers = ask(&workspace);
    let found = answers.as_ref().is_ok_and(|paths| paths.iter().any(|path| !path.hops.is_empty()));
    if workspace.is_part() && !found {
        workspace.widen(None, global)?;
        answers = ask(&workspace);
    }
    let answers = answers?;
    let Some(drawing) = Drawing::of_paths(&answers, &workspace.names()) else {
        unreachable!("a question about paths has an answer")
    };
    if drawing.verdict == Some(Verdict::Denied) {
        console.say(&format!(
            "note: there is no path from {from} to {to}: the picture has no edge (`rolehop path` says why)"
        ));
    }
    workspace.renew_index(console);
    let complete = drawing.gaps.is_empty();
    Ok((drawing, complete))
}

fn of_target(
    target: &str,
    options: &DrawOptions,
    edges: &EdgeKinds,
    global: &Global,
    console: &Console,
) -> Result<(Drawing, bool), CliError> {
    let workspace = Workspace::open_following(Some(Asked::Behind(target)), edges, global, console)?;
    let graph = workspace.graph_of(edges);
    let found = WhoCan::new(&graph, target, workspace.targets(), &Limits::default())?;
    let target = &*shown_target(&workspace.estate, target, workspace.targets());
    let next = "draw a smaller target, such as one account or role";
    let drawing = found.drawing(options).map_err(|many| too_many_of(many, target, options, next))?;
    if found.is_empty() {
        console.say(&format!("note: nobody reaches {target}: the picture has its roles and no edge"));
    }
    if !found.is_proven() {
        console.say(&format!("incomplete: data is missing, so more may reach {target} (`rolehop who-can` says which)"));
    }
    workspace.renew_index(console);
    Ok((drawing, found.is_proven()))
}

fn of_everything(
    options: &DrawOptions,
    edges: &EdgeKinds,
    global: &Global,
    console: &Console,
) -> Result<(Drawing, bool), CliError> {
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph_of(edges);
    let next = "group further with --group-by ou, or draw the surroundings of a target with --target";
    let drawing = query::everything(&graph, options).map_err(|many| too_many_of(many, "everything", options, next))?;
    workspace.leave_index(&graph);
    let unknown = drawing.edges.iter().filter(|edge| edge.verdict == Verdict::Unknown).map(|edge| edge.edges).sum();
    if unknown > 0 {
        console.say(&format!("incomplete: {} unknown, because data is missing (dotted)", plural(unknown, "edge")));
    }
    let complete = workspace.is_complete() && unknown == 0;
    if !workspace.is_complete() {
        console.say("incomplete: not everything was read, so edges may be missing (rolehop accounts --incomplete)");
    }
    Ok((drawing, complete))
}

/// On standard error: how principals were put together, and what a viewer would not draw.
fn say_what_it_is(args: &Args, drawing: &Drawing, text: &[u8], console: &Console) {
    let together = match drawing.grouped {
        _ if args.group_by.is_some() => None,
        Grouped::None => None,
        Grouped::Name => Some("roles of one name are one node, and users of one account"),
        Grouped::Account => Some("roles of one account are one node, and its users"),
        Grouped::Ou => Some("roles of one OU are one node, and its users"),
    };
    if let Some(together) = together {
        console
            .say(&format!("note: {together}, to stay below {} (--max-nodes)", plural(args.max_nodes as usize, "node")));
    }
    let of_mermaid = args.format == Format::Mermaid;
    if of_mermaid && (drawing.edges.len() > drawing::LIMIT_OF_EDGES || text.len() > drawing::LIMIT_OF_TEXT) {
        console.say(&format!(
            "note: the picture has {} and {} characters; GitHub and Mermaid's defaults draw no more than {} edges and {} characters",
            plural(drawing.edges.len(), "edge"),
            number(text.len()),
            number(drawing::LIMIT_OF_EDGES),
            number(drawing::LIMIT_OF_TEXT)
        ));
    }
}

fn too_many_of(many: TooManyNodes, what: &str, options: &DrawOptions, next: &str) -> CliError {
    let by = match many.grouped {
        Grouped::None => "with each principal as a node",
        Grouped::Name => "with roles of one name as one node",
        Grouped::Account => "with roles of one account as one node",
        Grouped::Ou => "with roles of one OU as one node",
    };
    too_many(many.nodes, &format!("{what}, {by}"), options, next)
}

fn too_many(nodes: usize, place: &str, options: &DrawOptions, next: &str) -> CliError {
    CliError::usage(
        format!("the picture would have {}", plural(nodes, "node")),
        place,
        &format!("a picture may have {}, and nothing is left out in silence", number(options.max_nodes)),
        &format!("{next}, or allow more with --max-nodes {nodes}"),
    )
}
