"""The AssumeRole edges of one organization: PMapper's beside rolehop's, answers and times.

    compare.py ORGANIZATION EDGES.CSV

ORGANIZATION is a snapshot of `rolehop generate`, EDGES.CSV what `rolehop export edges` says of it. PMapper (AGPL, from PyPI) is
used as it is installed, with its own classes; its check of pairs is given the principals of all accounts at once, without SCPs. What
it does not decide is left out of both sides: administrators, which it gives no edges, and the MFA that it asks for by itself.
"""

import collections
import collections.abc
import csv
import json
import pathlib
import sys
import time

# PMapper 1.1.5 looks for these where Python had them until 3.9
for moved in ("Mapping", "MutableMapping"):
    setattr(collections, moved, getattr(collections.abc, moved))

from principalmapper.common.groups import Group
from principalmapper.common.nodes import Node
from principalmapper.common.policies import Policy
from principalmapper.graphing.sts_edges import generate_edges_locally

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def account_nodes(file):
    """The users and roles of an account file, as PMapper has them."""
    account = json.loads(file.read_text())
    managed = {}
    for policy in account["Policies"]:
        document = next(v["Document"] for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
        managed[policy["Arn"]] = Policy(policy["Arn"], policy["PolicyName"], document)

    def policies(entity, inline):
        own = [Policy(entity["Arn"], p["PolicyName"], p["PolicyDocument"]) for p in entity.get(inline, [])]
        return own + [managed[p["PolicyArn"]] for p in entity["AttachedManagedPolicies"]]

    def is_administrator(entity):
        return any(p["PolicyArn"] == ADMINISTRATOR for p in entity["AttachedManagedPolicies"])

    def boundary(entity):
        attached = entity.get("PermissionsBoundary")
        return managed[attached["PermissionsBoundaryArn"]] if attached else None

    def tags(entity):
        return {tag["Key"]: tag["Value"] for tag in entity["Tags"]}

    groups = {g["GroupName"]: Group(g["Arn"], policies(g, "GroupPolicyList")) for g in account["GroupDetailList"]}
    devices = {device["UserName"] for device in account["MFADevices"]}
    for user in account["UserDetailList"]:
        member = [groups[name] for name in user["GroupList"]]
        yield Node(user["Arn"], user["UserId"], policies(user, "UserPolicyList"), member, None, None, 1, True,
                   is_administrator(user), boundary(user), user["UserName"] in devices, tags(user))
    for role in account["RoleDetailList"]:
        profiles = [profile["Arn"] for profile in role["InstanceProfileList"]]
        yield Node(role["Arn"], role["RoleId"], policies(role, "RolePolicyList"), [],
                   role["AssumeRolePolicyDocument"], profiles, 0, False, is_administrator(role), boundary(role),
                   False, tags(role))


def main(organization, edges):
    files = sorted(pathlib.Path(organization, "accounts").glob("*.json"))
    nodes = [node for file in files for node in account_nodes(file)]
    administrators = {node.arn for node in nodes if node.is_admin}
    known = {node.arn for node in nodes}
    start = time.perf_counter()
    theirs = {(edge.source.arn, edge.destination.arn) for edge in generate_edges_locally(nodes)}
    wall = time.perf_counter() - start
    with open(edges, newline="") as rows:
        verdicts = {(row["from"], row["to"]): row["verdict"] for row in csv.DictReader(rows)
                    if row["kind"] == "assume-role" and row["from"] in known - administrators}
    ours = set(verdicts)
    print(f"{len(nodes)} principals; PMapper decided {len(nodes) ** 2} pairs in {wall:.1f} s")
    print(f"{len(ours & theirs)} edges are the same, {len(ours - theirs)} are rolehop's alone, "
          f"{len(theirs - ours)} are PMapper's alone")
    for title, only in [("rolehop alone", ours - theirs), ("PMapper alone", theirs - ours)]:
        for source, target in sorted(only)[:20]:
            print(f"  {title}: {source} -> {target} {verdicts.get((source, target), '')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
