"""Reads GraphML with networkx: python read.py FILE... A line of JSON each, as read.mjs."""

import json
import sys

import networkx

for path in sys.argv[1:]:
    graph = networkx.read_graphml(path)
    assert graph.is_directed()
    names = [data["name"] for _, data in graph.nodes(data=True)]
    counts = [data["edges"] for _, _, data in graph.edges(data=True)]
    print(json.dumps({"nodes": len(names), "edges": len(counts), "names": names, "sum": sum(counts)}))
