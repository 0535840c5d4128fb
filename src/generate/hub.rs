//! People: IAM users and groups, nearly all of them in the hub.
//!
//! Owns: who is in which group and which roles a group may assume. Does not know the roles' own side (`roles`).

use super::documents::attachment;
use super::layout::{Kind, Layout};
use super::random::Random;
use super::role::{assume, assume_with, role_of};
use super::template::{filled, list, strings};

/// A group that lists more roles than this would exceed its inline policy quota; it gets a pattern instead.
const LISTED_ROLES: usize = 60;

/// Groups that belong to teams; AWS's default quota is 300 groups.
const TEAM_GROUPS: usize = 250;

/// People who may assume `HubAdmin` everywhere; a larger organization does not have more of them.
const ADMINISTRATORS: usize = 8;

/// The group whose members operate whatever belongs to their team.
const BY_TEAM: &str = "operators-by-team";

const USER: &str = r#"{"Path":"/","UserName":"@name@","UserId":"@unique@","Arn":"arn:aws:iam::@account@:user/@name@","CreateDate":"@created@"@inline@,"GroupList":@groups@,"AttachedManagedPolicies":@attached@,"Tags":[{"Key":"team","Value":"@team@"},{"Key":"employee","Value":"@employee@"}]}"#;

const GROUP: &str = r#"{"Path":"/","GroupName":"@name@","GroupId":"@unique@","Arn":"arn:aws:iam::@account@:group/@name@","CreateDate":"@created@","GroupPolicyList":[{"PolicyName":"@name@","PolicyDocument":@document@}],"AttachedManagedPolicies":@attached@}"#;

const MAY_ENTER: &str = r#"{"Version":"2012-10-17","Statement":[@statement@]}"#;

const SELF_SERVICE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"OwnCredentials","Effect":"Allow","Action":["iam:ChangePassword","iam:CreateAccessKey","iam:DeleteAccessKey","iam:GetUser","iam:ListAccessKeys","iam:UpdateAccessKey"],"Resource":"arn:aws:iam::*:user/${aws:username}"},{"Sid":"OwnDevice","Effect":"Allow","Action":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:ResyncMFADevice"],"Resource":["arn:aws:iam::*:mfa/${aws:username}","arn:aws:iam::*:user/${aws:username}"]}]}"#;

/// A person with an IAM user.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) unique: String,
    pub(super) created: String,
    pub(super) last_seen: String,
    pub(super) console: bool,
    pub(super) mfa: bool,
    pub(super) key: bool,
    groups: Vec<String>,
    team: String,
    administrator: bool,
    inline: Option<String>,
}

/// The users of an account: everyone in the hub, one administrator in the management account, a stray user here and there.
pub(super) fn people(layout: &Layout, ix: usize, random: &mut Random) -> Vec<Person> {
    if ix == layout.hub() {
        return (0..layout.spec.hub_users).map(|n| hub_person(layout, n, random)).collect();
    }
    if ix == layout.management() {
        let administrator = person("organization-owner".to_owned(), "management".to_owned(), random);
        return vec![Person { administrator: true, mfa: true, ..administrator }];
    }
    if layout.team_of(ix).is_some() && random.percent(8) {
        let team = layout.prefix(ix);
        let stray = person(format!("legacy-{team}"), team, random);
        let data = layout.role_arns(ix, Kind::Data).next();
        let inline = data.map(|role| may_enter(&assume("Data", [role])));
        return vec![Person { mfa: false, key: true, console: false, inline, ..stray }];
    }
    Vec::new()
}

fn hub_person(layout: &Layout, n: usize, random: &mut Random) -> Person {
    let teams = team_groups(layout);
    let mut groups = vec!["everyone".to_owned()];
    if n % 10 < 6 {
        groups.push("readers".to_owned());
    }
    if n.is_multiple_of(13) && n / 13 < ADMINISTRATORS {
        groups.push("administrators".to_owned());
    }
    // a share of people is admitted by the team that their user is tagged with, spread evenly over all teams
    if n * 37 % 100 < layout.spec.abac {
        groups.push(BY_TEAM.to_owned());
    }
    let first = if teams == 0 { 0 } else { n % teams };
    let mut mine: Vec<usize> = (0..=random.below(5)).map(|step| first + step * step).filter(|t| *t < teams).collect();
    mine.dedup();
    groups.extend(mine.iter().map(|team| format!("team-{}", layout.team_name(*team))));
    let team = layout.team_name(first);
    Person { groups, ..person(format!("person-{n:04}"), team, random) }
}

fn person(name: String, team: String, random: &mut Random) -> Person {
    Person {
        name,
        unique: random.unique_id("AIDA"),
        created: random.date(2018, 8),
        last_seen: random.date(2026, 1),
        console: random.percent(95),
        mfa: random.percent(92),
        key: random.percent(60),
        groups: Vec::new(),
        team,
        administrator: false,
        inline: None,
    }
}

/// The entry of `UserDetailList`.
pub(super) fn user(account: &str, person: &Person) -> String {
    let mut attached = String::new();
    let names = if person.administrator { ["AdministratorAccess"] } else { ["IAMUserChangePassword"] };
    list(&mut attached, names.iter().map(|name| attachment(account, name)));
    let inline = person.inline.as_ref().map_or_else(String::new, |document| {
        format!(",\"UserPolicyList\":[{{\"PolicyName\":\"data\",\"PolicyDocument\":{document}}}]")
    });
    filled(
        USER,
        &[
            ("name", &person.name),
            ("unique", &person.unique),
            ("account", account),
            ("created", &person.created),
            ("groups", &strings(&person.groups)),
            ("attached", &attached),
            ("inline", &inline),
            ("team", &person.team),
            ("employee", person.unique.get(4..10).unwrap_or_default()),
        ],
    )
}

/// The entries of `GroupDetailList`: only the hub has groups.
pub(super) fn groups(layout: &Layout, ix: usize, random: &mut Random) -> Vec<String> {
    if ix != layout.hub() {
        return Vec::new();
    }
    let account = layout.id(ix);
    // each a role that every account has
    let readers = ["HubReadOnly", "org-inventory"].map(|name| role_of("*", name));
    let mut groups = vec![
        group(account, "everyone", SELF_SERVICE, &[], random),
        group(account, "readers", &may_enter(&assume("Read", readers)), &["ViewOnlyAccess"], random),
        group(account, "administrators", &may_enter(&assume("Administer", [role_of("*", "HubAdmin")])), &[], random),
    ];
    let companions = layout.spec.companions();
    let mut operators = |name: &str, roles: &[String]| {
        let document = may_enter(&assume_with("Operate", &companions, roles, ""));
        groups.push(group(account, name, &document, &[], random));
    };
    if layout.spec.abac > 0 {
        operators(BY_TEAM, &[role_of("*", "${aws:PrincipalTag/team}-operator-*")]);
    }
    for team in 0..team_groups(layout) {
        let name = layout.team_name(team);
        let mut roles: Vec<String> = layout
            .accounts_of(team)
            .flat_map(|ix| layout.role_arns(ix, Kind::Operator))
            .take(LISTED_ROLES + 1)
            .collect();
        if roles.len() > LISTED_ROLES {
            roles = vec![role_of("*", &format!("{name}-operator-*"))];
        }
        if roles.is_empty() {
            roles.push(role_of("*", &format!("{name}-operator")));
        }
        operators(&format!("team-{name}"), &roles);
    }
    groups
}

fn team_groups(layout: &Layout) -> usize {
    layout.teams().min(TEAM_GROUPS)
}

fn may_enter(statement: &str) -> String {
    filled(MAY_ENTER, &[("statement", statement)])
}

fn group(account: &str, name: &str, document: &str, attached: &[&str], random: &mut Random) -> String {
    let mut attachments = String::new();
    list(&mut attachments, attached.iter().map(|policy| attachment(account, policy)));
    filled(
        GROUP,
        &[
            ("name", name),
            ("unique", &random.unique_id("AGPA")),
            ("account", account),
            ("created", &random.date(2018, 4)),
            ("document", document),
            ("attached", &attachments),
        ],
    )
}
