"""Prints what botocore, which the AWS CLI and boto3 read their configuration with, makes of a file."""

import json
import sys

from botocore.configloader import load_config

config = load_config(sys.argv[1])
kept = {name: dict(values) for name, values in config.get("profiles", {}).items()}
sessions = {name: dict(values) for name, values in config.get("sso_sessions", {}).items()}
others = sorted(name for name in config if name not in ("profiles", "sso_sessions", "services", "plugins", "_path"))
print(json.dumps({"profiles": kept, "sso_sessions": sessions, "others": others}))
