#!/usr/bin/env python3
"""Holds one MCP conversation with the shim and prints it: conversation.py SHIM KEYS_FILE.

It speaks the protocol by hand, one JSON message per line, so that you can see everything that goes over the wire.
libpq's environment variables select the database. Each call carries its key in `_meta.apiKey`, so that one process can
use several keys. Standard library only.
"""

import json
import subprocess
import sys
import textwrap
import threading
import time

PROTOCOL = "2025-11-25"
TIMEOUT = 30


class Client:
    """A child process that answers JSON-RPC requests on its stdout."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8")
        self.last_id = 0

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def request(self, method, params):
        """Sends one request; returns its answer and how many milliseconds it took."""
        self.last_id += 1
        watchdog = threading.Timer(TIMEOUT, self.process.kill)
        watchdog.start()
        started = time.monotonic()
        self.send({"id": self.last_id, "method": method, "params": params})
        for line in self.process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.last_id:
                watchdog.cancel()
                return answer, (time.monotonic() - started) * 1000
        sys.exit(f"the shim exited, or sent nothing for {TIMEOUT} s, before it answered {method}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(TIMEOUT)


class Conversation:
    """Makes the requests and prints them with their answers."""

    def __init__(self, client):
        self.client = client
        self.step = 0

    def ask(self, method, params, note):
        self.step += 1
        print(f"\n{self.step}. {note}")
        print(f"   > {method} {short({k: v for k, v in params.items() if k != '_meta'})}")
        answer, took = self.client.request(method, params)
        if "error" in answer:
            error = answer["error"]
            print(f"   < error {error['code']} {error.get('data', {}).get('type', '')}: {error['message']}  ({took:.1f} ms)")
            return None
        return answer["result"], took

    def call(self, key, tool, arguments, note):
        """Calls a tool; returns its structured answer, or None if the call was refused."""
        answered = self.ask("tools/call", {"name": tool, "arguments": arguments, "_meta": {"apiKey": key}}, note)
        if answered is None:
            return None
        result, took = answered
        word = "isError" if result.get("isError") else "result"
        print(f"   < {word}: {result['content'][0]['text']}  ({took:.1f} ms)")
        return result["structuredContent"]


def short(value, width=110):
    return textwrap.shorten(json.dumps(value, ensure_ascii=False), width, placeholder=" …}")


def print_jobs(jobs):
    for job in jobs:
        due = (job["effective_due_date"] or "no date")[:10]
        print(f"     {job['job_number']:<12} {job['customer'] or '-':<24} {job['status']:<12} due {due}")


def a_job_to_start(talk, key):
    """The id of a job that has not been started. After enough runs the demo has none left, and a new one is created."""
    found = talk.call(key, "fetch_jobs", {"status": "not_started", "limit": 5}, "Which jobs have not been started?")
    print_jobs(found["jobs"])
    if found["jobs"]:
        return found["jobs"][0]["id"]
    number = time.strftime("DEMO-%Y%m%d-%H%M%S")
    made = talk.call(key, "create_job", {"job_number": number, "customer": "ACME Industries"}, "None left: create one.")
    return made["job"]["id"]


def main():
    shim, keys_file = sys.argv[1:]
    with open(keys_file, encoding="utf-8") as file:
        keys = json.load(file)
    full = next(k for k in keys if k["key"] == "Demo" and k["tenant_status"] == "active")
    read_only = next(k for k in keys if k["key"] != "Demo")
    other = next(k for k in keys if k["key"] == "Demo" and k["tenant_status"] == "active" and k is not full)
    suspended = next((k for k in keys if k["tenant_status"] == "suspended"), None)

    client = Client([shim])
    talk = Conversation(client)
    result, _ = talk.ask("initialize", {"protocolVersion": PROTOCOL, "capabilities": {},
                                        "clientInfo": {"name": "demo", "version": "1"}}, "The handshake")
    print(f"   < {result['serverInfo']['name']} {result['serverInfo']['version']}, protocol {result['protocolVersion']}")
    client.send({"method": "notifications/initialized"})

    answered = talk.ask("tools/list", {"_meta": {"apiKey": full["api_key"]}}, f"What may the key of {full['tenant']} call?")
    if answered is None:
        sys.exit("the tools cannot be listed; the answer above says why")
    result, took = answered
    print(textwrap.fill(f"{len(result['tools'])} tools: " + ", ".join(t["name"] for t in result["tools"]) + f"  ({took:.1f} ms)",
                        110, initial_indent="   < ", subsequent_indent="     "))

    job = a_job_to_start(talk, full["api_key"])
    talk.call(full["api_key"], "start_job", {"id": job}, "Start it.")
    talk.call(full["api_key"], "start_job", {"id": job}, "Start it again: the tool explains why it refuses, so that a model can correct itself.")
    talk.call(other["api_key"], "start_job", {"id": job}, f"The same job with a key of {other['tenant']}: to another tenant, the job does not exist.")
    talk.call(read_only["api_key"], "start_job", {"id": job}, f"The same job with the key {read_only['key']!r}: refused.")
    if suspended:
        talk.call(suspended["api_key"], "fetch_jobs", {}, f"A key of {suspended['tenant']}, which is suspended: refused.")
    talk.call("mcp_live_" + "A" * 43, "fetch_jobs", {}, "An unknown key: refused with the same message.")
    client.close()


if __name__ == "__main__":
    main()
