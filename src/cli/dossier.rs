//! What the HTML report tells besides findings.
//!
//! Owns: how much of it is asked for: how many members of a group are named, and how many of its paths are proven.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::quotas::NEAR;
use super::workspace::Workspace;
use crate::answer::{Grouping, PathAnswer, ReachRow, ReachedAlike, Reacher, SummarySize, WhoCanAnswer};
use crate::arn::Arn;
use crate::finding::FrameworkReport;
use crate::graph::TrustGraph;
use crate::graph::query::{self, Limits, WhoCan};
use crate::posture::quotas::{self, Keep, Quotas};
use crate::report::dossier::{Dossier, ReachedTarget, TargetReach};

/// Groups that a target is told in, or nearly so.
const GROUPS: usize = 40;

/// Principals and roles of a group that are named.
const NAMED: usize = 200;

/// Paths of a group that are shown with their proof.
const PATHS: usize = 4;

/// Members of a group that are looked at for paths that differ.
const TRIED: usize = 24;

/// Who reaches each target of the configuration, and how full quotas are.
pub(super) fn dossier(
    workspace: &Workspace,
    graph: &TrustGraph<'_>,
    frameworks: Vec<FrameworkReport<'static>>,
) -> Dossier {
    let estate = &*workspace.estate;
    let near = workspace.config.quotas.near.unwrap_or(NEAR);
    let wanted = Quotas::of_estate(estate);
    let survey = quotas::survey(estate, wanted, near, Keep::Near, None);
    let target = |name: &String| TargetReach {
        name: name.clone(),
        answer: reached(workspace, graph, name),
        notes: workspace.targets().get(name).map(|spec| query::idle_selectors(estate, spec)).unwrap_or_default(),
    };
    Dossier {
        endpoint: workspace.snapshot.manifest().and_then(|manifest| manifest.endpoint.clone()),
        targets: workspace.targets().keys().map(target).collect(),
        quotas: quotas::answer(estate, &survey, wanted, near),
        frameworks,
    }
}

fn reached(workspace: &Workspace, graph: &TrustGraph<'_>, name: &str) -> Result<ReachedTarget, String> {
    let mut found =
        WhoCan::new(graph, name, workspace.targets(), &Limits::default()).map_err(|error| error.to_string())?;
    found.claim_mfa(workspace.config.people.mfa.clone());
    let size = SummarySize { named: NAMED, ..SummarySize::EVERY };
    let summary = found.summary_of_size(size, Grouping::Near(GROUPS));
    let answer = found.answer();
    let by_name: BTreeMap<&str, &Reacher> = answer.answers.iter().map(|a| (a.principal.as_str(), a)).collect();
    let path = |(from, to): (String, String)| query::path(graph, &from, &to, workspace.targets()).ok();
    let paths = |row: &ReachRow| -> Vec<PathAnswer> {
        pairs(row, &answer, &by_name).into_iter().filter_map(path).filter(|path| path.verdict == row.verdict).collect()
    };
    Ok(ReachedTarget { paths: summary.groups.par_iter().map(paths).collect(), summary })
}

/// Some principals of a group, each with a role that it reaches as the group says: those whose hops or roles differ first.
fn pairs(row: &ReachRow, answer: &WhoCanAnswer, by_name: &BTreeMap<&str, &Reacher>) -> Vec<(String, String)> {
    let (members, _) = &row.examples;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for member in members.iter().take(TRIED) {
        let Some(reacher) = by_name.get(member.as_str()) else { continue };
        let alike = |part: &&ReachedAlike| part.verdict == row.verdict && part.conditions == row.conditions;
        for part in answer.targets_of(reacher).iter().filter(alike) {
            for role in part.roles.iter().take(NAMED) {
                if found.len() < PATHS && seen.insert((part.hop_count, last_name(role).to_owned())) {
                    found.push((member.clone(), role.to_owned()));
                }
            }
        }
    }
    found
}

/// The name of a role without its path.
fn last_name(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |arn| arn.resource).rsplit('/').next().unwrap_or(arn)
}
