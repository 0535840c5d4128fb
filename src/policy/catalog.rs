//! Which actions AWS services have, and what they give.
//!
//! Owns: the catalog of `rules/data/actions.txt.zst` (`rules/data/README.md` names its source), which is unpacked when it is first
//! asked. INVARIANT: it is older than AWS: what it lacks need not be wrong, and whoever says so names its date.

use std::sync::LazyLock;

use foldhash::HashMap;

use super::action::ActionPattern;
use crate::wildcard;

/// One line for each service; the first line tells the date and the source.
const PACKED: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/data/actions.txt.zst"));

/// What an action gives, in AWS's words. Source: AWS IAM User Guide, "Understanding access level summaries within policy summaries".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "AWS's own words")]
pub enum AccessLevel {
    List,
    Read,
    Tagging,
    Write,
    PermissionsManagement,
}

/// An action of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogAction {
    /// Its service prefix.
    pub service: &'static str,
    /// What follows the colon, in AWS's spelling.
    pub name: &'static str,
    /// What it gives.
    pub level: AccessLevel,
    /// Whether it can be allowed on some resources; if not, only on `*`.
    pub has_resources: bool,
}

/// What the catalog says of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// At least one action matches.
    Action,
    /// The service is known, and none of its actions matches.
    Service,
    /// No service has this prefix.
    Nothing,
}

struct Service {
    prefix: &'static str,
    /// The services in the ARNs of its resources; empty if that is not told.
    vendors: Vec<&'static str>,
    /// In lower case, with the action, sorted.
    actions: Vec<(Box<str>, CatalogAction)>,
}

impl Service {
    /// The actions that an operation, in lower case, can match: one at most if it has no wildcard.
    fn candidates(&self, operation: &str) -> &[(Box<str>, CatalogAction)] {
        if wildcard::has_wildcard(operation) {
            return &self.actions;
        }
        let found = self.actions.binary_search_by(|(lower, _)| (**lower).cmp(operation));
        found.ok().and_then(|at| self.actions.get(at)).map(std::slice::from_ref).unwrap_or_default()
    }
}

struct Catalog {
    date: &'static str,
    /// Sorted by prefix.
    services: Vec<Service>,
    /// The place of each prefix.
    places: HashMap<&'static str, usize>,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let unpacked = zstd::decode_all(PACKED).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    read(unpacked.leak())
});

fn read(text: &'static str) -> Catalog {
    let mut lines = text.lines();
    let date = lines.next().and_then(|first| first.split(' ').nth(1)).unwrap_or_default();
    let mut services: Vec<Service> = lines.filter_map(service).collect();
    services.sort_by_key(|service| service.prefix);
    let places = services.iter().enumerate().map(|(at, service)| (service.prefix, at)).collect();
    Catalog { date, services, places }
}

fn service(line: &'static str) -> Option<Service> {
    let mut parts = line.split('\t');
    let (prefix, vendors) = (parts.next()?, parts.next()?);
    let mut actions: Vec<(Box<str>, CatalogAction)> = Vec::new();
    for part in parts {
        let (letter, names) = part.split_once(' ')?;
        let has_resources = letter.bytes().all(|b| b.is_ascii_lowercase());
        let level = match letter.to_ascii_lowercase().as_str() {
            "l" => AccessLevel::List,
            "r" => AccessLevel::Read,
            "t" => AccessLevel::Tagging,
            "w" => AccessLevel::Write,
            _ => AccessLevel::PermissionsManagement,
        };
        let of = |name| {
            (Box::from(str::to_ascii_lowercase(name)), CatalogAction { service: prefix, name, level, has_resources })
        };
        actions.extend(names.split(' ').map(of));
    }
    actions.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(Service { prefix, vendors: vendors.split(' ').filter(|vendor| !vendor.is_empty()).collect(), actions })
}

fn of_prefix(prefix: &str) -> Option<&'static Service> {
    CATALOG.places.get(prefix).and_then(|at| CATALOG.services.get(*at))
}

/// The month that the catalog describes, `2026-10`.
#[must_use]
pub fn date() -> &'static str {
    CATALOG.date
}

/// Whether some action begins with a prefix, in lower case.
#[must_use]
pub fn has_service(prefix: &str) -> bool {
    of_prefix(prefix).is_some()
}

/// What an action gives; `None` if the catalog does not have it. Ignores case.
#[must_use]
pub fn access_level(service: &str, action: &str) -> Option<AccessLevel> {
    let of = of_prefix(&service.to_ascii_lowercase())?;
    let found = of.candidates(&action.to_ascii_lowercase()).first();
    found.filter(|_| !wildcard::has_wildcard(action)).map(|(_, action)| action.level)
}

/// The actions that a pattern of a policy matches, in order.
pub fn matching(pattern: &ActionPattern) -> impl Iterator<Item = CatalogAction> + '_ {
    let (service, operation) = match pattern {
        ActionPattern::All => ("*", "*"),
        ActionPattern::Named { service, operation, .. } => (&**service, &**operation),
        // matches no name, not even an empty one
        ActionPattern::Nothing(_) => ("?", ""),
    };
    let exact = (!wildcard::has_wildcard(service)).then(|| of_prefix(service));
    let services = match exact {
        Some(found) => found.map(std::slice::from_ref).unwrap_or_default(),
        None => &*CATALOG.services,
    };
    let services = services.iter().filter(move |of| wildcard::matches(service, of.prefix));
    let actions = services.flat_map(move |of| of.candidates(operation));
    actions.filter(move |(lower, _)| wildcard::matches(operation, lower)).map(|(_, action)| *action)
}

/// Whether a pattern matches an action of the catalog, or at least names a service of it.
#[must_use]
pub fn knows(pattern: &ActionPattern) -> Known {
    if matching(pattern).next().is_some() {
        return Known::Action;
    }
    let service = match pattern {
        ActionPattern::Named { service, .. } => &**service,
        ActionPattern::All | ActionPattern::Nothing(_) => "",
    };
    let known = CATALOG.services.iter().any(|of| wildcard::matches(service, of.prefix));
    if known { Known::Service } else { Known::Nothing }
}

/// Every action of a service, or every service prefix if no service has this one: what a misspelled name may have meant.
#[must_use]
pub fn alike(service: &str) -> Vec<&'static str> {
    match of_prefix(service) {
        Some(of) => of.actions.iter().map(|(_, action)| action.name).collect(),
        None => CATALOG.services.iter().map(|of| of.prefix).collect(),
    }
}

/// The services that the ARNs of a service's resources name: `ec2` among those of `ebs`; empty if that is not told.
#[must_use]
pub fn vendors(service: &str) -> &'static [&'static str] {
    of_prefix(service).map(|of| of.vendors.as_slice()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ActionPattern {
        ActionPattern::parse(text)
    }

    #[test]
    fn the_catalog_is_there_and_says_how_old_it_is() {
        assert!(date().starts_with("20") && date().len() == "2026-10".len(), "{}", date());
        assert!(matching(&ActionPattern::All).count() > 20_000);
        assert!(CATALOG.services.iter().all(|of| !of.actions.is_empty()));
    }

    #[test]
    fn levels_are_those_of_the_service_authorization_reference() {
        for (service, action, level) in [
            ("iam", "GetRole", AccessLevel::Read),
            ("IAM", "attachrolepolicy", AccessLevel::PermissionsManagement),
            ("s3", "ListBucket", AccessLevel::List),
            ("sts", "AssumeRole", AccessLevel::Write),
            ("sts", "TagSession", AccessLevel::Tagging),
            ("account-access", "CreateEntitlement", AccessLevel::Write),
        ] {
            assert_eq!(access_level(service, action), Some(level), "{service}:{action}");
        }
        assert_eq!(access_level("iam", "GetRolez"), None);
        assert_eq!(access_level("imn", "GetRole"), None);
    }

    #[test]
    fn patterns_match_as_they_do_in_a_policy() {
        let names = |text: &str| matching(&pattern(text)).map(|action| action.name).collect::<Vec<_>>();
        assert_eq!(names("STS:assumerole"), ["AssumeRole"]);
        assert_eq!(names("st?:AssumeRoo*"), ["AssumeRoot"]);
        assert!(names("iam, sts:AssumeRole").is_empty() && names("aws-mcp:*").is_empty());
        assert_eq!(knows(&pattern("iam:Get*")), Known::Action);
        assert_eq!(knows(&pattern("iam:Gte*")), Known::Service);
        assert_eq!(knows(&pattern("imn:Get*")), Known::Nothing);
        assert!(alike("iam").contains(&"GetRole") && alike("imn").contains(&"iam"));
        assert_eq!(vendors("ebs"), ["ec2"]);
        let has_resources = |text: &str| matching(&pattern(text)).all(|action| action.has_resources);
        assert!(has_resources("ec2:StartInstances") && !has_resources("ec2:DescribeInstances"));
    }
}
