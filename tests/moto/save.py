"""Saves an organization with the real AWS CLI into a directory that rolehop can read.

usage: save.py AWS ENDPOINT ROLE DIR        (AWS: the command; ROLE: the role to assume in member accounts)

What a person without rolehop's collector would do: `accounts/<id>.json` is what `aws iam get-account-authorization-details`
prints, byte for byte; `organization.json` is put together from answers of `aws organizations`. Quirks that matter here:

- moto answers GetAccountAuthorizationDetails in one page whatever is asked, and ListTargetsForPolicy too.
- A closed account is listed as SUSPENDED; moto would let us in, AWS would not, so it is left out.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

AWS, ENDPOINT, ROLE, DIRECTORY = sys.argv[1:5]


def aws(*arguments, credentials=None):
    environment = dict(os.environ)
    if credentials:
        environment.update({
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        })
    command = [AWS, *arguments, "--endpoint-url", ENDPOINT, "--output", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def ask(*arguments):
    return json.loads(aws("organizations", *arguments))


def units_below(parent):
    units = []
    for unit in ask("list-organizational-units-for-parent", "--parent-id", parent)["OrganizationalUnits"]:
        units += [{**unit, "ParentId": parent}, *units_below(unit["Id"])]
    return units


def placed(account):
    return {**account, "ParentId": ask("list-parents", "--child-id", account["Id"])["Parents"][0]["Id"]}


def guardrail(policy):
    return {
        "Id": policy["Id"], "Name": policy["Name"], "Type": policy["Type"],
        "Content": ask("describe-policy", "--policy-id", policy["Id"])["Policy"]["Content"],
        "TargetIds": [t["TargetId"] for t in ask("list-targets-for-policy", "--policy-id", policy["Id"])["Targets"]],
    }


def save(account, management):
    credentials = None
    if account != management:
        arn = f"arn:aws:iam::{account}:role/{ROLE}"
        answer = json.loads(aws("sts", "assume-role", "--role-arn", arn, "--role-session-name", "saver"))
        credentials = answer["Credentials"]
    text = aws("iam", "get-account-authorization-details", credentials=credentials)
    (pathlib.Path(DIRECTORY) / "accounts" / f"{account}.json").write_bytes(text)


def main():
    (pathlib.Path(DIRECTORY) / "accounts").mkdir(parents=True)
    # the command needs most of a second to start, so a few run at once
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        organization = pool.submit(ask, "describe-organization")
        listed = pool.submit(ask, "list-accounts")
        roots = pool.submit(ask, "list-roots")
        policies = [
            pool.submit(ask, "list-policies", "--filter", kind)
            for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
        ]
        organization, roots = organization.result()["Organization"], roots.result()["Roots"]
        units = pool.submit(units_below, roots[0]["Id"])
        accounts = list(pool.map(placed, listed.result()["Accounts"]))
        guardrails = list(pool.map(guardrail, [p for answer in policies for p in answer.result()["Policies"]]))
        open_ones = [a["Id"] for a in accounts if a.get("State", a["Status"]) == "ACTIVE"]
        list(pool.map(lambda account: save(account, organization["MasterAccountId"]), open_ones))
        shape = {
            "Organization": organization, "Roots": roots, "OrganizationalUnits": units.result(),
            "Accounts": accounts, "Policies": guardrails,
        }
    (pathlib.Path(DIRECTORY) / "organization.json").write_text(json.dumps(shape, indent=2) + "\n")


if __name__ == "__main__":
    main()
