//! What resources of a stack are called: names, ARNs, and what `Ref` and `Fn::GetAtt` give of them.

use super::term::Term;
use crate::ids::AccountId;
use crate::planned::Accounts;
use crate::planned::suffix::Suffix;
use crate::snapshot::edit::{Holder, HolderKind};

/// What the snapshot knows of the place where a stack is.
pub trait Place: Accounts {
    /// The account that was named.
    fn account(&self) -> Option<AccountId>;
    /// Names of its users, roles or groups that begin so.
    fn named_like(&self, account: AccountId, kind: HolderKind, prefix: &str) -> Vec<String>;
}

/// Types that may say who can do what, or make others that do.
const OF_ACCESS: [&str; 10] = [
    "AWS::IAM::",
    "AWS::Organizations::",
    "AWS::SSO::",
    "AWS::IdentityStore::",
    "AWS::RolesAnywhere::",
    "AWS::CloudFormation::",
    "AWS::ControlTower::",
    "AWS::Serverless::",
    "Custom::",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];

/// Types of these that give nobody a way to a role.
const WITHOUT_ACCESS: [&str; 6] = [
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ServerCertificate",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::IAM::VirtualMFADevice",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
];

pub(super) fn is_of_access(kind: &str) -> bool {
    (OF_ACCESS.iter().any(|start| kind.starts_with(start)) || kind.ends_with("::MODULE"))
        && !WITHOUT_ACCESS.contains(&kind)
}

/// A user, role or group, by type: the property that names it.
pub(super) fn holder_type(kind: &str) -> Option<(HolderKind, &'static str, &'static str)> {
    match kind {
        "AWS::IAM::Role" => Some((HolderKind::Role, "RoleName", "role")),
        "AWS::IAM::User" => Some((HolderKind::User, "UserName", "user")),
        "AWS::IAM::Group" => Some((HolderKind::Group, "GroupName", "group")),
        _ => None,
    }
}

pub(super) fn holder(kind: HolderKind, name: &str) -> Holder {
    match kind {
        HolderKind::Role => Holder::Role(name.into()),
        HolderKind::User => Holder::User(name.into()),
        HolderKind::Group => Holder::Group(name.into()),
    }
}

pub(super) type Where<'p> = (AccountId, &'p dyn Place, Option<&'p str>);

/// The name of something; what AWS generates is found in the snapshot, or stands as `STACK-ID-(generated)`, which is no name of IAM.
pub(super) fn name_of(
    logical: &str,
    given: Option<&Term>,
    kind: Option<HolderKind>,
    (account, place, stack): Where<'_>,
) -> Result<String, String> {
    if let Some(given) = given {
        return given.text();
    }
    let generated = Generated { stack, logical };
    let found = kind.map(|kind| place.named_like(account, kind, generated.start())).unwrap_or_default();
    let found: Vec<String> = found.into_iter().filter(|name| generated.fits(name)).collect();
    match (stack, found.as_slice()) {
        (Some(_), [only]) => Ok(only.clone()),
        (None, [first, ..]) => Err(format!("it may be `{first}`, which is there: --parameter AWS::StackName=NAME")),
        _ => Ok(generated.shown()),
    }
}

/// A name that CloudFormation makes: of the stack, the logical id, and letters of its own.
struct Generated<'n> {
    stack: Option<&'n str>,
    logical: &'n str,
}

impl Generated<'_> {
    /// Characters in the name of a role or user, at most; groups and policies have more, and are not cut where these are.
    const MOST: usize = 64;
    /// What is left of the name of a stack at least, where a name is cut: half of what there is beside the suffix.
    const LEFT: usize = 24;

    /// True where the whole is too long, so that AWS cuts the parts; how is not documented.
    fn is_cut(&self) -> bool {
        let parts = self.stack.map_or(0, str::len) + self.logical.len() + "--".len();
        self.stack.is_some() && parts + Suffix::CLOUDFORMATION.lengths.end() > Self::MOST
    }

    /// How it starts for certain.
    fn start(&self) -> &str {
        let stack = self.stack.unwrap_or_default();
        if self.is_cut() { stack.get(..Self::LEFT).unwrap_or(stack) } else { stack }
    }

    /// True if the name may be it.
    fn fits(&self, name: &str) -> bool {
        let Some((parts, suffix)) = name.rsplit_once('-') else { return false };
        let is_of = |stack: &str, logical: &str| match self.stack {
            None => logical == self.logical,
            Some(own) if self.is_cut() => own.starts_with(stack) && self.logical.starts_with(logical),
            Some(own) => stack == own && logical == self.logical,
        };
        let splits = parts.match_indices('-');
        Suffix::CLOUDFORMATION.fits(suffix)
            && splits.filter_map(|(at, _)| parts.get(..at).zip(parts.get(at + 1..))).any(|(one, two)| is_of(one, two))
    }

    fn shown(&self) -> String {
        let (cut, stack) =
            if self.is_cut() { ("\u{2026}", self.start()) } else { ("", self.stack.unwrap_or("(stack)")) };
        format!("{stack}{cut}-{}-(generated)", self.logical)
    }
}

/// What `Ref` and `Fn::GetAtt` give of a resource.
pub(super) fn references(
    logical: &str,
    kind: &str,
    properties: &Term,
    at: Where<'_>,
) -> Vec<((String, String), String)> {
    let (account, place, _) = at;
    let start = format!("arn:{}:iam::{account}:", place.partition(account));
    let path = || properties.get("Path").map_or_else(|| Ok("/".to_owned()), Term::text);
    let entry = |attribute: &str, text: String| ((logical.to_owned(), attribute.to_owned()), text);
    if let Some((kind, key, word)) = holder_type(kind) {
        let (Ok(name), Ok(path)) = (name_of(logical, properties.get(key), Some(kind), at), path()) else {
            return Vec::new();
        };
        return vec![entry("", name.clone()), entry("Arn", format!("{start}{word}{path}{name}"))];
    }
    let arn = match kind {
        "AWS::IAM::ManagedPolicy" => {
            let name = name_of(logical, properties.get("ManagedPolicyName"), None, at);
            name.and_then(|name| Ok(format!("{start}policy{}{name}", path()?)))
        }
        "AWS::IAM::OIDCProvider" => {
            let url = properties.get("Url").map_or_else(|| Err(String::new()), Term::text);
            url.map(|url| format!("{start}oidc-provider/{}", url.strip_prefix("https://").unwrap_or(&url)))
        }
        "AWS::IAM::SAMLProvider" => {
            name_of(logical, properties.get("Name"), None, at).map(|name| format!("{start}saml-provider/{name}"))
        }
        _ => return Vec::new(),
    };
    let Ok(arn) = arn else { return Vec::new() };
    ["", "Arn", "PolicyArn"].map(|attribute| entry(attribute, arn.clone())).into()
}
