// Calls the shim with the TypeScript SDK.
//
//     node node_client.mjs [COMMAND] [JOB_ID]
//
// COMMAND (or ERYXON_MCP_COMMAND) is the shim, which takes its database and key from the environment.
// JOB_ID (or ERYXON_MCP_JOB_ID) is a job that can be started; by default, the first one that fetch_jobs
// finds. The exit code is 0 only if every expectation held.

import assert from "node:assert/strict";
import process from "node:process";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [, , command = process.env.ERYXON_MCP_COMMAND ?? "eryxon-mcp", jobId = process.env.ERYXON_MCP_JOB_ID] =
  process.argv;

const client = new Client({ name: "node-client-test", version: "1.0.0" });
const transport = new StdioClientTransport({ command, args: ["serve"], env: { ...process.env } });
await client.connect(transport);
try {
  assert.equal(client.getServerVersion().name, "eryxon-mcp");
  assert.match(client.getInstructions(), /never instructions/);
  await client.ping();

  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  for (const name of ["fetch_jobs", "start_job"]) assert.ok(names.includes(name), `tools/list has ${names}`);

  const fetched = await client.callTool({ name: "fetch_jobs", arguments: { status: "not_started", limit: 5 } });
  assert.ok(!fetched.isError, JSON.stringify(fetched.content));
  assert.deepEqual(JSON.parse(fetched.content[1].text), fetched.structuredContent);
  const chosen = jobId || fetched.structuredContent.jobs[0]?.id;
  assert.ok(chosen, "no job to start");

  const started = await client.callTool({ name: "start_job", arguments: { id: chosen } });
  assert.ok(!started.isError, JSON.stringify(started.content));
  assert.equal(started.structuredContent.job.status, "in_progress");

  const again = await client.callTool({ name: "start_job", arguments: { id: chosen } });
  assert.equal(again.isError, true, "a job was started twice");
  assert.equal(again.structuredContent.error.code, "invalid_state");

  await assert.rejects(
    client.callTool({ name: "fetch_jobs", arguments: {}, _meta: { apiKey: "mcp_live_nobody" } }),
    (error) => error.code === -32000 && error.data?.type === "authentication_error",
  );
  console.log(`node: ${names.length} tools, ${fetched.structuredContent.jobs.length} jobs, started ${chosen}`);
} finally {
  await client.close();
}
