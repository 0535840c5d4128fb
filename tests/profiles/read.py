"""Prints what botocore, which the AWS CLI and boto3 read their configuration with, makes of a file."""

import json
import sys

from botocore.configloader import load_config
from botocore.session import Session

config = load_config(sys.argv[1])
kept = {name: dict(values) for name, values in config.get("profiles", {}).items()}
sessions = {name: dict(values) for name, values in config.get("sso_sessions", {}).items()}
others = sorted(name for name in config if name not in ("profiles", "sso_sessions", "services", "plugins", "_path"))
# what `aws configure list-profiles` prints
session = Session()
session.set_config_variable("config_file", sys.argv[1])
session.set_config_variable("credentials_file", "")
listed = sorted(session.available_profiles)
print(json.dumps({"listed": listed, "profiles": kept, "sso_sessions": sessions, "others": others}))
