//! Every key of `rolehop.toml`: what it holds, what stands for it on a command line, and an example.
//!
//! Owns: the table from which the JSON Schema, the reference under `docs/` and `config show` are made. INVARIANT: it has the keys that
//! the parser knows, no more and no fewer; tests compare the two.

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table that it stands in: empty for the top, `scan`, `targets.NAME`, `check`, `quotas`, `people`, `rules.ID`, `waivers`, `expect`.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether its table means nothing without it.
    pub required: bool,
    /// What it means, in a sentence without a full stop.
    pub about: &'static str,
    /// What is used if it is not given; empty if that is nothing.
    pub default: &'static str,
    /// The option that says the same on a command line.
    pub option: Option<&'static str>,
    /// The environment variable that says the same.
    pub variable: Option<&'static str>,
    /// A line of a file.
    pub example: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The version of the format, 1.
    Version,
    /// Text that is not empty.
    Text,
    /// A whole number from 1.
    Count,
    /// A whole number from 0 to 100.
    Percent,
    /// True or false.
    Switch,
    /// A severity.
    Severity,
    /// Text that is not empty, or a list of such.
    TextOrTexts,
    /// A list of texts.
    Texts,
    /// A list of selectors of accounts.
    Selectors,
    /// Lists of texts by a name that users choose.
    TextsByName,
    /// The name of an environment variable with a secret in it.
    Secret,
    /// The word `always`.
    Always,
    /// A day.
    Day,
}

impl Holds {
    /// As the reference calls it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Version => "1",
            Self::Text => "text",
            Self::Count => "number",
            Self::Percent => "percent",
            Self::Switch => "true or false",
            Self::Severity => "severity",
            Self::TextOrTexts => "text or list of text",
            Self::Texts => "list of text",
            Self::Selectors => "list of selectors",
            Self::TextsByName => "table of lists of text",
            Self::Secret => "`{ env = \"VARIABLE\" }`",
            Self::Always => "`\"always\"`",
            Self::Day => "date",
        }
    }
}

/// A key that no option and no variable stands for.
const fn key(table: &'static str, name: &'static str, holds: Holds, about: &'static str, example: &'static str) -> Key {
    Key { table, name, holds, required: false, about, default: "", option: None, variable: None, example }
}

impl Key {
    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn option(self, option: &'static str) -> Self {
        Self { option: Some(option), ..self }
    }

    const fn variable(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }
}

/// Which findings a waiver is about.
const WHERE: &str =
    "glob on the subject, or a list of them: its ARN, or `account/kind/name` with the account's name or id";

/// All keys, by table, in the order of the reference.
pub const KEYS: &[Key] = &[
    key("", "version", Holds::Version, "version of the format", "version = 1").or("1"),
    key(
        "scan",
        "role_name",
        Holds::Text,
        "name or path/name of the role to assume in every account",
        "role_name = \"audit-readonly\"",
    )
    .option("--role-name")
    .variable("ROLEHOP_ROLE_NAME"),
    key(
        "scan",
        "external_id",
        Holds::Secret,
        "where the external id is: secrets do not belong in files",
        "external_id = { env = \"ROLEHOP_EXTERNAL_ID\" }",
    )
    .option("--external-id")
    .variable("ROLEHOP_EXTERNAL_ID"),
    key("scan", "include", Holds::Selectors, "only these accounts", "include = [\"ou:/Workloads\", \"tag:env=*\"]")
        .or("every account")
        .option("--include"),
    key("scan", "exclude", Holds::Selectors, "not these accounts", "exclude = [\"ou:/Sandbox\", \"playground-*\"]")
        .or("none")
        .option("--exclude"),
    key("scan", "concurrency", Holds::Count, "calls in flight", "concurrency = 40")
        .or("64")
        .option("--concurrency")
        .variable("ROLEHOP_CONCURRENCY"),
    key("scan", "region", Holds::Text, "region of STS and CloudTrail", "region = \"eu-west-1\"")
        .or("that of the AWS profile or environment")
        .option("--region")
        .variable("ROLEHOP_REGION"),
    key(
        "scan",
        "identity_center_region",
        Holds::Text,
        "region of the organization's instance of IAM Identity Center",
        "identity_center_region = \"eu-west-1\"",
    )
    .or("it is looked for")
    .option("--identity-center-region")
    .variable("ROLEHOP_IDENTITY_CENTER_REGION"),
    key(
        "scan",
        "identity_center_role",
        Holds::Text,
        "ARN of the role that reads IAM Identity Center",
        "identity_center_role = \"arn:aws:iam::111122223333:role/identity-readonly\"",
    )
    .or("the credentials of the run")
    .option("--identity-center-role")
    .variable("ROLEHOP_IDENTITY_CENTER_ROLE"),
    key(
        "scan",
        "snapshot_dir",
        Holds::Text,
        "directory of snapshots, one directory each",
        "snapshot_dir = \"snapshots\"",
    )
    .or("snapshots"),
    key(
        "targets.NAME",
        "ou",
        Holds::Texts,
        "OUs by path or id, everything below included",
        "ou = [\"/Workloads/Prod\"]",
    ),
    key(
        "targets.NAME",
        "tags",
        Holds::TextsByName,
        "account tags: for each key a list of values or globs",
        "tags = { env = [\"prod\", \"production\"] }",
    ),
    key("targets.NAME", "names", Holds::Texts, "globs on account names", "names = [\"*-prod\", \"prod-*\"]"),
    key("targets.NAME", "accounts", Holds::Texts, "account ids or names", "accounts = [\"111122223333\"]"),
    key(
        "targets.NAME",
        "roles",
        Holds::Texts,
        "only these roles: globs on the name, on `account/role`, or on the path with the name",
        "roles = [\"*/deploy-*\", \"path:/admin/*\"]",
    )
    .or("every role"),
    key(
        "targets.NAME",
        "except",
        Holds::Texts,
        "accounts to leave out: ids, names, globs on names",
        "except = [\"prod-sandbox\"]",
    )
    .or("none"),
    key(
        "check",
        "fail_on",
        Holds::Severity,
        "exit with 3 on open findings of this severity or worse",
        "fail_on = \"medium\"",
    )
    .or("high")
    .option("--fail-on")
    .variable("ROLEHOP_FAIL_ON"),
    key(
        "check",
        "rules_dir",
        Holds::Text,
        "directory with [rules of your own](own-rules.md), from the directory of this file",
        "rules_dir = \"rules\"",
    )
    .or("none")
    .option("--rules")
    .variable("ROLEHOP_RULES"),
    key(
        "check",
        "baseline",
        Holds::Text,
        "file that `rolehop baseline create` made, from the directory of this file: what is in it is known",
        "baseline = \"baseline.json\"",
    )
    .or("none")
    .option("--baseline")
    .variable("ROLEHOP_BASELINE"),
    key(
        "check",
        "waivers_file",
        Holds::Text,
        "file with more `[[waivers]]`, from the directory of this file",
        "waivers_file = \"waivers.toml\"",
    )
    .or("none")
    .option("--waivers")
    .variable("ROLEHOP_WAIVERS"),
    key(
        "check",
        "max_waiver_days",
        Holds::Count,
        "days that a waiver may last from the day of the run; one that lasts longer is an error",
        "max_waiver_days = 180",
    )
    .or("366"),
    key(
        "check",
        "edges",
        Holds::Texts,
        "kinds of edge that questions about paths follow: `assume`, `escalation`",
        "edges = [\"assume\", \"escalation\"]",
    )
    .or("assume")
    .option("--edges")
    .variable("ROLEHOP_EDGES"),
    key(
        "quotas",
        "near",
        Holds::Percent,
        "`rolehop quotas` shows what uses so many percent of a quota or more",
        "near = 90",
    )
    .or("80")
    .option("--near"),
    key(
        "people",
        "mfa",
        Holds::Text,
        "what is claimed of the MFA of people of Identity Center, which AWS does not see; printed as a claim, decides nothing",
        "mfa = \"enforced by okta\"",
    )
    .or("nothing is claimed"),
    key("rules.ID", "severity", Holds::Severity, "severity of its findings", "severity = \"low\"")
        .or("that of its card"),
    key("rules.ID", "enabled", Holds::Switch, "whether the rule runs", "enabled = false").or("true"),
    key("waivers", "rule", Holds::Text, "id of the rule", "rule = \"external-trust-without-external-id\"").required(),
    key("waivers", "where", Holds::TextOrTexts, WHERE, "where = \"prod-core/role/monitor\"")
        .or("every subject, if `accounts` is given"),
    key(
        "waivers",
        "accounts",
        Holds::Selectors,
        "accounts of the findings: ids, names, OUs, tags",
        "accounts = [\"playground-*\", \"ou:/Sandbox\"]",
    )
    .or("every account, if `where` is given"),
    key("waivers", "reason", Holds::Text, "why it is accepted", "reason = \"vendor contract\"").required(),
    key("waivers", "owner", Holds::Text, "who is responsible for it", "owner = \"sec-platform@example.com\"")
        .required(),
    key("waivers", "ticket", Holds::Text, "where it is tracked", "ticket = \"SEC-1234\""),
    key("waivers", "expires", Holds::Day, "last day, in UTC", "expires = 2027-02-28").required(),
    key(
        "expect",
        "name",
        Holds::Text,
        "what it is called: its findings are known by it",
        "name = \"only platform-admins reach prod\"",
    )
    .required(),
    key("expect", "target", Holds::Text, "a target, as `rolehop who-can` takes it", "target = \"prod\"").required(),
    key(
        "expect",
        "only",
        Holds::Texts,
        "[principals](how-to/access-policy.md#how-principals-are-named): nobody else reaches it, unless through one of them; `[]` is nobody",
        "only = [\"group:hub/platform-admins\", \"role:*/ci-*\"]",
    )
    .or("anybody"),
    key(
        "expect",
        "never",
        Holds::Texts,
        "principals that never reach it, on whatever way",
        "never = [\"ou:/Sandbox\"]",
    )
    .or("none"),
    key("expect", "mfa", Holds::Always, "every user who reaches it needs MFA, on every way", "mfa = \"always\"")
        .or("not asked for"),
    key("expect", "severity", Holds::Severity, "severity of a breach", "severity = \"critical\"").or("high"),
    key("expect", "owner", Holds::Text, "who answers for it", "owner = \"platform@example.com\""),
    key("expect", "reason", Holds::Text, "why it is so", "reason = \"access review of 2026\""),
];

/// The keys of one table.
pub fn keys_of(table: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.table == table)
}
