#!/usr/bin/env bash
# Runs the tests in the server at instants at which calendars turn, to find tests that depend on the time of the run.
# Prints a line for each instant, and the failed tests. Requires Debian's package faketime. Each instant takes half a
# minute.
#
#   test-clock.sh [FILTER...]   FILTER is the same as for test-server.sh
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The local time of the demo's tenant A.
zone=Europe/Amsterdam
instants=(
    '2026-09-16 03:10  a Wednesday night'
    '2026-09-16 09:10  a Wednesday morning'
    '2026-09-16 15:10  a Wednesday afternoon'
    '2026-09-16 21:10  a Wednesday evening'
    '2026-09-19 12:10  a Saturday'
    '2026-09-20 23:20  the last hour of a week'
    '2026-03-29 03:10  the first hour of summer time'
    '2026-10-25 02:10  the hour that is repeated'
    '2026-11-01 10:10  the end of summer time in Chicago'
    '2026-04-30 23:20  the last hour of a month'
    '2026-05-01 00:10  the first hour of a month'
    '2026-12-31 23:20  the last hour of a year'
    '2027-01-01 00:10  the first hour of a year'
    '2028-02-29 12:10  29 February'
    '2035-07-04 10:10  years from now'
)

faketime_library >/dev/null
output="$(mktemp)"
trap 'rm -f "$output"' EXIT
build=()
code=0
for instant in "${instants[@]}"; do
    time="${instant:0:16}"
    # The clock keeps running, a number of seconds ahead of the machine's.
    ahead=$(( $(TZ="$zone" date -d "$time" +%s) - $(date +%s) ))
    printf -v ahead '%+d' "$ahead"
    "$project/scripts/test-server.sh" ${build[@]+"${build[@]}"} --clock "$ahead" --failures "$@" >"$output" || code=1
    result="$(tail -n 1 "$output")"
    printf '%s  %-36s  %s\n' "$time" "${instant:18}" "${result:-the tests did not run}"
    head -n -1 "$output"
    build=(--no-build)
done
exit "$code"
