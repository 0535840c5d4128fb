"""Asks a server by the official client, and prints what it answered: `ask.py MODE CALLS COMMAND…`, with calls as JSON."""

import asyncio
import json
import sys

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters


async def main() -> None:
    mode, calls, command, *arguments = sys.argv[1:]
    server = StdioServerParameters(command=command, args=arguments)
    async with Client(server, mode=mode) as client:
        tools = await client.list_tools()
        answers = []
        for name, given in json.loads(calls):
            result = await client.call_tool(name, given)
            text = "".join(block.text for block in result.content)
            answers.append({"error": result.is_error, "structured": result.structured_content, "text": text})
        told = {
            "version": client.protocol_version,
            "server": client.server_info.name if client.server_info else None,
            "tools": [tool.name for tool in tools.tools],
            "answers": answers,
        }
        print(json.dumps(told))


asyncio.run(main())
