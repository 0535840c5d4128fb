//! Where the organization's instance of IAM Identity Center is.
//!
//! Owns: which regions are asked, and which instance is the organization's. An organization has one, in one region, and no call
//! says which: all but the run's own region are asked at once, because each of them has its own rate.
//! Source: "Organization and account instances of IAM Identity Center", IAM Identity Center User Guide; regions as botocore lists them.

use futures::StreamExt;
use serde_json::json;

use super::client::{PeopleClient, typed};
use crate::collect::aws::error::CallError;
use crate::facet::Service;
use crate::ids::AccountId;
use crate::snapshot::identity_center::Instance;

/// Regions that are asked concurrently.
const AT_ONCE: usize = 8;

/// The regions of each partition that have the service: first those that every account has, beginning with those of most instances,
/// then those that an account has to opt into.
const REGIONS: [(&str, &[&str]); 3] = [
    (
        "aws",
        &[
            "us-east-1",
            "eu-west-1",
            "us-west-2",
            "eu-central-1",
            "us-east-2",
            "ap-southeast-2",
            "ap-southeast-1",
            "eu-west-2",
            "ap-northeast-1",
            "ap-south-1",
            "ca-central-1",
            "eu-north-1",
            "eu-west-3",
            "ap-northeast-2",
            "us-west-1",
            "sa-east-1",
            "ap-northeast-3",
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-us-gov", &["us-gov-west-1", "us-gov-east-1"]),
];

/// What was found, and where.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Every instance, each with its region.
    pub(crate) instances: Vec<Instance>,
    /// The regions that answered, in the order in which they were asked.
    pub(crate) asked: Vec<String>,
}

/// How to tell the organization's instance from those of accounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose<'a> {
    pub(crate) partition: &'a str,
    /// The region of the run.
    pub(crate) region: &'a str,
    /// The region that `--identity-center-region` names: no other is asked.
    pub(crate) named: Option<&'a str>,
    pub(crate) management: Option<AccountId>,
}

impl Whose<'_> {
    pub(crate) fn is_of_organization(&self, instance: &Instance) -> bool {
        instance.may_be_of(self.management)
    }
}

/// Looks for instances until the organization's is found.
pub(crate) async fn find(client: &PeopleClient, whose: Whose<'_>) -> Result<Found, CallError> {
    let mut found = Found::default();
    let first = whose.named.unwrap_or(whose.region);
    match in_region(client, first).await {
        Ok(instances) => found.add(first, instances),
        Err(error) => return Err(error),
    }
    let is_found = |found: &Found| found.instances.iter().any(|instance| whose.is_of_organization(instance));
    if is_found(&found) || whose.named.is_some() {
        return Ok(found);
    }
    let others = REGIONS.iter().find(|(partition, _)| *partition == whose.partition).map_or(&[][..], |(_, list)| list);
    let others = others.iter().copied().filter(|region| *region != first);
    let asked = others.map(async |region| (region, in_region(client, region).await));
    let answers: Vec<_> = futures::stream::iter(asked).buffered(AT_ONCE).collect().await;
    let mut failure = None;
    for (region, answer) in answers {
        match answer {
            Ok(instances) => found.add(region, instances),
            // the account has not opted into it
            Err(error) if error.is_region_off() => {}
            Err(error) => failure = failure.or(Some((region, error))),
        }
    }
    match failure.filter(|_| !is_found(&found)) {
        Some((region, mut error)) => {
            let asked = format!("{} other regions", found.asked.len());
            error.message = format!(
                "{} in {region}; there is no instance in {asked}; `--identity-center-region` names the region, if there is one",
                error.message
            );
            Err(error)
        }
        None => Ok(found),
    }
}

impl Found {
    /// The region of the organization's instance, or the one that is named, or the run's; the account access manager is beside it.
    pub(crate) fn region<'a>(&'a self, whose: Whose<'a>) -> &'a str {
        let own = self.instances.iter().find(|instance| whose.is_of_organization(instance));
        own.and_then(|instance| instance.region.as_deref()).or(whose.named).unwrap_or(whose.region)
    }

    /// An instance that several regions serve counts once, in its primary region.
    fn add(&mut self, region: &str, instances: Vec<Instance>) {
        self.asked.push(region.to_owned());
        for instance in instances {
            if self.instances.iter().all(|known| known.instance_arn != instance.instance_arn) {
                self.instances.push(instance);
            }
        }
    }
}

async fn in_region(client: &PeopleClient, region: &str) -> Result<Vec<Instance>, CallError> {
    const OPERATION: &str = "ListInstances";
    let calls = client.probing(Service::SsoAdmin, region);
    let listed: Vec<serde_json::Value> = calls.list(OPERATION, "Instances", &json!({})).await?;
    let instance = |value: serde_json::Value| {
        let primary = value.get("PrimaryRegion").and_then(|region| region.as_str()).map(str::to_owned);
        let instance: Instance = typed(OPERATION, value)?;
        Ok(Instance { region: Some(primary.unwrap_or_else(|| region.to_owned())), ..instance })
    };
    listed.into_iter().map(instance).collect()
}
