//! `docs/escalation.md` is made of the table: `ROLEHOP_BLESS=1 cargo test --no-default-features --test escalation` writes it.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use rolehop::escalation::{Binding, On, Status, Way, ways};

const HEAD: &str = "\
# Ways to escalate privileges

Whoever may change a policy, a trust or a key, or start something that runs with a stronger role, can do more than its policies say.
rolehop decides each way below for every principal: all its actions, for the same target and Region and with one name for one thing, with
boundary, SCP, Deny and conditions; context keys are in the requests for which AWS lists them, and in no others. The ids with a link are those of the public catalog [pathfinding.cloud](https://pathfinding.cloud/paths/); `rh-…` are ways
that it does not have. The table is `rules/data/escalations/`: a new way is a new row.

- **decided**: yes, no or under which conditions, for every principal.
- **needs compute**: something must run already. Where the snapshot has it ([what runs with roles](import.md#what-runs-with-roles)), each thing is
  decided, and is an edge. Elsewhere rolehop says who may do it, and how many roles may be meant.
- **needs inventory**: something must exist that no data set has, such as a job queue: it is never an edge.
- **not modelled**: the last column says why.

A target counts only if it is stronger: it may do something that the caller may not, or only under other conditions, or with a Deny of
its own in the way; a role lets it in by its name; or a trust policy, SCP or RCP tells the two apart by ARN, tag or id. Of a wide Allow
counts what its boundary, the SCPs and its Denies leave of it. An administrator is
above all that in its own account. Ways that start at one lead to other accounts: over a principal that it makes, where what lets callers
in tells those of its account apart, or its own policies do not let it assume roles; over those of its account whom roles of other accounts,
or an SCP or RCP about AssumeRole, let in by name, by id or by a pattern of their ARN, changed where their own policies or boundary keep them from it; and over itself, or others where it can make nobody, where its own
policies keep it from roles. One whose own policies do not let it take over any user and change any trust policy takes over others of its
account who may change somebody. Whoever is one under conditions counts as one. A way that gives nothing more is no edge; `path` tells it where both are of
one account and no other way leads there, and `who-can` counts the administrators of the target's accounts who are not in the answer; `--expect-none` does not count them, and says how many there are. Rules are narrower: they report who becomes an administrator, reads
any data or stops logging. Roles of Identity Center and service-linked roles are changed by AWS alone. Whoever takes over a user enters the
roles that the user may assume, and those of the account whose trust policy the user may change; where the user gets into a role by a way of its own, so does who has its key, signed with
that. Whoever
changes somebody and takes it over has what the change gives, also where that is an administrator whose own policies keep it from roles. Whom a role
of its own account names needs no Allow of `sts:AssumeRole` for the ways that end in it. A new session carries no MFA, no
tags and no source identity.

Whoever writes a trust policy lets in whom it likes: itself; somebody of an account outside the organization, which anybody can open and no
SCP of the organization binds; whom a public identity provider such as Google vouches for. So a Deny, a boundary or an SCP that keeps the
caller from `sts:AssumeRole` closes no such way. An RCP on the role's account that refuses all three does: one on `sts:AssumeRole` alone
leaves `sts:AssumeRoleWithWebIdentity`.

A role is passed for something of the service that it is passed to, or of one that is called: `iam:AssociatedResourceArn` has no other ARN, and none of
another account or partition.
Who is known to be in no instance profile is passed to EC2 by those alone who may put it in one (`iam:AddRoleToInstanceProfile`).
What policies ask of `ec2:InstanceProfile` is asked of the profiles that hold the role, and of those that the caller may put it in, of any
name that no other role's profile has; where nobody read which ones hold it, it is a condition.

A user signs with what it has that gets in, first without MFA. Whoever signs in with a password that was made or changed has a session
without MFA; a new access key says nothing of MFA. A role by itself has no MFA: a way that asks for some is denied to it, and conditional for a
user who enters it with MFA.

What the credential report or the lists of access keys and MFA devices say of a user closes ways: no third access key, no new password
where there is one, no sign-in with a changed password alone where a device is asked for too. Where they were not read, the remarks say what
must be so. Whoever writes the metadata of a SAML provider says anything in its name: claims that a trust policy asks for are met.
Where an account's SAML providers were not read, those that its roles trust count as there, and whether somebody could make one is *unknown*.

Whoever writes a policy in place of another one is rid of what that one denied: a new version of a managed policy, wherever that is attached, also
as its boundary; an inline policy of the same name.

Whoever makes a role or user gives it what it likes: a name that nothing has, of those that policies and trust policies speak of, below any
path; any policy, or those of a group; tags, where it may tag it (`iam:TagRole`, `iam:TagUser`: an answer names the action where some tag is needed, and the tag);
and writes the trust policy of a role. Its own
boundary, Denies and groups are none of the new one's. What limits that one are the SCPs and RCPs, and the permissions boundary that conditions on
`iam:PermissionsBoundary` ask for: none where one can be made without, else each policy that they admit. What such a policy says and nobody read
leaves the answer *unknown*. A trust policy that names an ARN which is gone lets in nobody who is made under it.

Whoever may change its own tags (`iam:TagUser`, `iam:TagRole` on itself) has those that a trust policy, its own policies, an SCP or an RCP ask for,
or lacks them (`iam:UntagUser`, `iam:UntagRole`), and whoever may change those of a role or user meets conditions on `aws:ResourceTag` before it assumes
the role, changes its trust policy or takes over the user: by one request, with the same values for everything that reads them. The answer names the tag. A session
tag takes the place of a role's own: what is asked of one that may be passed stays a condition. What a role that somebody tagged enters further is decided with the tags that it has now. A user that leaves a group is rid of what it
denied, and of what it granted.

Not followed yet, so that the answer may be *denied* where somebody gets in: more than two users who are taken over one after another; a user who is taken over and changes the one who did so, or joins a
group first and goes a way of its own then, of which the group has the actions; tags of a role or user whose policies or
boundary are changed then, or of a role that is passed; a role that is passed after a new
version of its policy or a change of its boundary, and one that is given a policy and passed to another service than Lambda, EC2, ECS, CodeBuild, CloudFormation, Glue, SageMaker, Systems
Manager or Step Functions; tags that take more than one request; more than one Deny or group that goes; session tags that a changed trust policy lets pass; a principal that
is made without a policy, or whose boundary is taken away or widened afterwards, or that runs in a service which an RCP exempts; names that a trust policy asks for by
`aws:username` alone; more than 1,024 names of principals or 256 boundaries that policies speak of; policies weaker than AdministratorAccess where a condition on `iam:PolicyARN` allows those alone;
what else than AssumeRole, ways of the organization and keys and passwords of users a principal starts once it has changed itself; what a session has from the service that made it; and calls that a
service makes with the caller's own permissions (`aws:CalledVia`, `aws:ViaAWSService`).

Whoever administers Identity Center or the account access manager, in the management account or as delegated administrator, lets itself into
roles of member accounts, an administrator of its own account too: by an assignment of a permission set that the account has a role of, by
membership in a group that is assigned one or entitled to a role, or by an entitlement to a role that trusts the service. A new or a wider permission set
(`sso-001` to `sso-003`) makes roles that are not there yet, or changes what the caller's own can do: it is a finding and no edge, and so is
what leads into the management account, which needs permissions of IAM besides. Nobody reads the tags of permission sets: what a policy asks of
them is a condition. Where the delegated administrators were not read, edges start in the management account alone, findings say *possible*
elsewhere, and an answer about such roles is not proven where somebody elsewhere holds the actions. Who may give itself the policies for it first does so. Which user of Identity Center acts for the caller is no question of policies: the remarks say so.

Who is no administrator and surely becomes one by one way is *one step from administrator*: `rolehop can NAME --edges assume,escalation` says so of
the principal and of each role that it reaches, [reviews](formats.md#review) as `admin-in-one-step`, and [rules of your own](own-rules.md) ask for
`role.administrator_in_one_step` and `user.administrator_in_one_step`.

";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let count = |wanted: fn(&Way) -> bool| ways().filter(|(_, way)| wanted(way)).count();
    let needs_more = |way: &Way| way.status == Status::NeedsInventory;
    let (decided, compute) = (count(Way::is_decided), count(|way| way.inventory.is_some()));
    let inventory = count(needs_more) - compute;
    let others = ways().count() - decided - compute - inventory;
    writeln!(
        page,
        "{decided} are decided, {compute} need compute, {inventory} need an inventory, {others} are not modelled."
    )
    .unwrap();
    let mut category = "";
    for (_, way) in ways() {
        if *way.category != *category {
            category = &way.category;
            writeln!(page, "\n## {category}\n\n| id | what happens | actions | target | status | remarks |\n| --- | --- | --- | --- | --- | --- |").unwrap();
        }
        row(&mut page, way);
    }
    page
}

fn row(page: &mut String, way: &Way) {
    let id = way.link().map_or_else(|| format!("`{}`", way.id), |link| format!("[{}]({link})", way.id));
    let aliases: String = way.aliases.iter().map(|alias| format!(" (was {alias})")).collect();
    let actions: Vec<String> = way.steps.iter().map(|step| format!("`{}`", step.action.name())).collect();
    let status = match &way.status {
        Status::Decided => "decided",
        Status::NeedsInventory if way.inventory.is_some() => "needs compute",
        Status::NeedsInventory => "needs inventory",
        Status::NotModelled(_) => "not modelled",
    };
    let mut remarks: Vec<&str> = way.needs.iter().map(|need| &**need).collect();
    if let Status::NotModelled(why) = &way.status {
        remarks.push(why);
    }
    let target = target(way);
    let (kind, actions, remarks) = (&way.kind, actions.join(", "), remarks.join("; "));
    writeln!(page, "| {id}{aliases} | {kind} | {actions} | {target} | {status} | {remarks} |").unwrap();
}

fn target(way: &Way) -> String {
    let service = way.service.as_deref().unwrap_or_default();
    match way.binding {
        Binding::OwnRole => "itself, a role".to_owned(),
        Binding::OwnUser => "itself, a user".to_owned(),
        Binding::OwnGroup => "a group that it is in".to_owned(),
        Binding::OwnPolicy => "a customer managed policy of its own".to_owned(),
        Binding::OtherGroup => "a group that it is not in".to_owned(),
        Binding::JoinedGroup => "a group that it is not in".to_owned(),
        Binding::LeftGroup => "a group that it is in and that denies something".to_owned(),
        Binding::OwnBoundary => "its permissions boundary".to_owned(),
        Binding::OwnBoundaryPolicy => "the customer managed policy that is its permissions boundary".to_owned(),
        Binding::OwnDenies => "a policy of its own that only denies".to_owned(),
        Binding::User => "a user of the account".to_owned(),
        Binding::Role => "a role of the account".to_owned(),
        Binding::RolePolicy => "a customer managed policy of a role of the account".to_owned(),
        Binding::UserPolicy => "a customer managed policy of a user of the account, or of its groups".to_owned(),
        Binding::UserBoundaryPolicy => {
            "the customer managed policy that is the permissions boundary of a user".to_owned()
        }
        Binding::RoleBoundaryPolicy => {
            "the customer managed policy that is the permissions boundary of a role".to_owned()
        }
        Binding::UserGroup => "a group of a user of the account".to_owned(),
        Binding::UserOtherGroup => "a group that a user of the account is not in".to_owned(),
        Binding::SamlProvider => "a SAML provider that a role of the account trusts".to_owned(),
        Binding::NewRole => "a role that it makes".to_owned(),
        Binding::NewUser if way.joins_group() => "a group, for a user that it makes".to_owned(),
        Binding::NewUser => "a user that it makes".to_owned(),
        Binding::PassedRole | Binding::ChangedRole => format!("a role of the account that trusts {service}"),
        Binding::Compute => format!("what runs with a role that trusts {service}"),
        Binding::Organization => format!("{service} of the organization"),
    }
}

#[test]
fn the_page_lists_every_way() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/escalation.md");
    if env::var_os("ROLEHOP_BLESS").is_some() {
        fs::write(&path, page()).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == page(), "docs/escalation.md: run with ROLEHOP_BLESS=1");
}

/// Every id that the catalog had when this table was made, proposals and labs included.
#[test]
fn no_way_of_the_catalog_is_missing() {
    let of = |prefix: &str, numbers: &[u32]| numbers.iter().map(|n| format!("{prefix}-{n:03}")).collect::<Vec<_>>();
    let all = [
        of("iam", &(1..=26).collect::<Vec<_>>()),
        of("sts", &[1, 2, 3, 4]),
        of("apprunner", &[1, 2]),
        of("batch", &[1, 2, 3]),
        of("bedrock", &(1..=7).collect::<Vec<_>>()),
        of("braket", &[1]),
        of("cloudformation", &(1..=5).collect::<Vec<_>>()),
        of("codebuild", &[1, 2, 3, 4]),
        of("codedeploy", &[1]),
        of("cognitoidentity", &[1]),
        of("datapipeline", &[1]),
        of("ec2", &(1..=5).collect::<Vec<_>>()),
        of("ecs", &(1..=9).collect::<Vec<_>>()),
        of("emr", &[1]),
        of("emrserverless", &[1]),
        of("gamelift", &[1]),
        of("glue", &(1..=7).collect::<Vec<_>>()),
        of("imagebuilder", &[1]),
        of("kinesisanalytics", &[1]),
        of("lambda", &(1..=6).collect::<Vec<_>>()),
        of("omics", &[1]),
        of("sagemaker", &(1..=5).collect::<Vec<_>>()),
        of("ssm", &[1, 2, 3]),
        of("sso", &[1, 2, 3]),
        of("scheduler", &[1]),
        of("stepfunctions", &[1, 2]),
        of("amplify", &[1]),
    ];
    let known: Vec<&str> =
        ways().flat_map(|(_, way)| std::iter::once(&*way.id).chain(way.aliases.iter().map(|alias| &**alias))).collect();
    for id in all.iter().flatten() {
        assert!(known.contains(&id.as_str()), "{id}");
    }
    let made = ways().flat_map(|(_, way)| &way.steps).flat_map(|step| &step.on).filter(|on| matches!(on, On::Made(_)));
    assert!(made.count() > 50);
}
