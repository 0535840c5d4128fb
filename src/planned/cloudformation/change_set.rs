//! A change set: `aws cloudformation describe-change-set --include-property-values`.
//!
//! Owns: what a change set says of a resource before and after. Without property values it says which resources change, and not how.
//! Source: AWS CloudFormation API Reference, `DescribeChangeSet` and `ResourceChange`.

use serde_json::Value as Json;

use super::identity::{Place, is_of_access};
use super::node::Node;
use super::resources::{Reader, Resource};
use super::term::Term;
use crate::arn::Arn;
use crate::difference::Source;
use crate::planned::suffix::Suffix;
use crate::planned::{Plan, PlanError};

/// What stands for a value that is made when the change set is executed.
const LATER: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// Reads a change set.
pub(super) fn read(root: &Node, file: &str, place: &dyn Place) -> Result<Plan, PlanError> {
    let text = |key: &str| root.get(key).and_then(Node::text);
    let shown = ["StackId", "ChangeSetId"].into_iter().find_map(|key| Arn::parse(text(key)?)?.account_id());
    let Some(account) = shown.or(place.account()) else {
        return Err(PlanError::new(
            format!("the account of `{file}` is not known"),
            file,
            "it has no `StackId`",
            "name it: `--account ID`",
        ));
    };
    if root.get("NextToken").and_then(Node::text).is_some() {
        return Err(PlanError::new(
            format!("`{file}` is not a whole change set"),
            file,
            "it has a `NextToken`: more changes follow",
            "save all pages in one file, as the AWS CLI prints them by default",
        ));
    }
    let mut reader = Reader {
        plan: Plan { suffix: Suffix::CLOUDFORMATION, ..Plan::default() },
        account,
        place,
        stack: text("StackName").map(str::to_owned),
    };
    for change in root.get("Changes").map(Node::items).unwrap_or_default() {
        let Some(of) = change.get("ResourceChange") else { continue };
        let text = |key: &str| of.get(key).and_then(Node::text);
        let logical = text("LogicalResourceId").unwrap_or_default().to_owned();
        let source = Source::new(file, Some(of.line), logical);
        let kind = text("ResourceType").unwrap_or_default().to_owned();
        let context = |key: &str| {
            let whole: Json = serde_json::from_str(text(key)?).ok()?;
            let properties = whole.get("Properties").cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new()));
            Some(Term::of_json(&properties, of.line, &|text| text.contains(LATER)))
        };
        let (before, after) = (context("BeforeContext"), context("AfterContext"));
        let action = text("Action").unwrap_or_default();
        let (before, after, is_whole) = match action {
            "Add" => (None, after.clone(), after.is_some()),
            "Modify" => (before.clone(), after.clone(), before.is_some() && after.is_some()),
            "Remove" => (before, None, true),
            // it becomes part of the stack as it is; or the stack's own record of it changes alone
            "Import" | "SyncWithActual" => continue,
            _ => (None, None, false),
        };
        if !is_whole && is_of_access(&kind) {
            let why = match action {
                "Add" | "Modify" => {
                    "the change set has no property values: make it with `describe-change-set --include-property-values`"
                        .to_owned()
                }
                other => format!("action {other} is not understood"),
            };
            reader.plan.leave(&source, why);
            continue;
        }
        let is_replaced = matches!(text("Replacement"), Some("True" | "Conditional"));
        // with `Retain` it stays, and is no longer the stack's
        if action == "Remove" && text("PolicyAction") == Some("Retain") {
            continue;
        }
        let is_left = is_replaced && text("PolicyAction") == Some("ReplaceAndRetain");
        let before = before.filter(|_| !is_left);
        let physical = text("PhysicalResourceId").map(str::to_owned).filter(|id| !id.is_empty() && !is_left);
        if is_replaced && text("Replacement") == Some("Conditional") && is_of_access(&kind) {
            reader.plan.leave(&source, "whether it is replaced is not known");
            continue;
        }
        let is_new = is_replaced || action == "Add";
        reader.add(&Resource { source, kind, before, after, physical, is_new });
    }
    Ok(reader.plan.ordered())
}
