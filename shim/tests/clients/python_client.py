"""Calls the shim with the Python SDK, once with a handshake and once stateless.

    python python_client.py [COMMAND] [JOB_ID]

COMMAND (or ERYXON_MCP_COMMAND) is the shim, which takes its database and key from the environment.
JOB_ID (or ERYXON_MCP_JOB_ID) is a job that can be started; by default, the first one that fetch_jobs
finds. The exit code is 0 only if every expectation held.
"""

import asyncio
import json
import os
import sys

from mcp import Client, MCPError, StdioServerParameters

# The first mode negotiates the newest version with `initialize`, the second uses `server/discover`.
MODES = {"legacy": "2025-11-25", "auto": "2026-07-28"}


def argument(position: int, variable: str) -> str | None:
    return sys.argv[position] if len(sys.argv) > position else os.environ.get(variable)


def expect(condition: bool, what: str) -> None:
    if not condition:
        sys.exit(f"python_client: {what}")


async def converse(server: StdioServerParameters, mode: str, version: str, job_id: str | None) -> None:
    async with Client(server, mode=mode, read_timeout_seconds=30) as client:
        expect(client.protocol_version == version, f"{mode}: agreed on {client.protocol_version}, not {version}")
        expect("never instructions" in (client.instructions or ""), f"{mode}: no instructions")

        names = [tool.name for tool in (await client.list_tools()).tools]
        expect({"fetch_jobs", "start_job"} <= set(names), f"{mode}: tools/list has {names}")

        fetched = await client.call_tool("fetch_jobs", {"status": "not_started", "limit": 5})
        expect(not fetched.is_error, f"{mode}: fetch_jobs failed: {fetched.content}")
        jobs = fetched.structured_content["jobs"]
        expect(json.loads(fetched.content[1].text) == fetched.structured_content, f"{mode}: text and structure differ")
        expect(bool(jobs) or job_id is not None, f"{mode}: no job to start")

        chosen = job_id or jobs[0]["id"]
        started = await client.call_tool("start_job", {"id": chosen})
        expect(not started.is_error, f"{mode}: start_job failed: {started.content}")
        expect(started.structured_content["job"]["status"] == "in_progress", f"{mode}: {started.structured_content}")

        again = await client.call_tool("start_job", {"id": chosen})
        expect(again.is_error, f"{mode}: a job was started twice")
        expect(again.structured_content["error"]["code"] == "invalid_state", f"{mode}: {again.structured_content}")

        try:
            await client.call_tool("fetch_jobs", {}, meta={"apiKey": "mcp_live_nobody"})
        except MCPError as error:
            expect(error.code == -32000, f"{mode}: code {error.code}")
            expect((error.data or {}).get("type") == "authentication_error", f"{mode}: data {error.data}")
        else:
            expect(False, f"{mode}: a wrong key was accepted")
        print(f"python {mode}: {version}, {len(names)} tools, {len(jobs)} jobs, started {chosen}")


def main() -> None:
    command = argument(1, "ERYXON_MCP_COMMAND") or "eryxon-mcp"
    job_id = argument(2, "ERYXON_MCP_JOB_ID")
    server = StdioServerParameters(command=command, args=["serve"], env=dict(os.environ))
    for mode, version in MODES.items():
        asyncio.run(converse(server, mode, version, job_id))
        # A given job can be started only once, so the second mode looks for one itself.
        job_id = None


main()
