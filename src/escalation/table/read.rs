//! Reads the table.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::keys::keys_of;
use super::way::{Binding, Given, OfUser, On, Opens, Status, Step, Way, WayIx};
use crate::policy::action::{Action, ActionPattern};
use crate::policy::catalog;

/// The files, in the order in which answers prefer their ways.
const FILES: [(&str, &str); 5] = [
    ("principal-access", include_str!("../../../rules/data/escalations/principal-access.toml")),
    ("new-passrole", include_str!("../../../rules/data/escalations/new-passrole.toml")),
    ("self-escalation", include_str!("../../../rules/data/escalations/self-escalation.toml")),
    ("existing-passrole", include_str!("../../../rules/data/escalations/existing-passrole.toml")),
    ("organization", include_str!("../../../rules/data/escalations/organization.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    category: Box<str>,
    source: Box<str>,
    /// Actions whose requests can pass tags.
    tagged: BTreeSet<String>,
    way: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Box<str>,
    #[serde(default)]
    aliases: Vec<Box<str>>,
    kind: Box<str>,
    binding: Binding,
    #[serde(default)]
    user: Vec<OfUser>,
    #[serde(default)]
    gives: Given,
    opens: Option<Opens>,
    source: Option<Box<str>>,
    service: Option<Box<str>>,
    steps: Vec<String>,
    inventory: Option<String>,
    #[serde(default)]
    needs: Vec<Box<str>>,
    #[serde(default)]
    status: StatusWord,
    why: Option<Box<str>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StatusWord {
    #[default]
    Decided,
    NeedsInventory,
    NotModelled,
}

static WAYS: LazyLock<Vec<Way>> = LazyLock::new(|| {
    let read = FILES.iter().map(|(name, text)| read(text).map_err(|error| format!("{name}.toml: {error}")));
    let all: Result<Vec<Vec<Way>>, String> = read.collect();
    let ways: Vec<Way> = all.map(|files| files.into_iter().flatten().collect()).unwrap_or_else(|error| {
        // the table is part of the program, and a test reads it
        unreachable!("rules/data/escalations/{error}")
    });
    ways
});

/// Every way, in the order in which answers prefer them, with its place.
pub fn ways() -> impl Iterator<Item = (WayIx, &'static Way)> {
    (0..).map(WayIx).zip(WAYS.iter())
}

/// The ways by which a user is taken over, as it is or with other policies.
pub fn taking_over() -> impl Iterator<Item = WayIx> {
    ways().filter(|(_, way)| way.takes_over()).map(|(ix, _)| ix)
}

impl WayIx {
    /// The way.
    #[must_use]
    pub fn way(self) -> &'static Way {
        WAYS.get(self.get()).unwrap_or_else(|| unreachable!("a place in the table"))
    }
}

fn read(text: &str) -> Result<Vec<Way>, String> {
    let mut file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut known = BTreeSet::new();
    let mut ways = Vec::new();
    for written in std::mem::take(&mut file.way) {
        let id = written.id.clone();
        if !known.insert(id.clone()) {
            return Err(format!("{id} stands there twice"));
        }
        let way = way(written, &file).map_err(|error| format!("{id}: {error}"))?;
        ways.push(way);
    }
    Ok(ways)
}

fn way(written: Written, file: &File) -> Result<Way, String> {
    let status = match (written.status, written.why) {
        (StatusWord::Decided, None) => Status::Decided,
        (StatusWord::NeedsInventory, None) if !written.needs.is_empty() => Status::NeedsInventory,
        (StatusWord::NotModelled, Some(why)) => Status::NotModelled(why),
        _ => return Err("`why` belongs to what is not modelled, `needs` to what needs an inventory".to_owned()),
    };
    if !written.user.is_empty() && !written.binding.is_of_user() {
        return Err("`user` belongs to ways about a user".to_owned());
    }
    let is_given = matches!(
        written.binding,
        Binding::User | Binding::Role | Binding::NewUser | Binding::NewRole | Binding::ChangedRole
    );
    if written.gives != Given::Nothing && !is_given {
        return Err("`gives` belongs to ways about a user or role".to_owned());
    }
    if written.opens.is_some() && written.binding != Binding::Organization {
        return Err("`opens` belongs to ways of the organization".to_owned());
    }
    let is_of_service = matches!(
        written.binding,
        Binding::PassedRole | Binding::ChangedRole | Binding::Compute | Binding::Organization
    );
    if is_of_service != written.service.is_some() {
        return Err("`service` belongs to roles that services use".to_owned());
    }
    let steps: Result<Vec<Step>, String> = written.steps.iter().map(|text| step(text, &file.tagged)).collect();
    let steps = steps?;
    let Some(first) = steps.first() else { return Err("a way has a step".to_owned()) };
    let inventory = written.inventory.map(|text| resource(&text, &first.action));
    let is_in_steps = |on: &On| steps.iter().any(|step| step.on.contains(on));
    let inventory = match inventory {
        None => None,
        Some(On::Made(arn)) if written.binding == Binding::Compute && is_in_steps(&On::Made(arn.clone())) => Some(arn),
        Some(_) => return Err("`inventory` is a resource of a step, of what runs already".to_owned()),
    };
    Ok(Way {
        id: written.id,
        aliases: written.aliases,
        kind: written.kind,
        category: file.category.clone(),
        binding: written.binding,
        user: written.user,
        gives: written.gives,
        opens: written.opens,
        service: written.service.map(|name| format!("{name}.amazonaws.com").into()),
        steps,
        inventory,
        needs: written.needs,
        status,
        source: written.source.unwrap_or_else(|| file.source.clone()),
    })
}

/// `iam:PassRole on target`
fn step(text: &str, tagged: &BTreeSet<String>) -> Result<Step, String> {
    let (name, on) = text.split_once(" on ").map_or((text, None), |(name, on)| (name, Some(on)));
    let action = Action::parse(name).ok_or_else(|| format!("`{name}` is no action"))?;
    let pattern = ActionPattern::Named {
        service: action.service().into(),
        operation: action.operation().into(),
        written: name.into(),
    };
    let known = catalog::matching(&pattern).next().ok_or_else(|| format!("AWS has no action `{name}`"))?;
    if format!("{}:{}", known.service, known.name) != name {
        return Err(format!("AWS writes `{}:{}`", known.service, known.name));
    }
    if known.has_resources != on.is_some() {
        return Err(format!("`{name}` has {} resource", if known.has_resources { "a" } else { "no" }));
    }
    let on = on.map_or_else(|| vec![On::Nothing], |on| on.split(" + ").map(|one| resource(one, &action)).collect());
    Ok(Step { passes_tags: tagged.contains(name), keys: keys_of(name), action, on })
}

fn resource(text: &str, action: &Action) -> On {
    match text {
        "target" => On::Target,
        "role" | "user" => On::Holder,
        arn if arn.starts_with("arn:") => On::Made(arn.into()),
        rest => On::Made(format!("arn:{{partition}}:{}:{{region}}:{{account}}:{rest}", action.service()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_every_action_is_one_of_awss() {
        for (name, text) in FILES {
            if let Err(error) = read(text) {
                panic!("{name}.toml: {error}");
            }
        }
        let mut ids: Vec<&str> = ways().map(|(_, way)| &*way.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id stands in two files");
        // nobody's old id is somebody's id now but where the catalog itself was renumbered
        let reused: Vec<&str> = ways()
            .flat_map(|(_, way)| way.aliases.iter().map(|alias| &**alias))
            .filter(|alias| ids.binary_search(alias).is_ok())
            .collect();
        assert_eq!(reused, ["ec2-003", "ec2-004"]);
    }

    #[test]
    fn a_row_that_does_not_hold_together_is_refused() {
        let row = |more: &str| {
            let text =
                format!("category = \"x\"\nsource = \"x\"\ntagged = []\n[[way]]\nid = \"a\"\nkind = \"k\"\n{more}");
            read(&text).err().unwrap_or_default()
        };
        assert!(row("binding = \"role\"\nsteps = [\"iam:NoSuchThing on target\"]").contains("AWS has no action"));
        assert!(row("binding = \"role\"\nsteps = [\"iam:passrole on target\"]").contains("AWS writes `iam:PassRole`"));
        assert!(row("binding = \"role\"\nsteps = [\"iam:PassRole\"]").contains("has a resource"));
        assert!(
            row("binding = \"role\"\nsteps = [\"omics:CreateWorkflow on run/{name}\"]").contains("has no resource")
        );
        assert!(row("binding = \"passed-role\"\nsteps = [\"iam:PassRole on target\"]").contains("`service` belongs"));
        assert!(
            row("binding = \"role\"\nstatus = \"not-modelled\"\nsteps = [\"iam:PassRole on target\"]")
                .contains("`why`")
        );
        assert!(
            row("binding = \"role\"\nsteps = [\"iam:PassRole on target\"]\ninventory = \"function:{name}\"")
                .contains("`inventory` is")
        );
        assert!(row("binding = \"role\"\nsteps = []").contains("has a step"));
        assert!(row("binding = \"elsewhere\"\nsteps = []").contains("elsewhere"));
        assert_eq!(row("binding = \"role\"\nsteps = [\"iam:PassRole on target\"]"), "");
    }
}
