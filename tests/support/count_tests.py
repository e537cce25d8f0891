"""Counts single tests, GoogleTest's and unittest's, in the JUnit file that ctest wrote; prints the closing line.

usage: count_tests.py RESULTS.xml
A program that reports no tests of its own counts as one. The exit code is 0 when tests passed and none failed.
"""
import re
import sys
import xml.etree.ElementTree

GTEST_RAN = re.compile(r"^\[=+\] (\d+) tests? from .* ran\.", re.M)
GTEST_PART = r"^\[  {} \] (\d+) tests?\b"
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED)(?: \((.*)\))?$", re.M)


def count_gtest(output):
    runs = GTEST_RAN.findall(output)
    if not runs:
        return None
    passed, skipped = (sum(map(int, re.findall(GTEST_PART.format(part), output, re.M)))
                       for part in ("PASSED ", "SKIPPED"))
    return passed, sum(map(int, runs)) - passed - skipped, skipped


def count_unittest(output):
    runs = UNITTEST_RAN.findall(output)
    if not runs:
        return None
    parts = {}
    for _, details in runs:
        for name, number in re.findall(r"([a-z ]+)=(\d+)", details):
            parts[name.strip()] = parts.get(name.strip(), 0) + int(number)
    failed = sum(parts.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
    skipped = parts.get("skipped", 0)
    return max(sum(int(ran) for ran, _ in runs) - failed - skipped, 0), failed, skipped


def count_case(case):
    """(passed, failed, skipped) of one program that ctest ran."""
    status = case.get("status")
    if status not in ("run", "fail"):
        skipped = status == "disabled" or case.find("skipped").get("message").startswith("SKIP_")
        return 0, int(not skipped), int(skipped)  # else its program could not be started
    output = case.findtext("system-out") or ""
    counts = count_gtest(output) or count_unittest(output) or (0, 0, 0)
    if status == "fail" and counts[1] == 0:
        return counts[0], 1, counts[2]  # no test of it failed, but it did: a crash, a leak, a time limit
    return counts if any(counts) else (1, 0, 0)


def count(xml_text):
    cases = xml.etree.ElementTree.fromstring(xml_text).iter("testcase")
    counts = [count_case(case) for case in cases]
    return tuple(map(sum, zip(*counts))) if counts else (0, 0, 0)


def main():
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        passed, failed, skipped = count(file.read())
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
