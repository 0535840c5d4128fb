#!/usr/bin/env python3
"""Who can escalate: Prowler's and Cloudsplaining's lists of actions beside rolehop's rules. Run by hand; prints the table of
docs/how-to/find-escalations.md.

    python3 -m venv venv && venv/bin/pip install prowler cloudsplaining
    cargo build
    venv/bin/python tests/peers/escalation.py target/debug/rolehop

Each situation is an account with one user and a role that may do anything. Both peers judge each policy document by itself; rolehop judges
the user. Every difference is explained here: one that is not, or is no difference any more, ends the run with 1. Below, the accounts of
examples/ are counted by policy document in the same way.
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

# the script beside this one has the name of Prowler's package
sys.path.remove(str(pathlib.Path(__file__).resolve().parent))
from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: E402
from prowler.providers.aws.services.iam.lib import privilege_escalation  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def allow(*actions, on="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions, on="*"):
    return {"Effect": "Deny", "Action": list(actions), "Resource": on}


PASS = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
ROLE = "arn:aws:iam::{id}:role/strong"
ME = "arn:aws:iam::{id}:user/who"
READ_ONLY = {"Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}
ELSEWHERE = {"Condition": {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}}

# what the user may do, by document; what else is so; what Prowler, Cloudsplaining and rolehop say; why they differ
SITUATIONS = [
    ("puts a policy on any user", [[allow("iam:PutUserPolicy")]], {}, "yes yes no",
     "rolehop tells it as an administrator: whoever may do so to any user has every permission"),
    ("passes any role to a function", [[allow(*PASS)]], {}, "yes yes yes", ""),
    ("puts a policy on itself alone", [[allow("iam:PutUserPolicy", on=ME)]], {}, "yes no yes",
     "Cloudsplaining looks at statements on all resources; itself is enough"),
    ("changes the trust of one role alone, an administrator", [[allow("iam:UpdateAssumeRolePolicy", on=ROLE)]], {}, "yes no yes",
     "Cloudsplaining looks at statements on all resources"),
    ("passes a role, and makes functions by another policy", [[allow("iam:PassRole")], [allow(*PASS[1:])]], {}, "no no yes",
     "both judge each document by itself"),
    ("the same, denied by another policy", [[allow("iam:PutUserPolicy")], [deny("iam:Put*")]], {}, "yes yes no",
     "both judge each document by itself"),
    ("within a boundary that allows reading", [[allow("iam:PutUserPolicy")]], {"boundary": True}, "yes yes no", "neither weighs boundaries"),
    ("under an SCP that denies it", [[allow("iam:PutUserPolicy")]], {"scp": True}, "yes yes no", "neither weighs SCPs"),
    ("attaches ReadOnlyAccess alone", [[allow("iam:AttachUserPolicy", **READ_ONLY)]], {}, "yes no no",
     "Prowler does not weigh conditions; Cloudsplaining leaves out whatever has one"),
    ("passes roles to another service alone", [[allow("iam:PassRole", **ELSEWHERE), allow(*PASS[1:])]], {}, "yes no no",
     "Prowler does not weigh `iam:PassedToService`; Cloudsplaining leaves out whatever has a condition"),
    ("no role trusts the service", [[allow(*PASS)]], {"trust": "ecs-tasks.amazonaws.com"}, "yes yes no", "neither asks which roles there are"),
    ("the role may do no more than the user", [[allow(*PASS, "s3:GetObject")]], {"weak": True}, "yes yes no", "neither asks what the role may do"),
    ("changes functions, and nothing tells whether there are any", [[allow("lambda:UpdateFunctionCode")]], {}, "yes yes may",
     "neither asks what runs; rolehop does where `compute/` has it"),
    ("an administrator", [[allow("*")]], {}, "yes yes no", "rolehop tells it as an administrator: nothing is above it"),
]


def document(statements, account):
    return json.loads(json.dumps({"Version": "2012-10-17", "Statement": statements}).replace("{id}", account))


def without_unknown_actions():
    """Takes the lists of actions out of Prowler that its own table of actions does not know: one of them makes every policy pass."""
    lists = privilege_escalation.privilege_escalation_policies_combination
    for name, actions in list(lists.items()):
        try:
            for action in actions:
                privilege_escalation.expand_actions(action)
        except ValueError:
            yield name
            del lists[name]


def prowler(policy):
    with contextlib.redirect_stdout(io.StringIO()):
        return bool(privilege_escalation.check_privilege_escalation(policy))


def cloudsplaining(policy):
    return bool(PolicyDocument(policy).allows_privilege_escalation)


def account_file(account, documents, so):
    trust = document([{"Effect": "Allow", "Principal": {"Service": so.get("trust", "lambda.amazonaws.com")}, "Action": "sts:AssumeRole"}], account)
    power = [allow("s3:GetObject")] if so.get("weak") else [allow("*")]
    inline = lambda policies: [{"PolicyName": f"p{at}", "PolicyDocument": policy} for at, policy in enumerate(policies)]
    user = {"Path": "/", "UserName": "who", "UserId": "AIDAWHO", "Arn": f"arn:aws:iam::{account}:user/who", "GroupList": [],
            "CreateDate": "2026-01-01T00:00:00Z", "UserPolicyList": inline(documents), "AttachedManagedPolicies": [], "Tags": []}
    role = {"Path": "/", "RoleName": "strong", "RoleId": "AROASTRONG", "Arn": f"arn:aws:iam::{account}:role/strong",
            "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
            "RolePolicyList": inline([document(power, account)]), "AttachedManagedPolicies": [], "Tags": []}
    policies = []
    if so.get("boundary"):
        arn = f"arn:aws:iam::{account}:policy/reading"
        version = {"Document": document([allow("s3:Get*")], account), "VersionId": "v1", "IsDefaultVersion": True}
        policies.append({"PolicyName": "reading", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]})
        user["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    return {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [role], "Policies": policies}


def organization(accounts):
    """The account under an SCP is the last; its policy denies what it is about."""
    scp = lambda name, statements, targets: {
        "Id": f"p-{name}", "Name": name, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": name == "FullAWSAccess",
        "Content": document(statements, ""), "Targets": targets}
    under = [account for account, (_, _, so, _, _) in accounts.items() if so.get("scp")]
    return {
        "Id": "o-peers00000", "ManagementAccountId": "999999999999", "FeatureSet": "ALL",
        "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [], "Accounts": [
            {"Id": account, "Name": account, "Status": "ACTIVE", "ParentId": "r-root"} for account in [*accounts, "999999999999"]],
        "Policies": [scp("FullAWSAccess", [allow("*")], ["r-root", *accounts, "999999999999"]), scp("guard", [deny("iam:Put*")], under)],
    }


def rolehop(program, accounts):
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "accounts").mkdir()
        (home / "organization.json").write_text(json.dumps(organization(accounts)))
        for account, (_, documents, so, _, _) in accounts.items():
            (home / f"accounts/{account}.json").write_text(json.dumps(account_file(account, documents, so)))
        run = [program, "check", "--only", "escalation", "--json", "--no-config", "--snapshot", str(home)]
        found = json.loads(subprocess.run(run, capture_output=True, text=True, check=False).stdout)["findings"]
    said = dict.fromkeys(accounts, "no")
    for finding in found:
        if finding["status"] != "open" or finding["rule"] == "pass-role-unrestricted" or "user/who" not in finding["message"]:
            continue
        may = "if something runs with the role" in finding["message"]
        account = finding["account"]
        said[account] = "may" if may and said[account] != "yes" else "yes"
    return said


def documents_of(file):
    """Every document of users, groups and roles of an account, and of its own managed policies."""
    account = json.loads(file.read_text())
    for key, inline in [("UserDetailList", "UserPolicyList"), ("GroupDetailList", "GroupPolicyList"), ("RoleDetailList", "RolePolicyList")]:
        for one in account.get(key, []):
            yield from (policy["PolicyDocument"] for policy in one.get(inline) or [])
    for policy in account.get("Policies", []):
        if ":aws:policy/" not in policy["Arn"]:
            yield from (version["Document"] for version in policy["PolicyVersionList"] if version["IsDefaultVersion"])


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    accounts = {}
    for at, (what, documents, so, expected, why) in enumerate(SITUATIONS):
        account = f"{111111111100 + at}"
        accounts[account] = (what, [document(statements, account) for statements in documents], so, expected, why)
    unknown = list(without_unknown_actions())
    said = rolehop(program, accounts)
    print("| the user | Prowler | Cloudsplaining | rolehop | why they differ |\n| --- | --- | --- | --- | --- |")
    wrong = []
    for account, (what, documents, _, expected, why) in accounts.items():
        word = lambda peer: "yes" if any(peer(policy) for policy in documents) else "no"
        answers = [word(prowler), word(cloudsplaining), said[account]]
        if answers != expected.split() or (len(set(answers)) > 1) != bool(why):
            wrong.append(f"{what}: {' '.join(answers)}, and not {expected}")
        print(f"| {what} | {' | '.join(answers)} | {why} |")
    counts = {"documents": 0, "Prowler": 0, "Cloudsplaining": 0}
    for file in sorted(ROOT.glob("examples/*/accounts/*.json")):
        for policy in documents_of(file):
            policy = policy if isinstance(policy, dict) else json.loads(policy)
            counts["documents"] += 1
            counts["Prowler"] += prowler(policy)
            counts["Cloudsplaining"] += cloudsplaining(policy)
    print(f"\nOf {counts['documents']} documents in `examples/`, Prowler tells {counts['Prowler']}, Cloudsplaining {counts['Cloudsplaining']}.")
    if unknown:
        print(f"\nLeft out of Prowler, because its table of actions does not know one of theirs: {', '.join(unknown)}.")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
