"""Calls every tool and writes a line of JSON for each call. Reads from stdin what transcript.sh prepared; psql finds the
server through the environment. Each call is rolled back, so that no call sees the effects of another."""

import copy
import json
import re
import subprocess
import sys

CLIENT = {"name": "transcript", "version": "1"}
# Ids of the demo factory are derived from names (version 5); those of new rows are random (version 4).
RANDOM_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
WRONG = {"wrong": [True]}


def with_ids(value, ids):
    """The arguments with names (`@A/job/JOB-1001`) replaced by the demo factory's ids."""
    if isinstance(value, str) and value.startswith("@"):
        return ids[value[1:]]
    if isinstance(value, list):
        return [with_ids(item, ids) for item in value]
    if isinstance(value, dict):
        return {name: with_ids(item, ids) for name, item in value.items()}
    return value


def places(schema, path=()):
    """The paths of all fields of an input schema. `0` means the first item of a list."""
    for choice in [schema, *schema.get("anyOf", [])]:
        for name, field in choice.get("properties", {}).items():
            yield (*path, name)
            yield from places(field, (*path, name))
        if isinstance(choice.get("items"), dict):
            yield from places(choice["items"], (*path, 0))


def put(arguments, path, value):
    """A copy of the arguments with another value at a path; None if the arguments have no place for it."""
    changed = copy.deepcopy(arguments)
    try:
        holder = changed
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        return None
    return changed


def renamed(value, new, old):
    """The arguments with a field's older name."""
    if isinstance(value, list):
        return [renamed(item, new, old) for item in value]
    if isinstance(value, dict):
        return {old if name == new else name: renamed(item, new, old) for name, item in value.items()}
    return value


def malformed(tool, examples):
    """Calls that the tool's schema does not allow: each field with a value of the wrong type, and unknown fields."""
    tenant, first = examples[0]
    yield "malformed", tenant, {}
    for value in (None, [], "text", 1):
        yield "malformed", tenant, value
    for path in places(tool["definition"]["inputSchema"]):
        for wrong in (WRONG, None, ""):
            # The first example that has a place for the field.
            for _, example in examples:
                changed = put(example, path, wrong)
                if changed is not None:
                    yield "malformed", tenant, changed
                    break
        if path[-1] != 0 and (changed := put(first, (*path[:-1], path[-1] + "x"), 1)) is not None:
            yield "malformed", tenant, changed


def aliases(tool, examples):
    """The examples with the older names and values that the tool accepts."""
    for old, new in tool["aliases"]["fields"]:
        for tenant, example in examples:
            if (changed := renamed(example, new, old)) != example:
                yield "alias", tenant, changed
    for field, old, new in tool["aliases"]["values"]:
        for tenant, example in examples:
            if example.get(field) == new:
                yield "alias", tenant, {**example, field: old}


def calls_of(tool, ids):
    def call(example):
        return example["tenant"], with_ids(json.loads(example["arguments"]), ids)

    examples = [call(example) for example in tool["examples"]]
    yield from (("example", *example) for example in examples)
    yield from (("error", *call(case["example"])) for case in tool["errors"])
    yield from aliases(tool, examples)
    yield from malformed(tool, examples)


def refusals(keys):
    """Calls that are refused: (key, tool)."""
    bad = "mcp_live_" + "x" * 43
    for key in (bad, "", "no key", None, keys["D"], keys["disabled"], keys["expired"]):
        yield key, "fetch_jobs"
    for tool in ("fetch_job", "", None, "x" * 300, bad, "FETCH_JOBS"):
        yield keys["A"], tool
    yield keys["no tools"], "fetch_jobs"
    yield keys["no tools"], "no_such_tool"
    yield keys["read only"], "start_job"
    yield keys["read only"], "fetch_scrap_reasons"


def literal(value):
    if value is None:
        return "NULL"
    return "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def call(key, tool, arguments="{}"):
    return f"mcp_call_tool({literal(key)}, {literal(tool)}, {literal(arguments)}::jsonb, {literal(json.dumps(CLIENT))}::jsonb)"


class Script:
    """The calls in order, each with the data that is written along with its answer."""

    def __init__(self, keys):
        self.names = {secret: name for name, secret in keys.items()}
        self.lines, self.heads, self.counts = ["\\set ON_ERROR_STOP on"], [], {}

    def add(self, tool, kind, key, arguments, select, before=""):
        number = self.counts[tool, kind] = self.counts.get((tool, kind), 0) + 1
        head = {"tool": tool, "kind": kind, "number": number, "key": self.names.get(key, key), "arguments": arguments}
        self.heads.append(json.dumps(head, ensure_ascii=False))
        self.lines.append(f"BEGIN;\n{before}SELECT {select};\nROLLBACK;")

    def run(self):
        psql = subprocess.run(["psql", "-XqAt"], input="\n".join(self.lines), stdout=subprocess.PIPE, encoding="utf-8", check=True)
        answers = psql.stdout.split("\n")[:-1]
        if len(answers) != len(self.heads):
            sys.exit(f"{len(self.heads)} calls, but {len(answers)} answers")
        return zip(self.heads, answers)


def without_random_ids(answer):
    """The answer with each random id replaced by a number, in the order of their first appearance."""
    seen = {}
    return RANDOM_ID.sub(lambda found: f"random-id-{seen.setdefault(found[0], len(seen) + 1)}", answer)


def main():
    known = json.load(sys.stdin)
    keys, script = known["keys"], Script(known["keys"])
    for tool in known["catalogue"]:
        for kind, tenant, arguments in calls_of(tool, known["ids"]):
            script.add(tool["name"], kind, keys[tenant], arguments, call(keys[tenant], tool["name"], json.dumps(arguments)))
        script.add(tool["name"], "no arguments", keys["A"], None, f"mcp_call_tool({literal(keys['A'])}, {literal(tool['name'])}, NULL)")
    for key, tool in refusals(keys):
        script.add(tool, "refusal", key, {}, call(key, tool))
    seldom = keys["once a minute"]
    script.add("fetch_jobs", "rate limit", seldom, {}, call(seldom, "fetch_jobs"),
               before=f"DO $$ BEGIN PERFORM {call(seldom, 'fetch_jobs')}; END $$;\n")
    for key in (keys["A"], keys["read only"], keys["no tools"], keys["D"], None):
        script.add("mcp_list_tools", "list", key, None, f"mcp_list_tools({literal(key)})")

    for head, answer in script.run():
        print(f'{head[:-1]}, "answer": {without_random_ids(answer)}}}')
    for name, table in known["tables"].items():
        print(json.dumps({"tool": name, "kind": "table", "number": 1, "key": None, "arguments": None, "answer": table}, ensure_ascii=False))
    for tool in known["catalogue"]:
        public = {name: value for name, value in tool.items() if name != "definition"}
        print(json.dumps({"tool": tool["name"], "kind": "catalogue", "number": 1, "key": None, "arguments": None, "answer": public},
                         ensure_ascii=False))


main()
