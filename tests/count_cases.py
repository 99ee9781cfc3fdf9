# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Counts test cases, not test programs, in what `ctest --output-junit` wrote.

    count_cases.py FILE...

Closes with `N passed, N failed`. Exit status 0: at least one passed and none failed.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

CMOCKA_CASE_OK = re.compile(r"\[\s*OK\s*\] ")
CMOCKA_SUMMARY = re.compile(r"\[\s*(PASSED|FAILED|SKIPPED)\s*\] (\d+) test\(s\)")
PYTEST_SUMMARY = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.MULTILINE)


def cmocka_cases(output):
    """One that crashed says how it went until then, and no summary."""
    cases = Counter()
    for word, number in CMOCKA_SUMMARY.findall(output):
        cases[word.lower()] += int(number)
    if not cases:
        cases["passed"] = len(CMOCKA_CASE_OK.findall(output))
    return cases


def pytest_cases(output):
    summary = PYTEST_SUMMARY.findall(output)
    if not summary:
        return Counter()
    words = {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", summary[-1])}
    return Counter(
        passed=words.get("passed", 0) + words.get("xfailed", 0),
        failed=sum(words.get(word, 0) for word in ("failed", "error", "errors")),
        skipped=words.get("skipped", 0),
    )


def count(testcase):
    """The cases of one test program; one that is a single check counts as one."""
    output = testcase.findtext("system-out") or ""
    cases = cmocka_cases(output) + pytest_cases(output)
    if testcase.get("status") != "run" and not cases["failed"]:
        cases["failed"] += 1
    return cases or Counter(passed=1)


def text(cases):
    skipped = f", {cases['skipped']} skipped" if cases["skipped"] else ""
    return f"{cases['passed']} passed, {cases['failed']} failed{skipped}"


def main(paths):
    total = Counter()
    print()
    for path in paths:
        for testcase in ElementTree.parse(path).iter("testcase"):
            cases = count(testcase)
            total += cases
            print(f"{testcase.get('name'):32} {text(cases)}")
    print()
    print(text(total))
    return 0 if total["passed"] and not total["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
