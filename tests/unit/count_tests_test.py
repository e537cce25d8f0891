import pathlib
import sys
import unittest
from xml.sax.saxutils import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from count_tests import count  # noqa: E402

GTEST = "Running main()\n[==========] {} tests from 2 test suites ran. (3 ms total)\n[  PASSED  ] {} tests.\n"
UNITTEST = "...\n----------------------\nRan {} tests in 0.319s\n\n{}\n"


def case(status, output, extra=""):
    return f'<testcase name="a" status="{status}">{extra}<system-out>{escape(output)}</system-out></testcase>'


def counted(*cases):
    return count('<?xml version="1.0"?><testsuite name="all">' + "".join(cases) + "</testsuite>")


class CountTests(unittest.TestCase):
    def test_counts_what_googletest_says(self):
        self.assertEqual(counted(case("run", GTEST.format(75, 75))), (75, 0, 0))
        self.assertEqual(counted(case("fail", GTEST.format(9, 5) + "[  SKIPPED ] 3 tests.\n")), (5, 1, 3))
        self.assertEqual(counted(case("run", "[==========] 1 test from 1 test suite ran. (0 ms total)\n"
                                             "[  PASSED  ] 1 test.\n")), (1, 0, 0))

    def test_counts_what_unittest_says(self):
        self.assertEqual(counted(case("run", UNITTEST.format(12, "OK"))), (12, 0, 0))
        self.assertEqual(counted(case("run", UNITTEST.format(12, "OK (skipped=2)"))), (10, 0, 2))
        self.assertEqual(counted(case("fail", UNITTEST.format(12, "FAILED (failures=1, errors=2, skipped=3)"))),
                         (6, 3, 3))

    def test_a_program_without_a_count_counts_as_one(self):
        self.assertEqual(counted(case("run", "fine\n")), (1, 0, 0))
        self.assertEqual(counted(case("fail", "[ RUN      ] A.b\nSegmentation fault\n")), (0, 1, 0))

    def test_a_program_that_fails_after_its_tests_passed_is_a_failure(self):
        self.assertEqual(counted(case("fail", GTEST.format(5, 5) + "LeakSanitizer: detected memory leaks")), (5, 1, 0))

    def test_a_program_that_cannot_be_started_is_a_failure(self):
        missing = case("notrun", "", '<skipped message="Unable to find executable"/>')
        self.assertEqual(counted(missing), (0, 1, 0))

    def test_a_test_that_skips_itself_is_skipped(self):
        self.assertEqual(counted(case("notrun", "", '<skipped message="SKIP_RETURN_CODE=77"/>')), (0, 0, 1))
        self.assertEqual(counted(case("disabled", "", '<skipped message="Disabled"/>')), (0, 0, 1))

    def test_adds_programs_up(self):
        self.assertEqual(counted(case("run", GTEST.format(5, 5)), case("run", UNITTEST.format(2, "OK"))), (7, 0, 0))
        self.assertEqual(counted(), (0, 0, 0))


if __name__ == "__main__":
    unittest.main()
