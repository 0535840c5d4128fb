//! The data set `compute` of files that the AWS CLI printed, in the folder `compute/` of any snapshot.
//!
//! Owns: the answers that are read, whose they are, and when a list is whole. ARNs tell account and Region; what has none (an empty list, a
//! job of Glue) is told by the file's path: `compute/111122223333/eu-west-1/jobs.json`. INVARIANT: a file is read or refused by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::account::value;
use super::compute_answers::{
    Function, InstanceProfile, Listed, Named, Project, Region, Reservation, Stack, Task, TaskDefinition,
};
use super::document::{self, Document};
use super::{directory, encoding, names, recognize};
use crate::arn::Arn;
use crate::ids::AccountId;
use crate::regions;
use crate::snapshot::compute::{AccountCompute, Compute, FOLDER, kind_of};
use crate::snapshot::digest::hex_digest;
use crate::snapshot::error::{Refusal, SnapshotError};

/// Whose list, and of what.
type Place = (AccountId, String, String);

/// What has been read so far.
#[derive(Default)]
struct Gathered {
    accounts: BTreeMap<AccountId, AccountCompute>,
    /// The role of each instance profile, by ARN; `None` for one without a role.
    profiles: BTreeMap<String, Option<String>>,
    instances: Vec<(String, String)>,
    tasks: Vec<(String, Option<String>, String)>,
    /// The role of each task definition, by ARN.
    definitions: BTreeMap<String, Option<String>>,
    /// Lists that name things without their roles, page by page, and the things whose roles were read.
    listed: BTreeMap<Place, Names>,
    described: BTreeSet<String>,
}

/// The names on the pages of a list.
#[derive(Default)]
struct Names {
    arns: BTreeSet<String>,
    is_ended: bool,
}

/// A file, with what its path says.
#[derive(Clone, Copy)]
struct File<'p> {
    path: &'p Path,
    account: Option<AccountId>,
    region: Option<&'static str>,
}

/// What runs in the accounts; `None` where the snapshot has no such folder.
pub(in crate::snapshot) fn compute(dir: &Path) -> Result<Option<Compute>, SnapshotError> {
    if !dir.join(FOLDER).is_dir() {
        return Ok(None);
    }
    let mut gathered = Gathered::default();
    let mut files = BTreeMap::new();
    for (name, path) in compute_files(dir)? {
        let below = name.split_once('/').map_or(&*name, |(_, below)| below);
        let file = File { path: &path, account: names::account(below), region: region_in(below) };
        let bytes = encoding::bytes(&path)?;
        files.insert(name.clone(), hex_digest(&bytes));
        for document in document::split(&path, &encoding::text_of(&path, bytes)?)? {
            gathered.add(file, &document)?;
        }
    }
    Ok(Some(Compute { files, ..gathered.finish() }))
}

/// The files of the data set, by their paths in the snapshot, with `/` between folders; none where there is no such folder.
pub(in crate::snapshot) fn compute_files(dir: &Path) -> Result<BTreeMap<String, PathBuf>, SnapshotError> {
    let folder = dir.join(FOLDER);
    if !folder.is_dir() {
        return Ok(BTreeMap::new());
    }
    let name = |path: &Path| {
        let below = path.strip_prefix(dir).unwrap_or(path).iter();
        below.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let files = directory::files_below(&folder, directory::DEPTH)?;
    Ok(files.into_iter().map(|path| (name(&path), path)).collect())
}

/// The Region that a path names: the longest, as one may begin like another.
fn region_in(path: &str) -> Option<&'static str> {
    let all = ["aws", "aws-cn", "aws-us-gov"].into_iter().flat_map(regions::of).copied();
    let is_word = |at: usize, region: &str| {
        let before = path.get(..at).is_none_or(|text| !text.ends_with(|c: char| c.is_ascii_alphanumeric()));
        let after = path.get(at + region.len()..);
        before && after.is_none_or(|text| !text.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    all.filter(|region| path.match_indices(region).any(|(at, _)| is_word(at, region))).max_by_key(|region| region.len())
}

impl File<'_> {
    /// Whose a thing is that has no ARN.
    fn place(self, kind: &str) -> Result<Place, SnapshotError> {
        let (Some(account), Some(region)) = (self.account, self.region) else {
            let why = format!(
                "a list of `{kind}` without ARNs tells neither its account nor its Region, nor does the file's path"
            );
            let next =
                "save it as `compute/111122223333/eu-west-1/NAME.json`, by the account and the Region that were asked";
            return Err(Refusal::of(self.path, "does not say whose it is", why, next));
        };
        Ok((account, region.to_owned(), kind.to_owned()))
    }

    /// Account and Region of things with ARNs; of an empty list those that the path names.
    fn place_of<'a>(self, kind: &str, mut arns: impl Iterator<Item = &'a str>) -> Result<Place, SnapshotError> {
        let Some(first) = arns.next() else { return self.place(kind) };
        let place = self.told(kind, first)?;
        for other in arns {
            if self.told(kind, other)? != place {
                let why = format!("`{first}` and `{other}` are of two accounts or Regions");
                return Err(Refusal::of(self.path, "mixes lists", why, "save each list into a file of its own"));
            }
        }
        Ok(place)
    }

    fn told(self, kind: &str, arn: &str) -> Result<Place, SnapshotError> {
        let parsed = Arn::parse(arn).filter(|_| kind_of(arn).as_deref() == Some(kind));
        let Some((parsed, id)) = parsed.and_then(|parsed| Some((parsed, parsed.account_id()?))) else {
            let why = format!("`{arn}` is no ARN of `{kind}`");
            return Err(Refusal::of(
                self.path,
                "is not of the shape that AWS prints",
                why,
                "save the command's own output",
            ));
        };
        if self.account.is_some_and(|named| named != id) || self.region.is_some_and(|named| named != parsed.region) {
            let why = format!("`{arn}` in it is of another account or Region");
            return Err(Refusal::of(
                self.path,
                "is named after others",
                why,
                "save the list again, or name it after what it holds",
            ));
        }
        Ok((id, parsed.region.to_owned(), kind.to_owned()))
    }
}

impl Gathered {
    fn add(&mut self, file: File<'_>, document: &Document<'_>) -> Result<(), SnapshotError> {
        let path = file.path;
        let is_last = !document.is_open();
        let Some((key, raw)) = KEYS.iter().find_map(|key| Some((*key, document.get(key)?))) else {
            return Err(recognize::unknown(path, &document.names()));
        };
        match key {
            "Functions" => {
                let list: Vec<Function> = value(path, key, raw)?;
                self.list(file, "lambda:function", list.into_iter().map(|one| (one.function_arn, one.role)), is_last)
            }
            "Stacks" => {
                let list: Vec<Stack> = value(path, key, raw)?;
                let there = list.into_iter().filter(|one| one.stack_status != "DELETE_COMPLETE");
                self.list(file, "cloudformation:stack", there.map(|one| (one.stack_id, one.role)), is_last)
            }
            "Reservations" => self.instances(file, value(path, key, raw)?, is_last),
            "InstanceProfiles" => {
                let list: Vec<InstanceProfile> = value(path, key, raw)?;
                self.profiles.extend(
                    list.into_iter().map(|one| (one.arn, one.roles.into_iter().next().map(|role| role.role_name))),
                );
                Ok(())
            }
            "projects" if raw.get().contains('{') => {
                let list: Vec<Project> = value(path, key, raw)?;
                self.described.extend(list.iter().map(|one| one.arn.clone()));
                let things = list.into_iter().map(|one| (one.arn, one.service_role));
                self.list(file, "codebuild:project", things, false)
            }
            "projects" => {
                let place = file.place("codebuild:project")?;
                let listed: Vec<String> = value(path, key, raw)?;
                let arn = |name: &String| arn_of(&place, "codebuild", &format!("project/{name}"));
                let arns = listed.iter().map(arn).collect();
                self.names(place, arns, is_last);
                Ok(())
            }
            "NotebookInstances" => {
                let list: Vec<Listed> = value(path, key, raw)?;
                self.named(file, "sagemaker:notebook-instance", list, is_last)
            }
            "stateMachines" => {
                let list: Vec<Listed> = value(path, key, raw)?;
                self.named(file, "states:stateMachine", list, is_last)
            }
            "NotebookInstanceArn" | "stateMachineArn" => {
                let kind = if key == "stateMachineArn" { "states:stateMachine" } else { "sagemaker:notebook-instance" };
                let arn: String = value(path, key, raw)?;
                let role = ["RoleArn", "roleArn"].iter().find_map(|key| Some((*key, document.get(key)?)));
                let role = role.map(|(key, raw)| value(path, key, raw)).transpose()?;
                self.described.insert(arn.clone());
                self.list(file, kind, std::iter::once((arn, role)), false)
            }
            "DevEndpoints" | "Jobs" => {
                let (kind, resource) =
                    if key == "Jobs" { ("glue:job", "job") } else { ("glue:devEndpoint", "devEndpoint") };
                let list: Vec<Named> = value(path, key, raw)?;
                let place = file.place(kind)?;
                let thing = |one: Named| (arn_of(&place, "glue", &format!("{resource}/{}", one.name)), one.role);
                self.list(file, kind, list.into_iter().map(thing), is_last)
            }
            "tasks" => {
                let list: Vec<Task> = value(path, key, raw)?;
                let open = list.into_iter().filter(|one| one.enable_execute_command && one.last_status != "STOPPED");
                self.tasks.extend(open.map(|one| (one.task_arn, one.overrides.task_role_arn, one.task_definition_arn)));
                Ok(())
            }
            "taskDefinition" => {
                let one: TaskDefinition = value(path, key, raw)?;
                self.definitions.insert(one.task_definition_arn, one.task_role_arn);
                Ok(())
            }
            _ => {
                let Some(account) = file.account else {
                    let why = "the Regions of an account do not name it, nor does the file's path";
                    let next = "save it as `compute/111122223333/regions.json`";
                    return Err(Refusal::of(path, "does not say whose it is", why, next));
                };
                let list: Vec<Region> = value(path, key, raw)?;
                let enabled = list.into_iter().filter(Region::is_enabled).map(|region| region.region_name);
                self.accounts.entry(account).or_default().regions.get_or_insert_default().extend(enabled);
                Ok(())
            }
        }
    }

    /// Things with their roles; those without a role run with none.
    fn list(
        &mut self,
        file: File<'_>,
        kind: &str,
        things: impl Iterator<Item = (String, Option<String>)>,
        is_whole: bool,
    ) -> Result<(), SnapshotError> {
        let things: Vec<(String, Option<String>)> = things.collect();
        if things.is_empty() && !is_whole {
            return Ok(());
        }
        let (account, region, kind) = file.place_of(kind, things.iter().map(|(arn, _)| arn.as_str()))?;
        let of = self.accounts.entry(account).or_default();
        if is_whole {
            of.whole.entry(kind).or_default().insert(region);
        }
        of.things.extend(things.into_iter().filter_map(|(arn, role)| Some((arn, role_name(&role?)?))));
        Ok(())
    }

    /// Things whose roles other files have.
    fn named(&mut self, file: File<'_>, kind: &str, list: Vec<Listed>, is_last: bool) -> Result<(), SnapshotError> {
        let arns: BTreeSet<String> = list.into_iter().map(|one| one.arn).collect();
        let place = file.place_of(kind, arns.iter().map(String::as_str))?;
        self.names(place, arns, is_last);
        Ok(())
    }

    fn names(&mut self, place: Place, arns: BTreeSet<String>, is_last: bool) {
        let names = self.listed.entry(place).or_default();
        names.arns.extend(arns);
        names.is_ended |= is_last;
    }

    fn instances(&mut self, file: File<'_>, list: Vec<Reservation>, is_whole: bool) -> Result<(), SnapshotError> {
        let mut found = Vec::new();
        for reservation in list {
            for instance in reservation.instances.into_iter().filter(|one| one.state.name != "terminated") {
                let zone = &instance.placement.availability_zone;
                let Some((region, account)) = region_of_zone(zone).zip(AccountId::parse(&reservation.owner_id)) else {
                    let why = format!(
                        "the instance `{}` of account `{}` is in `{zone}`",
                        instance.instance_id, reservation.owner_id
                    );
                    return Err(Refusal::of(
                        file.path,
                        "is not of the shape that AWS prints",
                        why,
                        "save the command's own output",
                    ));
                };
                let place = (account, region.to_owned(), String::new());
                found.push((
                    arn_of(&place, "ec2", &format!("instance/{}", instance.instance_id)),
                    instance.profile.map(|one| one.arn),
                ));
            }
        }
        let arns: Vec<(String, Option<String>)> = found.iter().map(|(arn, _)| (arn.clone(), None)).collect();
        self.instances.extend(found.into_iter().filter_map(|(arn, profile)| Some((arn, profile?))));
        self.list(file, "ec2:instance", arns.into_iter(), is_whole)
    }

    fn finish(mut self) -> Compute {
        for (arn, profile) in std::mem::take(&mut self.instances) {
            match self.profiles.get(&profile) {
                Some(role) => self.settle(&arn, role.clone()),
                // with which role it runs is not known, so that nobody may say that none does
                None => self.open(&arn),
            }
        }
        for (arn, own, definition) in std::mem::take(&mut self.tasks) {
            let role = own.or_else(|| self.definitions.get(&definition).cloned().flatten());
            self.settle(&arn, role.as_deref().and_then(role_name));
        }
        for ((account, region, kind), names) in std::mem::take(&mut self.listed) {
            if names.is_ended && names.arns.is_subset(&self.described) {
                self.accounts.entry(account).or_default().whole.entry(kind).or_default().insert(region);
            }
        }
        Compute { accounts: self.accounts, ..Compute::default() }
    }

    fn settle(&mut self, arn: &str, role: Option<String>) {
        let account = Arn::parse(arn).and_then(|arn| arn.account_id());
        if let Some((account, role)) = account.zip(role) {
            self.accounts.entry(account).or_default().things.insert(arn.to_owned(), role);
        }
    }

    /// A list is no longer whole.
    fn open(&mut self, arn: &str) {
        let Some((parsed, kind)) = Arn::parse(arn).zip(kind_of(arn)) else { return };
        let of = parsed.account_id().and_then(|id| self.accounts.get_mut(&id));
        if let Some(regions) = of.and_then(|of| of.whole.get_mut(&kind)) {
            regions.remove(parsed.region);
        }
    }
}

/// The keys that tell an answer from others, those first that say most.
const KEYS: [&str; 14] = [
    "Functions",
    "Stacks",
    "Reservations",
    "InstanceProfiles",
    "projects",
    "NotebookInstances",
    "NotebookInstanceArn",
    "stateMachines",
    "stateMachineArn",
    "DevEndpoints",
    "Jobs",
    "tasks",
    "taskDefinition",
    "Regions",
];

/// The name of a role, of its ARN or of its name with a path.
fn role_name(role: &str) -> Option<String> {
    let name = role.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(name.to_owned())
}

fn arn_of((account, region, _): &Place, service: &str, resource: &str) -> String {
    format!("arn:{}:{service}:{region}:{account}:{resource}", regions::partition_of(region))
}

/// `eu-west-1` of `eu-west-1a`, or of a local zone.
fn region_of_zone(zone: &str) -> Option<&'static str> {
    let all = ["aws", "aws-cn", "aws-us-gov"].into_iter().flat_map(regions::of).copied();
    all.filter(|region| zone.starts_with(*region)).max_by_key(|region| region.len())
}
