"""Compares two recordings of transcript.sh. Differences in prose (sentences that people and models read) are reported
separately from all others: numbers, ids, states, fields, and their order."""

import argparse
import json
import re
import sys
from collections import Counter

# The fields of an answer that contain our own sentences. Texts of the factory (title, description, notes) are data.
PROSE = {"message", "hint", "warning", "warnings", "missing", "formula"}
# The same for a declaration.
DECLARED_PROSE = {"title", "description", "when", "meaning", "by", "needs", "message"}
DECLARATIONS = {"list", "table", "catalogue"}
SENTENCE = "answer.result.content[0].text"
# The strings, numbers and words of a JSON text: everything but its punctuation.
WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')


class Number(str):
    """A number as it is written: 1.50 is not 1.5."""


def parse(text):
    return json.loads(text, parse_float=Number, parse_int=Number)


class Differences:
    """The differences of one call."""

    def __init__(self, declares):
        self.prose_fields = DECLARED_PROSE if declares else PROSE
        self.found = []  # (whether it is prose only, path, old, new)

    def add(self, prose, path, old, new):
        self.found.append((prose, path, old, new))

    def compare(self, old, new, path, field=None):
        if type(old) is not type(new):
            self.add(False, path, old, new)
        elif isinstance(old, dict):
            self.compare_objects(old, new, path)
        elif isinstance(old, list):
            if len(old) != len(new):
                self.add(False, f"{path} (length)", len(old), len(new))
            for index, (one, other) in enumerate(zip(old, new)):
                self.compare(one, other, f"{path}[{index}]", field)
        elif old != new:
            prose = type(old) is str and (field in self.prose_fields or path == SENTENCE)
            same_numbers = prose and numbers(old) == numbers(new)
            self.add(same_numbers, path if same_numbers or not prose else f"{path} (numbers in the text)", old, new)

    def compare_objects(self, old, new, path):
        for name in old.keys() - new.keys():
            self.add(False, f"{path}.{name} (gone)", old[name], None)
        for name in new.keys() - old.keys():
            self.add(False, f"{path}.{name} (new)", None, new[name])
        both = [name for name in old if name in new]
        if (order := [name for name in new if name in old]) != both:
            self.add(False, f"{path} (order of fields)", both, order)
        for name in both:
            self.compare(old[name], new[name], f"{path}.{name}", name)

    def compare_answers(self, old, new):
        """An answer contains the body twice, as text and as structuredContent. If the two agree, differences are reported once."""
        bodies = [take_body(answer) for answer in (old, new)]
        if None not in bodies:
            (old_text, old_agrees), (new_text, new_agrees) = bodies
            if old_agrees != new_agrees:
                self.add(False, "text and structuredContent agree", old_agrees, new_agrees)
            if old_agrees and new_agrees:
                del old["result"]["structuredContent"], new["result"]["structuredContent"]
            self.compare(parse(old_text), parse(new_text), "body")
            if all(prose for prose, *_ in self.found):
                self.compare_punctuation(old_text, new_text)
        self.compare(old, new, "answer")

    def compare_punctuation(self, old, new):
        old, new = WORD.sub("_", old), WORD.sub("_", new)
        if old != new:
            at = next((at for at, (one, other) in enumerate(zip(old, new)) if one != other), 0)
            self.add(False, "body (spaces and line breaks)", old[max(0, at - 20) :][:60], new[max(0, at - 20) :][:60])


def numbers(text):
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


def take_body(answer):
    """Removes the body's text from an answer. Returns it, and whether it equals structuredContent."""
    try:
        text = answer["result"]["content"][1].pop("text")
    except (KeyError, IndexError, TypeError):
        return None
    return text, sorted_text(parse(text)) == sorted_text(answer["result"]["structuredContent"])


def sorted_text(value):
    return json.dumps(value, sort_keys=True)


def read(path):
    """The calls of a recording, by tool, kind, key and arguments; identical calls are numbered."""
    calls, times = {}, Counter()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            call = parse(line)
            tool = call["tool"]
            if call["kind"] == "list" and "result" in call["answer"]:
                for listed in call["answer"]["result"]["tools"]:
                    calls[listed["name"], "list", call["key"], "", 1] = listed
                call["answer"] = [listed["name"] for listed in call["answer"]["result"]["tools"]]
            place = (tool, call["kind"], call["key"], sorted_text(call["arguments"]))
            times[place] += 1
            calls[*place, times[place]] = call["answer"]
    return calls


def shown(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else f"{text[:600]}… ({len(text)} characters)"


def accept(old, new, replacements):
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    for was, becomes in replacements:
        old = old.replace(was, becomes)
    return old == new


def compare(old_calls, new_calls, replacements):
    """The differences of each tool, each with the calls that show it, and the number of accepted differences."""
    by_tool, accepted = {}, 0
    for place in [*old_calls, *(place for place in new_calls if place not in old_calls)]:
        tool, kind, key, arguments, _ = place
        differences = Differences(kind in DECLARATIONS)
        if place not in new_calls:
            differences.add(False, "the call (gone)", "recorded", None)
        elif place not in old_calls:
            differences.add(False, "the call (new)", None, "recorded")
        else:
            differences.compare_answers(old_calls[place], new_calls[place])
        for prose, path, old, new in differences.found:
            if accept(old, new, replacements):
                accepted += 1
            else:
                found = by_tool.setdefault(tool, {})
                found.setdefault((prose, path, shown(old), shown(new)), []).append(f"{kind}, key {key}: {arguments}")
    return by_tool, accepted


def report(by_tool, accepted):
    texts, loud = Counter(), 0
    for tool, found in by_tool.items():
        print(f"== {tool}")
        for (prose, path, old, new), calls in found.items():
            more = f" (and {len(calls) - 1} more calls)" if len(calls) > 1 else ""
            print(f"  {'prose' if prose else '!!! NOT PROSE'}  {path}\n    - {old}\n    + {new}\n    in {calls[0][:200]}{more}")
            if prose:
                texts[old, new] += len(calls)
            else:
                loud += len(calls)
    if texts:
        print(f"\n== Changed texts: {len(texts)}, in {texts.total()} places")
        for (old, new), count in texts.most_common():
            print(f"  {count} times\n    - {old}\n    + {new}")
    if loud:
        print(f"\n== !!! DIFFERENCES THAT ARE NOT PROSE: {loud}")
        for tool, found in by_tool.items():
            for (prose, path, old, new), calls in found.items():
                if not prose:
                    print(f"  {tool}, {path}, {len(calls)} times: {old} -> {new}")
    print(f"\n{texts.total()} differences in prose, {loud} in anything else, {accepted} accepted by the list of texts")
    return 1 if texts or loud else 0


def read_replacements(path):
    if path is None:
        return []
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if "\t" in line]


def main():
    parser = argparse.ArgumentParser(prog="transcript.sh compare")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--allow-texts", metavar="FILE")
    options = parser.parse_args()
    old, new = read(options.old), read(options.new)
    by_tool, accepted = compare(old, new, read_replacements(options.allow_texts))
    print(f"{len(old)} and {len(new)} answers")
    return report(by_tool, accepted)


sys.exit(main())
