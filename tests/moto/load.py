"""Loads an organization into a moto server through boto3 and prints what must be found there.

usage: load.py ENDPOINT        (prints one JSON object: the truth)

The truth is written down here by hand, beside the calls that make it so, in the terms of rolehop's machine interfaces:
edges as `export edges` lists them, answers as `who-can` gives them. Nothing in it is computed from policies.

Quirks of moto that shape this file (moto 5.2.5, each seen by a call):

- A request belongs to the account that owns its access key; an unknown key is account 123456789012. So the made-up key of
  the first client is the management account, and AssumeRole gives the keys of all others.
- AssumeRole refuses nothing: no trust policy, no SCP, not even a role that does not exist. Denials can only be tested as
  the absence of an edge.
- Without MOTO_IAM_LOAD_MANAGED_POLICIES there are no AWS managed policies and attaching one fails with NoSuchEntity; with it,
  every account answers with all 1,582 of them. Everything here is inline or customer managed instead.
- A permissions boundary of a user is dropped without an error; that of a role is kept.
- CreateAccount picks a random id, which may begin with zeros, and makes OrganizationAccountAccessRole without any policy.
- ListAccounts names the management account `master`.
- The credential report has no row of the root user, and AccountMFAEnabled is always 0.
"""

import json
import sys

import boto3
from botocore.config import Config

REGION = "us-east-1"
GITHUB = "token.actions.githubusercontent.com"
VENDOR = "999999999999"
FORMER_VENDOR = "888888888888"
ROLE = "audit-readonly"

METADATA = """<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.org/saml">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.org/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>""" + " " * 1000  # IAM asks for at least 1,000 characters


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return document(statement)


def root(account):
    return f"arn:aws:iam::{account}:root"


class Account:
    """One account through its own credentials; remembers what was put into it."""

    def __init__(self, client, account, name):
        self.id, self.name = account, name
        self.iam = client("iam", account)
        self.users, self.groups, self.roles, self.policies = {}, {}, {}, {}
        self.mfa, self.oidc, self.saml = [], [], []

    def user(self, name, groups=(), inline=None, console=False, key=False, mfa=False):
        arn = self.iam.create_user(UserName=name)["User"]["Arn"]
        for group in groups:
            self.iam.add_user_to_group(GroupName=group, UserName=name)
        for policy, text in (inline or {}).items():
            self.iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=json.dumps(text))
        if console:
            self.iam.create_login_profile(UserName=name, Password="Invented-Passw0rd")
        if key:
            self.iam.create_access_key(UserName=name)
        if mfa:
            device = self.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            self.iam.enable_mfa_device(
                UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
            )
            self.mfa.append(device)
        self.users[name] = {"groups": sorted(groups), "inline": inline or {}, "console": console, "key": key, "mfa": mfa}
        return arn

    def group(self, name, inline=None, attached=()):
        self.iam.create_group(GroupName=name)
        for policy, text in (inline or {}).items():
            self.iam.put_group_policy(GroupName=name, PolicyName=policy, PolicyDocument=json.dumps(text))
        for arn in attached:
            self.iam.attach_group_policy(GroupName=name, PolicyArn=arn)
        self.groups[name] = {"inline": inline or {}, "attached": sorted(attached)}

    def policy(self, name, text):
        arn = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(text))["Policy"]["Arn"]
        self.policies[arn] = text
        return arn

    def role(self, name, trusted, inline=None, boundary=None, path="/"):
        more = {"PermissionsBoundary": boundary} if boundary else {}
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted), Path=path, **more)
        for policy, text in (inline or {}).items():
            self.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(text))
        self.roles[name] = {"trust": trusted, "inline": inline or {}, "boundary": boundary, "path": path}
        return role["Role"]["Arn"]

    def role_made_by_organizations(self, management):
        """OrganizationAccountAccessRole, which CreateAccount has made."""
        name = "OrganizationAccountAccessRole"
        text = self.iam.get_role(RoleName=name)["Role"]
        assert text["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"] == root(management), text
        self.roles[name] = {"trust": text["AssumeRolePolicyDocument"], "inline": {}, "boundary": None, "path": "/"}
        return text["Arn"]

    def truth(self):
        keep = ("id", "name", "users", "groups", "roles", "policies", "mfa", "oidc", "saml")
        return {key: getattr(self, key) for key in keep}


class Organization:
    """The management account's view: units, accounts, guardrails."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.keys = {}
        self.api = self.client("organizations", None)
        self.management = self.client("sts", None).get_caller_identity()["Account"]
        self.id = self.api.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = self.api.list_roots()["Roots"][0]["Id"]
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            self.api.enable_policy_type(RootId=self.root, PolicyType=kind)

    def client(self, service, account):
        if account is None or account == getattr(self, "management", None):
            key = {"AccessKeyId": "AKIAMANAGEMENT000000", "SecretAccessKey": "invented", "SessionToken": None}
        else:
            if account not in self.keys:
                role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
                answer = self.client("sts", None).assume_role(RoleArn=role, RoleSessionName="loader")
                self.keys[account] = answer["Credentials"]
            key = self.keys[account]
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
            config=Config(retries={"max_attempts": 1}, proxies={}),
        )

    def unit(self, name, parent):
        return self.api.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    def account(self, name, parent):
        made = self.api.create_account(AccountName=name, Email=f"{name}@example.org")["CreateAccountStatus"]
        self.api.move_account(AccountId=made["AccountId"], SourceParentId=self.root, DestinationParentId=parent)
        return made["AccountId"]

    def guardrail(self, name, kind, text, target):
        made = self.api.create_policy(Name=name, Type=kind, Content=json.dumps(text), Description=name)["Policy"]
        self.api.attach_policy(PolicyId=made["PolicySummary"]["Id"], TargetId=target)


def main(endpoint):
    org = Organization(endpoint)
    security = org.unit("Security", org.root)
    workloads = org.unit("Workloads", org.root)
    prod_unit = org.unit("Prod", workloads)
    non_prod_unit = org.unit("NonProd", workloads)
    sandbox_unit = org.unit("Sandbox", org.root)
    names = {
        "identity": security, "delivery": security, "shop-prod": prod_unit, "shop-dev": non_prod_unit,
        "playground": sandbox_unit, "left-over": sandbox_unit,
    }
    ids = {name: org.account(name, unit) for name, unit in names.items()}
    # a closed account is listed, but nobody can enter it any more
    org.api.close_account(AccountId=ids["left-over"])

    org.guardrail(
        "sandbox-stays-inside", "SERVICE_CONTROL_POLICY",
        document({"Sid": "NoWayOut", "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}), sandbox_unit,
    )
    org.guardrail(
        "former-vendor-stays-outside", "RESOURCE_CONTROL_POLICY",
        document({
            "Sid": "ContractEnded", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": FORMER_VENDOR}},
        }),
        prod_unit,
    )

    read = {n: Account(org.client, ids[n], n) for n in names if n != "left-over"}
    management = Account(org.client, org.management, "master")
    identity, delivery = read["identity"], read["delivery"]
    prod, dev, playground = read["shop-prod"], read["shop-dev"], read["playground"]
    edges = []

    def edge(source, target, kind="assume-role", action="sts:AssumeRole", needs=()):
        verdict = "conditional" if needs else "allowed"
        edges.append({
            "from": source, "to": target, "kind": kind, "action": action, "verdict": verdict, "conditions": sorted(needs),
        })

    def member(account, role):
        return f"arn:aws:iam::{account.id}:role/{role}"

    # the management account's owner may do anything, so every trust of its root is hers
    owner = management.user("owner", inline={"everything": document(allow("*", "*"))}, console=True, mfa=True)
    everything = [management, *read.values()]
    for account in everything:
        reading = document(allow(["iam:Get*", "iam:List*", "iam:GenerateCredentialReport"], "*"))
        edge(owner, account.role(ROLE, trust({"AWS": root(org.management)}), inline={"read": reading}))
    inherited = {account.name: account.role_made_by_organizations(org.management) for account in read.values()}
    for arn in inherited.values():
        edge(owner, arn)

    # people live in the identity account; the administrators' policy is a customer managed one with exact ARNs
    admins = identity.policy(
        "enter-admin", document(allow("sts:AssumeRole", [member(prod, "HubAdmin"), member(dev, "HubAdmin")]))
    )
    identity.group("readers", inline={"enter": document(allow("sts:AssumeRole", "arn:aws:iam::*:role/HubReadOnly"))})
    identity.group("admins", attached=[admins])
    ann = identity.user("ann", groups=["readers"], console=True, mfa=True)
    bob = identity.user("bob", groups=["admins", "readers"], console=True, mfa=True)
    carl = identity.user("carl", groups=["readers"], key=True)
    identity.user("dora", console=True)  # in no group: reaches nothing, whatever the trusts say
    for account in (prod, dev, playground):
        hub = account.role("HubReadOnly", trust({"AWS": root(identity.id)}))
        for person in (ann, bob, carl):
            edge(person, hub)
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    for account in (prod, dev, playground):
        hub = account.role("HubAdmin", trust({"AWS": root(identity.id)}, condition=mfa))
        if account is not playground:  # the administrators' policy does not name the playground
            edge(bob, hub, needs=["aws:MultiFactorAuthPresent"])

    # GitHub -> entry -> runner -> deploy: the entry names nobody's right, the runner trusts it by name in the same account
    github = delivery.iam.create_open_id_connect_provider(
        Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"]
    )["OpenIDConnectProviderArn"]
    delivery.oidc.append(github)
    claims = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}, "StringLike": {f"{GITHUB}:sub": "repo:example/shop:*"}}
    entry = delivery.role("ci-entry", trust({"Federated": github}, "sts:AssumeRoleWithWebIdentity", claims), path="/ci/")
    edge(github, entry, "federation", "sts:AssumeRoleWithWebIdentity", [f"{GITHUB}:aud", f"{GITHUB}:sub"])
    enter = document(allow("sts:AssumeRole", "arn:aws:iam::*:role/deploy", Sid="Deploy"))
    runner = delivery.role("ci-runner", trust({"AWS": entry}), inline={"deploy": enter})
    edge(entry, runner)
    for account in (prod, dev):
        edge(runner, account.role("deploy", trust({"AWS": runner}), inline={"all": document(allow("*", "*"))}))
    # `deploy` may do anything, but only what trusts its account or itself lets it in: nothing does

    # a workload of dev reads reports of prod; its twin has a boundary without sts:AssumeRole
    to_reports = {"reports": document(allow("sts:AssumeRole", member(prod, "reports")))}
    app = dev.role("app", trust({"Service": "lambda.amazonaws.com"}), inline=to_reports)
    bounds = dev.policy("bounds", document(allow(["s3:*", "logs:*"], "*")))
    bounded = dev.role("bounded", trust({"Service": "lambda.amazonaws.com"}), inline=to_reports, boundary=bounds)
    probe = playground.role("probe", trust({"Service": "lambda.amazonaws.com"}), inline=to_reports)
    for role in (app, bounded, probe):
        edge("lambda.amazonaws.com", role, "service")
    # the boundary stops `bounded`, the SCP of the sandbox stops `probe`: one edge of three
    reports = prod.role("reports", trust({"AWS": [app, bounded, probe]}))
    edge(app, reports)

    # vendors: one with an external id, one that an RCP keeps out although the role still trusts it
    external = {"StringEquals": {"sts:ExternalId": "shop-4711"}}
    vendor = prod.role("vendor", trust({"AWS": root(VENDOR)}, condition=external))
    edge(VENDOR, vendor, needs=["sts:ExternalId"])
    prod.role("former-vendor", trust({"AWS": root(FORMER_VENDOR)}))

    saml = prod.iam.create_saml_provider(Name="corporate", SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    prod.saml.append(saml)
    audience = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    staff = prod.role("staff", trust({"Federated": saml}, "sts:AssumeRoleWithSAML", audience))
    edge(saml, staff, "federation", "sts:AssumeRoleWithSAML", ["SAML:aud"])

    hub_read, hub_admin, deploy = member(prod, "HubReadOnly"), member(prod, "HubAdmin"), member(prod, "deploy")

    def answer(principal, kind, account, hops, reaches, needs=()):
        verdict = "conditional" if needs else "allowed"
        return {
            "principal": principal, "kind": kind, "account": account, "verdict": verdict,
            "conditions": sorted(needs), "hop_count": hops, "reaches": sorted(reaches),
        }

    who_can_prod = [
        answer(owner, "user", org.management, 1, [inherited["shop-prod"], member(prod, ROLE)]),
        answer(ann, "user", identity.id, 1, [hub_read]),
        # best verdict first: bob enters HubReadOnly without any condition
        answer(bob, "user", identity.id, 1, [hub_read, hub_admin]),
        answer(carl, "user", identity.id, 1, [hub_read]),
        answer(runner, "role", delivery.id, 1, [deploy]),
        answer(entry, "role", delivery.id, 2, [deploy]),
        answer(github, "federated", delivery.id, 3, [deploy], [f"{GITHUB}:aud", f"{GITHUB}:sub"]),
        answer(app, "role", dev.id, 1, [reports]),
        answer("lambda.amazonaws.com", "service", "", 2, [reports]),
        answer(VENDOR, "account", VENDOR, 1, [vendor], ["sts:ExternalId"]),
        answer(saml, "federated", prod.id, 1, [staff], ["SAML:aud"]),
    ]
    paths = [
        # from, to, verdict, hops: the ARNs that the path enters
        {"from": github, "to": deploy, "verdict": "conditional", "hops": [entry, runner, deploy]},
        {"from": bob, "to": hub_admin, "verdict": "conditional", "hops": [hub_admin]},
        {"from": probe, "to": reports, "verdict": "denied", "hops": []},
        {"from": bounded, "to": reports, "verdict": "denied", "hops": []},
        {"from": FORMER_VENDOR, "to": member(prod, "former-vendor"), "verdict": "denied", "hops": []},
        {"from": f"arn:aws:iam::{identity.id}:user/dora", "to": hub_read, "verdict": "denied", "hops": []},
    ]
    json.dump(
        {
            "management": org.management,
            "organization": org.id,
            "role_name": ROLE,
            "accounts": [account.truth() for account in everything],
            "closed": ids["left-over"],
            "units": {"Security": org.root, "Workloads": org.root, "Prod": workloads, "NonProd": workloads, "Sandbox": org.root},
            "edges": sorted(edges, key=lambda e: (e["from"], e["to"], e["kind"])),
            "who_can": {"shop-prod": who_can_prod},
            "paths": paths,
        },
        sys.stdout,
        indent=1,
    )


if __name__ == "__main__":
    main(sys.argv[1])
