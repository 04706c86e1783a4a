"""Runs the tests of an installed test build. Its install script lists them: each is a function in the schema `tests`,
preceded by a comment with the path of the Rust function. psql finds the server through the environment; SERVER_LOG is its
log, which has the reason of an internal error."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

FUNCTION = re.compile(r'^-- ([^\n]+):(\d+)\n-- eryxon_mcp::(\S+)\nCREATE +FUNCTION "?tests"?\."?(\w+)"?\(\) RETURNS void', re.M)
CORRELATION = re.compile(r'"correlation_id": ?"([0-9a-f-]{36})"')


def matches(path, text):
    """Names of more than 63 characters are truncated and prefixed with a number (t7_…). The full name finds these, too."""
    module, name = path.rsplit("::", 1)
    cut = re.sub(r"^t\d+_", "", name)
    return text in path or text in f"{module}::{cut}" or (cut != name and cut in text)


def reasons(problem):
    """The lines of the server's log about the internal errors in a failure. A caller sees only their correlation ids."""
    with open(os.environ["SERVER_LOG"], encoding="utf-8", errors="replace") as log:
        about = [line for line in log if any(f"correlation id {id}" in line for id in CORRELATION.findall(problem))]
    return "".join("\nserver log: " + line.partition("LOG:")[2].strip() for line in about)


def run(name):
    """Runs a test. Returns the error output of psql if it fails, otherwise an empty string."""
    script = f'BEGIN;\nSELECT tests."{name}"();\nROLLBACK;\n'
    psql = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"], input=script, encoding="utf-8",
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    problem = psql.stderr.strip()
    return problem + reasons(problem) if psql.returncode else ""


def main():
    install_script, *filters = sys.argv[1:]
    failures_only = "--failures" in filters
    filters = [text for text in filters if text != "--failures"]
    with open(install_script, encoding="utf-8") as script:
        tests = [found.groups() for found in FUNCTION.finditer(script.read())]
    if not tests:
        sys.exit("the installed extension is not a test build")
    tests = [test for test in tests if not filters or any(matches(test[2], text) for text in filters)]
    if not tests:
        sys.exit(f"no test has a path that contains {' or '.join(filters)}; is its module declared (mod tests;)?")
    started, failed = time.monotonic(), 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (file, line, path, _), problem in zip(tests, pool.map(run, [test[3] for test in tests])):
            if problem:
                failed += 1
                print(f"FAIL  {path}  ({file}:{line})\n      " + problem.replace("\n", "\n      "), flush=True)
            elif not failures_only:
                print(f"ok    {path}", flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed ({time.monotonic() - started:.1f} s)")
    sys.exit(1 if failed else 0)


main()
