#!/usr/bin/env python3
"""Prowler's IAM checks beside rolehop's rules, on one organization that moto serves. Run by hand; prints a Markdown table.

    python3.12 -m venv venv && venv/bin/pip install prowler 'moto[server]'
    cargo build --release
    venv/bin/python tests/peers/prowler.py target/release/rolehop > docs/prowler.md

Prowler scans one account at a time, so it is run for each, with the credentials of the role that rolehop assumes. Compared are the
subjects that fail: by ARN, or by account where one of the two tells the account alone. Every difference must be explained in EXPLAINED:
one that is not ends the run with 1.
"""

import contextlib
import csv
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "moto"))
import load  # noqa: E402

# the checks of Prowler for what rules of rolehop judge, and which of their findings are about the same
EVERY = lambda finding: True
MANAGED = lambda finding: ":policy/" in finding["subject"]
INLINE = lambda finding: ":policy/" not in finding["subject"]


def of_service(prefix, where):
    return lambda finding: where(finding) and (finding["rule"] != "policy-allows-whole-service" or prefix in finding["message"])


SAME = {
    "iam_no_root_access_key": (["root-access-key"], EVERY),
    "iam_password_policy_minimum_length_14": (["password-length-short", "password-policy-missing"], EVERY),
    "iam_password_policy_reuse_24": (["password-reuse-allowed", "password-policy-missing"], EVERY),
    "iam_user_mfa_enabled_console_access": (["console-user-without-mfa"], EVERY),
    "iam_user_two_active_access_key": (["two-active-access-keys"], EVERY),
    "iam_rotate_access_key_90_days": (["access-key-old"], EVERY),
    "iam_policy_attached_only_to_group_or_roles": (["user-with-own-policies"], EVERY),
    "iam_administrator_access_with_mfa": (["administrator-without-mfa"], EVERY),
    "iam_user_administrator_access_policy": (["user-is-administrator"], EVERY),
    "iam_role_administratoraccess_policy": (["role-is-administrator"], EVERY),
    "iam_customer_attached_policy_no_administrative_privileges": (["policy-allows-everything", "allow-with-not-action"], MANAGED),
    "iam_inline_policy_no_administrative_privileges": (["policy-allows-everything", "allow-with-not-action"], INLINE),
    "iam_customer_unattached_policy_no_administrative_privileges": (["unattached-policy-allows-everything"], EVERY),
    "iam_policy_no_full_access_to_kms": (
        ["policy-allows-whole-service", "policy-allows-everything", "allow-with-not-action"], of_service("kms:", MANAGED)),
    "iam_policy_no_full_access_to_cloudtrail": (
        ["policy-allows-whole-service", "policy-allows-everything", "allow-with-not-action"], of_service("cloudtrail:", MANAGED)),
    "iam_inline_policy_no_full_access_to_kms": (
        ["policy-allows-whole-service", "policy-allows-everything"], of_service("kms:", INLINE)),
    "iam_inline_policy_no_full_access_to_cloudtrail": (
        ["policy-allows-whole-service", "policy-allows-everything"], of_service("cloudtrail:", INLINE)),
    "iam_policy_cloudshell_admin_not_attached": (["cloudshell-full-access"], EVERY),
    "iam_no_custom_policy_permissive_role_assumption": (["assume-role-on-all-resources"], EVERY),
    "iam_role_cross_service_confused_deputy_prevention": (["service-trust-without-source"], EVERY),
    "iam_role_cross_account_readonlyaccess_policy": (["external-account-with-power"], EVERY),
    "iam_support_role_created": (["support-role-missing"], EVERY),
    "iam_check_saml_providers_sts": (["identity-provider-unused"], EVERY),
}

# (check, end of the subject, who fails it): why, and who is right by AWS's text. `*` is every subject that only this one fails
ADMINISTRATORS = (
    "Prowler looks for the AWS managed policy `AdministratorAccess`; a policy of the customer that allows everything makes administrators "
    "as well. rolehop is right, and weighs boundaries and Denies: `admin-in-bounds` and `admin-denied` are none"
)
NO_PASSWORDS = (
    "Nobody in these accounts has a password: rolehop says that the rule does not apply. Prowler follows the letter of CIS, which asks for "
    "the policy everywhere"
)
TAKEN_BACK = "Its second statement denies everything again: it gives nothing. rolehop is right"
EXPLAINED = {
    ("iam_password_policy_minimum_length_14", "*", "Prowler"): NO_PASSWORDS,
    ("iam_password_policy_reuse_24", "*", "Prowler"): NO_PASSWORDS,
    ("iam_user_two_active_access_key", "*", "Prowler"): (
        "Both keys were made today: while a key is being replaced there are two. rolehop waits (`days` of the rule); by the letter of CIS Prowler "
        "is right"
    ),
    ("iam_administrator_access_with_mfa", "*", "rolehop"): ADMINISTRATORS,
    ("iam_user_administrator_access_policy", "*", "rolehop"): ADMINISTRATORS,
    ("iam_role_administratoraccess_policy", "*", "rolehop"): ADMINISTRATORS,
    ("iam_customer_attached_policy_no_administrative_privileges", "everything-denied", "Prowler"): TAKEN_BACK,
    ("iam_role_cross_service_confused_deputy_prevention", "*", "Prowler"): (
        "Prowler asks for `aws:SourceAccount` or `aws:SourceArn` wherever a service is trusted. rolehop asks only where AWS's page of the service "
        "shows the key in the trust policy of a role (`rules/data/confused-deputy.toml`); those of AWS Lambda and Amazon SNS show none, and a test "
        "of a key that a service does not send locks it out. Not settled by AWS's text"
    ),
    ("iam_role_cross_account_readonlyaccess_policy", "*", "rolehop"): (
        "Prowler looks for the AWS managed `ReadOnlyAccess`; rolehop decides what the outside account gets. rolehop is right"
    ),
    ("iam_support_role_created", "*", "Prowler"): "The same defect: Prowler tells it in each account, as `aws`; rolehop once, of the organization",
    ("iam_support_role_created", "*", "rolehop"): "The same defect: Prowler tells it in each account, as `aws`; rolehop once, of the organization",
    ("iam_check_saml_providers_sts", "*", "Prowler"): (
        "These accounts have no SAML provider, which Prowler takes for a defect. People may come in through IAM Identity Center or a hub account: "
        "rolehop has no such rule"
    ),
}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return document({**statement, "Condition": condition} if condition else statement)


def add_defects(iam, account):
    """Each shape twice: as both tools see it, and with the fact that decides it otherwise."""

    def policy(name, *statements):
        return iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))["Policy"]["Arn"]

    def role(name, trusted, inline=None, attached=(), boundary=None):
        more = {"PermissionsBoundary": boundary} if boundary else {}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, **more)
        if inline:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=inline)
        for arn in attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    everything = policy("everything", allow("*"))
    policy("everything-unused", allow("*"))
    split = policy("everything-in-parts", allow(["iam:*", "s3:*"]), allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    denied = policy("everything-denied", allow("*"), {"Effect": "Deny", "Action": "*", "Resource": "*"})
    by_not_action = policy("everything-but-support", {"Effect": "Allow", "NotAction": "support:*", "Resource": "*"})
    reads = policy("reads", allow(["s3:Get*", "s3:List*"]))
    kms = policy("kms", allow("kms:*"))
    trail = policy("trail", allow("cloudtrail:*"))
    any_role = policy("any-role", allow("sts:AssumeRole"))
    lambda_only = trust({"Service": "lambda.amazonaws.com"})
    role("admin", lambda_only, attached=[everything])
    role("admin-in-bounds", lambda_only, attached=[everything], boundary=reads)
    role("admin-in-parts", lambda_only, attached=[split])
    role("admin-denied", lambda_only, attached=[denied])
    role("admin-but-support", lambda_only, attached=[by_not_action])
    role("admin-inline", lambda_only, inline=document(allow("*")))
    role("keys", lambda_only, attached=[kms, trail])
    role("jumper", lambda_only, attached=[any_role])
    role("sns-feedback", trust({"Service": "sns.amazonaws.com"}), attached=[reads])
    own = {"StringEquals": {"aws:SourceAccount": account}}
    role("events-own", trust({"Service": "scheduler.amazonaws.com"}, condition=own), attached=[reads])
    role("events-open", trust({"Service": "scheduler.amazonaws.com"}), attached=[reads])
    outsider = {"AWS": "arn:aws:iam::777777777777:root"}
    role("partner-admin", trust(outsider), attached=[everything])
    role("partner-reader", trust(outsider, condition={"StringEquals": {"sts:ExternalId": "8c1f-22"}}), attached=[reads])
    iam.update_account_password_policy(MinimumPasswordLength=8, PasswordReusePrevention=3)
    for name in ("eva", "finn", "gwen"):
        iam.create_user(UserName=name)
    iam.create_login_profile(UserName="eva", Password="Invented-Passw0rd")
    iam.attach_user_policy(UserName="eva", PolicyArn=everything)
    iam.create_access_key(UserName="finn")
    iam.create_access_key(UserName="finn")
    iam.put_user_policy(UserName="finn", PolicyName="own", PolicyDocument=document(allow("s3:GetObject")))
    iam.create_group(GroupName="admins")
    iam.attach_group_policy(GroupName="admins", PolicyArn=everything)
    iam.add_user_to_group(GroupName="admins", UserName="gwen")
    iam.create_access_key(UserName="gwen")


@contextlib.contextmanager
def moto():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    binary = pathlib.Path(sys.executable).with_name("moto_server")
    server = subprocess.Popen([binary, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def environment(endpoint, key):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ROLEHOP_"))}
    return {
        **kept, "AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        **({"AWS_SESSION_TOKEN": key["SessionToken"]} if key["SessionToken"] else {}),
    }


MANAGEMENT = {"AccessKeyId": "AKIAMANAGEMENT000000", "SecretAccessKey": "invented", "SessionToken": None}


def failed_by_prowler(endpoint, key, work):
    """By check, the subjects that fail."""
    binary = pathlib.Path(sys.executable).with_name("prowler")
    command = [binary, "aws", "--service", "iam", "-M", "json-ocsf", "-o", work, "-F", "found", "--no-banner", "-f", "us-east-1"]
    # it ends with 3 where something fails
    subprocess.run(command, env=environment(endpoint, key), stdout=subprocess.DEVNULL, check=False)
    failed = {}
    for finding in json.loads((work / "found.ocsf.json").read_text()):
        if finding["status_code"] == "FAIL":
            failed.setdefault(finding["metadata"]["event_code"], set()).add(finding["resources"][0]["uid"])
    return failed


def failed_by_rolehop(rolehop, endpoint, role, work, iam_of):
    """By rule, the findings."""
    snapshot = work / "snapshot"
    run = lambda *arguments: subprocess.run(
        [rolehop, *arguments, "--snapshot", snapshot, "--no-config"], env=environment(endpoint, MANAGEMENT), stdout=subprocess.PIPE, check=False
    ).stdout
    run("collect", "--role-name", role)
    # moto's credential report has no row of the root user, which AWS's always has, so that rolehop refuses it: the row is added
    for path in (snapshot / "accounts").glob("*.json"):
        account = json.loads(path.read_text())
        account["CredentialReport"] = credential_report(iam_of(path.stem), path.stem)
        path.write_text(json.dumps(account))
    # without its manifest a snapshot is read as an import: nothing says any more that the report is missing
    (snapshot / "manifest.json").unlink()
    failed = {}
    for finding in json.loads(run("check", "--no-fail", "-f", "json"))["findings"]:
        if finding["status"] == "open":
            failed.setdefault(finding["rule"], []).append(finding)
    return failed


def credential_report(iam, account):
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(0.2)
    rows = list(csv.DictReader(iam.get_credential_report()["Content"].decode().splitlines()))
    root = {name: "N/A" for name in rows[0]} if rows else {}
    root |= {"user": "<root_account>", "arn": f"arn:aws:iam::{account}:root", "mfa_active": "true", "password_enabled": "not_supported"}
    root |= {f"access_key_{number}_active": "false" for number in (1, 2)}
    return [root, *rows]


def why(check, subject, side):
    """The explanation of a difference, if there is one."""
    for (of_check, end, of_side), text in EXPLAINED.items():
        if of_check == check and of_side == side and (end == "*" or subject.endswith(end)):
            return text
    return None


def account_of(subject):
    return subject.split(":")[4]


def main(rolehop):
    with moto() as endpoint, tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            load.main(endpoint)
        truth = json.loads(told.getvalue())
        client = load.Organization.client
        org = type("Loaded", (), {"endpoint": endpoint, "keys": {}, "management": truth["management"], "client": client})()
        accounts = [account["id"] for account in truth["accounts"]]
        shop = next(account["id"] for account in truth["accounts"] if account["name"] == "shop-prod")
        add_defects(org.client("iam", shop), shop)
        iam_of = lambda account: org.client("iam", account)
        ours = failed_by_rolehop(rolehop, endpoint, truth["role_name"], work, iam_of)
        theirs = {}
        for account in accounts:
            org.client("iam", account)
            folder = work / account
            folder.mkdir()
            for check, subjects in failed_by_prowler(endpoint, org.keys.get(account, MANAGEMENT), folder).items():
                theirs.setdefault(check, set()).update(subjects)
    names = {account["id"]: account["name"] for account in truth["accounts"]}
    unexplained = report(ours, theirs, names)
    return 1 if unexplained else 0


def report(ours, theirs, names):
    print("| check of Prowler | rule of rolehop | both | Prowler alone | rolehop alone |\n| --- | --- | --- | --- | --- |")
    differences = []
    for check, (rules, is_about) in SAME.items():
        findings = [finding for rule in rules for finding in ours.get(rule, []) if is_about(finding)]
        left, right = theirs.get(check, set()), {finding["subject"] for finding in findings}
        # where one tells accounts, both are compared by account
        if all(":root" in subject for subject in right) or any(":root" in s or s.count(":") < 5 for s in left):
            left, right = {account_of(s) for s in left if s.count(":") >= 4}, {account_of(s) for s in right}
        cells = [len(left & right), len(left - right), len(right - left)]
        print(f"| `{check}` | {', '.join(f'`{rule}`' for rule in rules)} | {' | '.join(map(str, cells))} |")
        differences += [(check, subject, "Prowler") for subject in sorted(left - right)]
        differences += [(check, subject, "rolehop") for subject in sorted(right - left)]
    print("\n| check | only | subjects | why |\n| --- | --- | --- | --- |")
    grouped = {}
    for check, subject, side in differences:
        grouped.setdefault((check, side, why(check, subject, side)), []).append(subject)
    for (check, side, text), subjects in grouped.items():
        shown = [f"{names.get(account_of(s) if ':' in s else s, '')}/{s.split('/')[-1]}" if ":" in s else names.get(s, s) for s in subjects]
        more = f" and {len(shown) - 6} more" if len(shown) > 6 else ""
        print(f"| `{check}` | {side} | {', '.join(shown[:6])}{more} | {text or '**not explained**'} |")
    return [group for group in grouped if group[2] is None]


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
