//! The text of a new `rolehop.toml`.
//!
//! Owns: its layout. INVARIANT: it is TOML that rolehop's own parser reads; a guess is marked with `confirm:`; a name that somebody
//! chose stands in a comment escaped, and in a value quoted.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;

use crate::config::{KEYS, Key};
use crate::proposal::{By, Identity, Outside, Pick, Production, Proposal};
use crate::report::escape::escape;
use crate::report::terminal::names::plural;

/// Outside accounts and OUs that are listed at most.
const LISTED: usize = 100;

/// OUs that are named where none looks like production.
const NAMED: usize = 12;

const HEAD: &str = "\
# Every key: docs/configuration.md. Completion in an editor: `rolehop config schema -o rolehop.schema.json`, with
# `#:schema ./rolehop.schema.json` as the first line of this file.
version = 1
";

/// Where the proposal comes from.
pub(super) struct Source<'a> {
    pub(super) snapshot: &'a Path,
    pub(super) taken: Option<Timestamp>,
    /// The role that read the snapshot.
    pub(super) role: Option<&'a str>,
    /// As the configuration in use has it.
    pub(super) snapshot_dir: Option<&'a Path>,
}

/// A configuration as the snapshot suggests it.
pub(super) fn proposed(proposal: &Proposal, source: &Source<'_>) -> String {
    let taken = source.taken.map_or_else(String::new, |at| format!(" of {}", at.strftime("%Y-%m-%d")));
    let from = escape(&source.snapshot.display().to_string()).into_owned();
    let mut text = format!("# Proposed by `rolehop config init` from the snapshot {from}{taken}.\n");
    text.push_str("# Lines with `confirm:` are guesses; `rolehop config check` says what each target matches.\n");
    text.push_str(HEAD);
    text.push_str("\n[scan]\n");
    match source.role {
        Some(role) => line(&mut text, &format!("role_name = {}", quoted(role)), "the role that read this snapshot"),
        None => text.push_str("# role_name = \"audit-readonly\"  # the role to assume in every account\n"),
    }
    if let Some(dir) = source.snapshot_dir {
        line(&mut text, &format!("snapshot_dir = {}", quoted(&dir.display().to_string())), "as before");
    }
    text.push_str("# external_id = { env = \"ROLEHOP_EXTERNAL_ID\" }  # secrets stay in the environment\n");
    production(&mut text, &proposal.production);
    identity(&mut text, &proposal.identity);
    outside(&mut text, &proposal.outside);
    text.push_str(
        "\n[check]\n# fail_on = \"high\"  # `rolehop check` exits with 3 on open findings of this severity or worse\n",
    );
    text
}

/// Every key with its example, as comments.
pub(super) fn starter() -> String {
    let mut text = "# Written by `rolehop config init` without a snapshot. Remove the `#` of what you need, or run it again with `--force`\n\
                    # after `rolehop scan`: it then proposes targets and more.\n"
        .to_owned();
    text.push_str(HEAD);
    let headers = [
        ("scan", "[scan]", "Defaults of scan, collect and doctor"),
        ("targets.NAME", "[targets.prod]", "What nobody should reach by accident: `rolehop who-can prod`"),
        ("check", "[check]", "Defaults of check"),
        ("quotas", "[quotas]", "Defaults of quotas"),
        ("people", "[people]", "What AWS does not see of people of Identity Center"),
        ("rules.ID", "[rules.role-unused]", "Settings of one rule: `rolehop rules explain role-unused`"),
        ("waivers", "[[waivers]]", "A finding that is accepted until a day"),
        ("expect", "[[expect]]", "Who may reach a target: `rolehop check` reports a breach"),
    ];
    for (table, header, about) in headers {
        // of these tables, an empty one has a meaning of its own
        let open = if matches!(table, "scan" | "check" | "quotas" | "people") { "" } else { "# " };
        let _ = write!(text, "\n# {about}\n{open}{header}\n");
        for key in KEYS.iter().filter(|key| key.table == table) {
            example(&mut text, key);
        }
    }
    text
}

fn example(text: &mut String, key: &Key) {
    let default = if key.default.is_empty() { String::new() } else { format!("; default: {}", key.default) };
    let _ = writeln!(text, "# {}  # {}{default}", key.example, key.about);
}

fn production(text: &mut String, found: &Production) {
    text.push_str("\n# What nobody should reach by accident: `rolehop who-can prod`.\n");
    if found.tags_unread > 0 {
        let unread = plural(found.tags_unread, "account");
        let _ = writeln!(text, "# The tags of {unread} were not read: a scan reads them if a target has `tags`.");
    }
    if found.units_unread > 0 {
        let _ = writeln!(text, "# The OUs above {} were not read.", plural(found.units_unread, "account"));
    }
    if found.picks.is_empty() {
        text.push_str("# No OU, account tag or account name looks like production. Say which accounts are:\n");
        text.push_str("# [targets.prod]\n# ou = [\"/Workloads/Prod\"]\n# names = [\"*-prod\"]\n");
        let units: Vec<&str> = found.units.iter().take(NAMED).map(String::as_str).collect();
        if !units.is_empty() {
            let more = found.units.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(text, "# OUs: {}{more}", escape(&units.join(", ")));
        }
        return;
    }
    text.push_str("[targets.prod]\n");
    let of = |by: &By| found.picks.iter().filter(|pick| pick.by == *by).collect::<Vec<_>>();
    picks(text, "ou", &of(&By::Ou));
    let mut keys: Vec<&String> = Vec::new();
    for pick in &found.picks {
        match &pick.by {
            By::Tag(key) if !keys.contains(&key) => keys.push(key),
            _ => {}
        }
    }
    for key in keys {
        picks(text, &format!("tags.{}", bare(key)), &of(&By::Tag(key.clone())));
    }
    picks(text, "names", &of(&By::Name));
    if found.except.is_empty() {
        return;
    }
    text.push_str("except = [\n");
    for account in &found.except {
        let off = if account.by_name_only { "" } else { "# " };
        let entry = format!("    {off}{},", quoted(&account.id.to_string()));
        line(text, &entry, &format!("confirm: its name is {}", escape(&account.name)));
    }
    text.push_str("]\n");
}

fn picks(text: &mut String, key: &str, picks: &[&Pick]) {
    if picks.is_empty() {
        return;
    }
    let _ = writeln!(text, "{key} = [");
    for pick in picks {
        let known = match (pick.accounts - pick.new, pick.new) {
            (0, _) => String::new(),
            (_, 0) => ", all matched above".to_owned(),
            (_, new) => format!(", {new} of them not matched above"),
        };
        line(
            text,
            &format!("    {},", quoted(&pick.value)),
            &format!("confirm: {}{known}", plural(pick.accounts, "account")),
        );
    }
    text.push_str("]\n");
}

fn identity(text: &mut String, found: &[Identity]) {
    text.push_str("\n# Accounts in which people have IAM users; a user elsewhere is a finding.\n");
    text.push_str("[rules.iam-user-outside-identity-accounts]\n");
    if found.is_empty() {
        text.push_str("# identity_accounts = [\"111122223333\"]  # no account stands out; inferred from who assumes roles elsewhere\n");
        return;
    }
    text.push_str("identity_accounts = [\n");
    for one in found {
        let named = if one.named { ", and its name says so" } else { "" };
        let users = format!("{} of {}{named}", one.users, plural(one.of, "IAM user"));
        let why = format!("confirm: {}has {users}", named_as(&one.name));
        line(text, &format!("    {},", quoted(&one.id.to_string())), &why);
    }
    text.push_str("]\n");
}

fn outside(text: &mut String, found: &[Outside]) {
    let (own, others): (Vec<&Outside>, Vec<&Outside>) = found.iter().partition(|one| one.read);
    text.push_str("\n# Accounts outside the organization that trust policies admit. Remove the `#` of those that you know: vendors, and\n");
    text.push_str("# accounts of your own. The others stay findings.\n");
    text.push_str("[rules.external-account-not-allowed]\nallowed_accounts = [\n");
    for one in found.iter().take(LISTED) {
        admitted(text, "# ", one, "");
    }
    if found.len() > LISTED {
        let left = plural(found.len() - LISTED, "account");
        let _ = writeln!(text, "    # and {left}: rolehop check --rule external-account-not-allowed --expand");
    }
    if found.is_empty() {
        text.push_str("    # none was found\n");
    }
    text.push_str("]\n\n# Of these, accounts of your own: they need no external id.\n");
    text.push_str("[rules.external-trust-without-external-id]\nown_accounts = [\n");
    own.iter().for_each(|one| admitted(text, "", one, ": the scan could read it"));
    if own.is_empty() && !others.is_empty() {
        text.push_str("    # move lines here\n");
    }
    text.push_str("]\n");
}

fn admitted(text: &mut String, off: &str, one: &Outside, why: &str) {
    let trusts = match one.trusts {
        1 => format!("trusted by the role {}", one.example),
        count => format!("trusted by {}, e.g. {}", plural(count, "role"), one.example),
    };
    let entry = format!("    {off}{},", quoted(&one.id.to_string()));
    line(text, &entry, &format!("confirm: {}{}{why}", named_as(&one.name), escape(&trusts)));
}

fn named_as(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{} ", escape(name)) }
}

fn line(text: &mut String, entry: &str, comment: &str) {
    let _ = writeln!(text, "{entry}  # {comment}");
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key as TOML takes it.
fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain { key.to_owned() } else { serde_json::Value::String(key.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::ids::AccountId;
    use crate::proposal::Except;

    fn read(text: &str) -> Config {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rolehop.toml");
        std::fs::write(&file, text).unwrap();
        Config::read(&file).unwrap_or_else(|error| panic!("{:?}\n{text}", error.diagnostic()))
    }

    #[test]
    fn a_starter_is_read_as_it_is_and_with_every_comment_removed() {
        let text = starter();
        assert!(read(&text).targets.is_empty());
        let examples = text.lines().map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest,
            _ => line,
        });
        let config = read(&examples.collect::<Vec<_>>().join("\n"));
        assert_eq!(config.targets.len(), 1);
        assert_eq!((config.waivers.len(), config.scan.concurrency), (1, Some(40)));
    }

    #[test]
    fn names_that_somebody_chose_stay_names() {
        let id = AccountId::parse("111122223333").unwrap();
        let evil = "x\"]\n[check]\nfail_on = \"info\" # \u{202e}";
        let pick = |by| Pick { by, value: evil.to_owned(), accounts: 3, new: 1 };
        let proposal = Proposal {
            production: Production {
                picks: vec![pick(By::Ou), pick(By::Tag("a b\"\n".to_owned())), pick(By::Name)],
                except: vec![Except { id, name: evil.to_owned(), by_name_only: true }],
                ..Production::default()
            },
            identity: vec![Identity { id, name: evil.to_owned(), users: 1, of: 2, named: false }],
            outside: vec![Outside { id, name: evil.to_owned(), read: true, trusts: 2, example: evil.to_owned() }],
        };
        let source = Source { snapshot: Path::new(evil), taken: None, role: Some(evil), snapshot_dir: None };
        let text = proposed(&proposal, &source);
        let config = read(&text);
        assert_eq!(config.scan.role_name.as_deref(), Some(evil));
        assert_eq!(config.targets["prod"].ou, [evil]);
        assert_eq!(config.targets["prod"].tags["a b\"\n"], [evil]);
        assert_eq!(config.check.fail_on, None);
        assert!(text.lines().filter(|line| line.starts_with('#')).all(|line| !line.contains('\u{202e}')));
    }
}
