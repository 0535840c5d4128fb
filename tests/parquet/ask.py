"""Asks DuckDB: python ask.py SQL, in the directory of the tables. Prints the rows as JSON."""

import json
import sys

import duckdb

print(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), default=str))
