"""Loads people into a moto server and prints what must be found there.

usage: people.py ENDPOINT        (prints one JSON object: the truth)

Quirks of moto that shape this file (moto 5.2.5, each seen by a call): every account has an instance in every region; a
permission set counts as provisioned only after ProvisionPermissionSet, and then to the caller's account; DescribeInstance and
DescribeInstanceAccessControlAttributeConfiguration do not exist; a session duration that is not given is a number.
"""

import json
import sys

import boto3

REGION = "us-east-1"


def main(endpoint):
    keys = {"aws_access_key_id": "AKIAMANAGEMENT000000", "aws_secret_access_key": "invented"}
    client = lambda service: boto3.client(service, endpoint_url=endpoint, region_name=REGION, **keys)
    sso, store, sts = client("sso-admin"), client("identitystore"), client("sts")
    account = sts.get_caller_identity()["Account"]
    instance = sso.list_instances()["Instances"][0]
    arn, directory = instance["InstanceArn"], instance["IdentityStoreId"]
    users, groups, sets = {}, {}, {}
    for name in ["ada", "grace_h", "émilie"] + [f"person_{n}" for n in range(37)]:
        users[name] = store.create_user(
            IdentityStoreId=directory, UserName=name, DisplayName=name.title(), Name={"GivenName": name, "FamilyName": "X"},
            Emails=[{"Value": f"{name}@example.com", "Primary": True}],
        )["UserId"]
    for name in ["operators", "everybody", "nobody"]:
        groups[name] = store.create_group(IdentityStoreId=directory, DisplayName=name)["GroupId"]
    members = [("operators", "ada"), ("operators", "grace_h")] + [("everybody", name) for name in users]
    for group, user in members:
        store.create_group_membership(
            IdentityStoreId=directory, GroupId=groups[group], MemberId={"UserId": users[user]}
        )
    for name in ["Admin", "AdminReadOnly", "Deploy_Prod", "Deploy_Prod_0123456789abcdef", "Prüfung"]:
        sets[name] = sso.create_permission_set(InstanceArn=arn, Name=name, SessionDuration="PT1H")["PermissionSet"]["PermissionSetArn"]
    assigned = [("Admin", "USER", users["ada"]), ("AdminReadOnly", "GROUP", groups["operators"]),
                ("Deploy_Prod", "GROUP", groups["everybody"]), ("Prüfung", "USER", users["émilie"])]
    for name, kind, principal in assigned:
        sso.create_account_assignment(
            InstanceArn=arn, TargetId=account, TargetType="AWS_ACCOUNT", PermissionSetArn=sets[name],
            PrincipalType=kind, PrincipalId=principal,
        )
        sso.provision_permission_set(InstanceArn=arn, PermissionSetArn=sets[name], TargetType="ALL_PROVISIONED_ACCOUNTS")
    json.dump(
        {
            "account": account,
            "instance": arn,
            "users": sorted(users.values()),
            "groups": sorted(groups.values()),
            "members": sorted([groups[group], users[user]] for group, user in members),
            "sets": sorted([arn, name] for name, arn in sets.items()),
            "assignments": sorted([sets[name], kind, principal] for name, kind, principal in assigned),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1])
