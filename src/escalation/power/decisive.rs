//! The requests that decide what a class of principals has the power to do: data, with the reasons.
//!
//! Owns: which actions, on which kind of resource, and how they add up. Does not know how they are decided (`ask`).
//! Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".

use std::sync::LazyLock;

use crate::model::PrincipalType;
use crate::policy::action::Action;

/// A resource of a kind that no policy was written for: whoever may do something to it may do so to any of the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Any {
    Role,
    User,
    Group,
    Object,
    Secret,
    Parameter,
    Table,
    Queue,
    Stream,
    Repository,
    Trail,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Decisive {
    pub(crate) action: Action,
    pub(crate) on: Any,
    /// What follows the account in the ARN of that.
    pub(crate) resource: Box<str>,
    /// Its bit in a set of these requests.
    pub(crate) bit: u32,
}

/// A way to become an administrator: of each list one request is enough, and every list is needed.
struct Written {
    of: Whose,
    steps: &'static [&'static [&'static str]],
}

/// The same, with its requests.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) of: Whose,
    pub(crate) steps: Vec<Vec<&'static Decisive>>,
}

impl Route {
    /// True for what a principal does to itself, and not to any of its kind.
    pub(crate) fn is_on_itself(&self, request: &Decisive) -> bool {
        match self.of {
            Whose::Unbounded(PrincipalType::Role) => request.on == Any::Role,
            Whose::Unbounded(PrincipalType::User) => request.on == Any::User,
            Whose::Anyone => false,
        }
    }
}

/// Who can go a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Principals of this type without a permissions boundary: what they attach to themselves a boundary would cut off again.
    Unbounded(PrincipalType),
    Anyone,
}

const ATTACH_TO_ROLE: &[&str] = &["iam:AttachRolePolicy", "iam:PutRolePolicy"];
const ATTACH_TO_USER: &[&str] = &["iam:AttachUserPolicy", "iam:PutUserPolicy"];
const ATTACH_TO_GROUP: &[&str] = &["iam:AttachGroupPolicy", "iam:PutGroupPolicy"];

/// An administrator can give itself, or a principal that it then signs in as, any permission that its account has. Whoever may do
/// all of these things to any role, user or group can: `*`, `iam:*` and what `NotAction` leaves alike. Whoever can do one of them to
/// certain principals only, or take over an administrator that is there, escalates privileges, which is another question.
const ADMINISTRATOR: &[Written] = &[
    // itself, as it is one of them
    Written { of: Whose::Unbounded(PrincipalType::Role), steps: &[ATTACH_TO_ROLE] },
    Written { of: Whose::Unbounded(PrincipalType::User), steps: &[ATTACH_TO_USER] },
    Written { of: Whose::Unbounded(PrincipalType::User), steps: &[ATTACH_TO_GROUP, &["iam:AddUserToGroup"]] },
    // a role without a boundary that it makes trust itself, or a new one
    Written { of: Whose::Anyone, steps: &[ATTACH_TO_ROLE, &["iam:UpdateAssumeRolePolicy", "iam:CreateRole"]] },
    // a user without a boundary whose credentials it makes
    Written {
        of: Whose::Anyone,
        steps: &[ATTACH_TO_USER, &["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"]],
    },
];

/// Reads what is stored in whatever bucket, secret, parameter, table, queue, stream or repository the account has. What only
/// lists or describes them is no data.
const BROAD_READ: &[&str] = &[
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "sqs:ReceiveMessage",
    "kinesis:GetRecords",
    "codecommit:GitPull",
];

/// Ends what CloudTrail records, or leaves out of it what an intruder does.
const STOPS_LOGGING: &[&str] =
    &["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors"];

/// Every request that the facts above name.
pub(crate) static REQUESTS: LazyLock<Vec<Decisive>> = LazyLock::new(|| {
    let of_routes = ADMINISTRATOR.iter().flat_map(|route| route.steps.iter().copied().flatten());
    let mut names: Vec<&'static str> = of_routes.chain(BROAD_READ).chain(STOPS_LOGGING).copied().collect();
    names.sort_unstable();
    names.dedup();
    let parsed = names.into_iter().filter_map(|name| Some((Action::parse(name)?, on(name))));
    let request =
        |((action, on), bit): ((Action, Any), u32)| Decisive { action, on, resource: on.resource().into(), bit };
    parsed.zip(0..).map(request).collect()
});

pub(crate) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let route =
        |written: &Written| Route { of: written.of, steps: written.steps.iter().map(|s| requests(s)).collect() };
    ADMINISTRATOR.iter().map(route).collect()
});

pub(crate) static READS: LazyLock<Vec<&'static Decisive>> = LazyLock::new(|| requests(BROAD_READ));

pub(crate) static STOPS: LazyLock<Vec<&'static Decisive>> = LazyLock::new(|| requests(STOPS_LOGGING));

/// The requests of these names, in their order.
fn requests(names: &[&str]) -> Vec<&'static Decisive> {
    let named = |name: &&str| REQUESTS.iter().find(|request| request.action.name() == *name);
    names.iter().filter_map(named).collect()
}

/// What an action is done to.
fn on(name: &str) -> Any {
    let (service, operation) = name.split_once(':').unwrap_or_default();
    match service {
        "s3" => Any::Object,
        "secretsmanager" => Any::Secret,
        "ssm" => Any::Parameter,
        "dynamodb" => Any::Table,
        "sqs" => Any::Queue,
        "kinesis" => Any::Stream,
        "codecommit" => Any::Repository,
        "cloudtrail" => Any::Trail,
        _ if operation.contains("Role") => Any::Role,
        _ if operation.contains("Group") => Any::Group,
        _ => Any::User,
    }
}

impl Any {
    /// The ARN of one in this account.
    pub(crate) fn arn(self, partition: &str, account: &str) -> String {
        let resource = self.resource();
        let of = |service: &str| format!("arn:{partition}:{service}:us-east-1:{account}:{resource}");
        match self {
            Self::Role | Self::User | Self::Group => format!("arn:{partition}:iam::{account}:{resource}"),
            Self::Object => format!("arn:{partition}:s3:::{resource}"),
            Self::Secret => of("secretsmanager"),
            Self::Parameter => of("ssm"),
            Self::Table => of("dynamodb"),
            Self::Queue => of("sqs"),
            Self::Stream => of("kinesis"),
            Self::Repository => of("codecommit"),
            Self::Trail => of("cloudtrail"),
        }
    }

    /// What follows the account in its ARN.
    fn resource(self) -> String {
        const NAME: &str = "q7x2m4k9zt";
        let before = match self {
            Self::Role => "role/",
            Self::User => "user/",
            Self::Group => "group/",
            Self::Object => return format!("{NAME}/{NAME}"),
            Self::Secret => "secret:",
            Self::Parameter => "parameter/",
            Self::Table => "table/",
            Self::Queue | Self::Repository => "",
            Self::Stream => "stream/",
            Self::Trail => "trail/",
        };
        format!("{before}{NAME}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_a_bit_and_its_kind_of_resource() {
        assert!(REQUESTS.len() <= 64);
        assert!(ROUTES.iter().flat_map(|route| &route.steps).all(|step| !step.is_empty()));
        assert_eq!((READS.len(), STOPS.len()), (BROAD_READ.len(), STOPS_LOGGING.len()));
        let kind = |name: &str| requests(&[name])[0].on;
        assert_eq!(kind("iam:AttachRolePolicy"), Any::Role);
        assert_eq!(kind("iam:UpdateAssumeRolePolicy"), Any::Role);
        assert_eq!(kind("iam:AddUserToGroup"), Any::Group);
        assert_eq!(kind("iam:CreateLoginProfile"), Any::User);
        assert_eq!(kind("cloudtrail:StopLogging"), Any::Trail);
        assert_eq!(Any::Trail.arn("aws-cn", "1"), "arn:aws-cn:cloudtrail:us-east-1:1:trail/q7x2m4k9zt");
    }
}
