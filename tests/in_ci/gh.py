"""Stands in for `gh api`: answers a list of comments from $COMMENTS through its filter, and writes down what it is asked to send."""

import json
import os
import sys

import jq

arguments = sys.argv[1:]
assert arguments[0] == "api", arguments
if "--jq" in arguments:
    with open(os.environ["COMMENTS"], encoding="utf-8") as file:
        comments = json.load(file)
    if comments is None:
        sys.exit("HTTP 403")
    for value in jq.compile(arguments[arguments.index("--jq") + 1]).input_value(comments):
        print(value)
else:
    field = arguments[arguments.index("-F") + 1]
    name, path = field.split("=@", 1)
    with open(path, encoding="utf-8") as file:
        sent = {"method": arguments[arguments.index("--method") + 1], "path": arguments[-3], name: file.read()}
    with open(os.environ["SENT"], "a", encoding="utf-8") as log:
        log.write(json.dumps(sent) + "\n")
