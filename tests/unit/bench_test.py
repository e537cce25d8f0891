import itertools
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench/peers"))
import cases  # noqa: E402
import data  # noqa: E402
import figures  # noqa: E402
import history  # noqa: E402
import measure  # noqa: E402
import mounts  # noqa: E402
import networks  # noqa: E402
import plot  # noqa: E402
import proc  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402
from peers import PEERS  # noqa: E402
from verified import VERIFIED  # noqa: E402

GIB = 1 << 30


def run(wall, counted=True, **facts):
    return {"wall": wall, "client_cpu": 0.5, "server_cpu": 1.5, "client_peak": 3 << 20, "server_peak": 9 << 20, "facts": facts,
            "counted": counted}


def outcome(*contenders, **more):
    case = {"name": "get-1g", "title": "One <file> & more", "against": "", "size": GIB, "remarks": "", "left_out": [],
            "contenders": [{"name": name, "group": group, "runs": runs} for name, group, runs in contenders]} | more
    return {"machine": {"kernel": "6.1"}, "versions": {"dftp": "1"}, "runs": 3, "seed": 1, "small": False, "cases": [case]}


TWO = (("peer <1>", "plain", [run(9.0, counted=False), run(2.0), run(4.0), run(3.0)]),
       ("dftp", "tls", [run(1.0, counted=False), run(1.5), run(1.0), run(2.0)]))


class Figures(unittest.TestCase):
    def test_best_median_and_spread_of_uneven_runs(self):
        s = figures.summary([run(2.0), run(1.0), run(4.0)], GIB)
        self.assertEqual((s["best"], s["median"], s["worst"], s["spread"]), (1.0, 2.0, 4.0, 1.5))
        self.assertEqual((s["rate"], s["client_cpu_per_gib"], s["server_cpu_per_gib"]), (GIB / 2, 0.5, 1.5))

    def test_what_moves_no_bytes_has_no_time_per_gib(self):
        self.assertIsNone(figures.summary([run(1.0)], 0)["server_cpu_per_gib"])

    def test_facts_are_medians_of_those_that_have_them(self):
        self.assertEqual(figures.facts([run(1, a=1), run(1, a=3, b=5), run(1, a=8)]), {"a": 3, "b": 5})


class Proc(unittest.TestCase):
    def test_times_of_a_process_whose_name_looks_like_the_fields_behind_it(self):
        text = "7 (a) R 1 2 (b) S " + " ".join(["0"] * 10) + " 200 100 50 25 " + " ".join(["0"] * 30)
        self.assertEqual(proc.parse_stat(text), (300 / proc.TICK, 75 / proc.TICK))

    def test_memory_of_a_process_and_of_one_that_ended(self):
        status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t     100 kB\n"
        self.assertEqual((proc.parse_status(status, "VmHWM"), proc.parse_status(status, "VmRSS")), (2 << 20, 102400))
        self.assertEqual(proc.parse_status("Name:\tx\nState:\tZ (zombie)\n", "VmHWM"), 0)


class Measure(unittest.TestCase):
    def contender(self, name, script, **more):
        return measure.Contender(name, "floor", ["sh", "-c", script], {"PATH": "/usr/bin:/bin"}, **more)

    def test_each_takes_its_turn_in_every_round(self):
        seen, failures = [], []
        both = [self.contender(name, ":", before=lambda name=name: seen.append(name)) for name in "ab"]
        measure.alternate(both, 2, 1, lambda *failure: failures.append(failure), lambda _: None)
        self.assertEqual([sorted(seen[at:at + 2]) for at in (0, 2, 4)], [["a", "b"]] * 3)
        self.assertEqual([one["counted"] for one in both[0].runs], [False, True, True])
        self.assertEqual(failures, [])

    def test_one_that_fails_is_told_and_cleaned_up_after_and_the_others_go_on(self):
        def damaged(_):
            raise data.Mismatch("not equal")
        failures, cleaned = {}, []
        some = [self.contender("bad", "echo why >&2; exit 3", after=lambda: cleaned.append("bad")),
                self.contender("damaged", ":", check=damaged), self.contender("good", ":")]
        measure.alternate(some, 1, 1, lambda one, error: failures.update({one.name: error}), lambda _: None)
        self.assertEqual(str(failures["bad"]), "exit code 3: why")
        self.assertIsInstance(failures["damaged"], data.Mismatch)
        self.assertEqual([len(one.runs) for one in some], [0, 0, 2])
        self.assertEqual(cleaned, ["bad"])

    def test_processor_time_of_child_processes_counts(self):
        burn = "python3 -c 'import time\nwhile time.process_time() < 0.2: pass' & wait"
        self.assertGreaterEqual(measure.run(self.contender("burn", burn))["client_cpu"], 0.2)


class Data(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = pathlib.Path(directory.name)

    def test_a_tree_has_the_size_that_was_foretold(self):
        self.assertEqual(data.make_tree(self.dir / "tree", 250), sum(data.sizes_of(250)))
        self.assertEqual(len(list((self.dir / "tree").iterdir())), 3)

    def test_files_of_a_tree_are_small_and_uneven(self):
        sizes = sorted(data.sizes_of(10_000))
        self.assertTrue(4_500 < sizes[5_000] < 5_500, sizes[5_000])
        self.assertTrue(9e7 < sum(sizes) < 11e7, sum(sizes))

    def test_a_damaged_missing_or_additional_file_is_found(self):
        for name in ("one", "other"):
            data.make_tree(self.dir / name, 5)
        data.check_equal(self.dir / "one", self.dir / "other")
        file = self.dir / "other/d0000/file-000003.dat"
        whole = file.read_bytes()
        for spoil in (lambda: file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1])), file.unlink,
                      lambda: (file.write_bytes(whole), (self.dir / "other/extra").mkdir())):
            spoil()
            with self.assertRaises(data.Mismatch):
                data.check_equal(self.dir / "one", self.dir / "other")

    def test_a_file_that_is_short_or_did_not_arrive_is_found(self):
        data.make_file(self.dir / "one", 70_000)
        (self.dir / "other").write_bytes((self.dir / "one").read_bytes()[:-1])
        for name in ("other", "none"):
            with self.assertRaises(data.Mismatch):
                data.check_equal(self.dir / "one", self.dir / name)

    def test_too_little_room_is_said_before_anything_is_made(self):
        with self.assertRaises(data.NoRoom):
            data.check_room(self.dir, 1 << 60)


class Report(unittest.TestCase):
    def test_rows_are_sorted_by_median_and_compared_with_dftp(self):
        text = report.markdown(outcome(*TWO))
        rows = [line for line in text.splitlines() if line.startswith(("| dftp", "| peer <"))]
        self.assertEqual([row.split(" | ")[:2] for row in rows], [["| dftp", "tls"], ["| peer <1>", "plain"]])
        self.assertIn("| 2.000 | 3.000 | 67% |", rows[1])
        self.assertIn("| 2.00, 2.00 | – |", rows[1])

    def test_all_rows_of_a_table_are_as_wide_as_its_head(self):
        lines = [line for line in report.markdown(outcome(*TWO)).splitlines() if line.startswith("|")]
        self.assertEqual({line.count("|") for line in lines}, {lines[0].count("|")})

    def test_who_was_left_out_is_named_with_the_reason(self):
        text = report.markdown(outcome(*TWO, left_out=[{"name": "xrdcp", "reason": "xrootd is not installed"}]))
        self.assertIn("Left out: xrdcp: xrootd is not installed", text)

    def test_growth_over_another_case(self):
        result = outcome(("dftp", "tls", [run(1.0), run(2.0), run(3.0)]))
        result["cases"].append(outcome(("dftp", "tls", [run(10.0), run(21.0), run(33.0)]), name="large",
                                       against="get-1g")["cases"][0])
        self.assertIn("| times get-1g | median | best |\n| --- | ---: | ---: |\n| dftp | 10.50 | 10.00 |", report.markdown(result))

    def test_a_case_without_a_single_counted_run(self):
        result = outcome(("dftp", "tls", [run(1.0, counted=False)]))
        self.assertIn("## get-1g", report.markdown(result))
        xml.etree.ElementTree.fromstring(plot.svg(result))


class Plot(unittest.TestCase):
    def test_is_well_formed_and_longer_bars_are_longer_times(self):
        drawing = xml.etree.ElementTree.fromstring(plot.svg(outcome(*TWO)))
        spaced = "{http://www.w3.org/2000/svg}"
        bars = [rect for rect in drawing.iter(spaced + "rect") if rect.get("class") != "paper"]
        self.assertEqual([bar.get("class") for bar in bars], ["ours tls", "plain"])
        widths = [float(bar.get("width")) for bar in bars]
        self.assertAlmostEqual(widths[1] / widths[0], 2, places=1)
        self.assertIn("peer <1>", [text.text for text in drawing.iter(spaced + "text")])
        self.assertIn("get-1g: One <file> & more", [text.text for text in drawing.iter(spaced + "text")])


class History(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file, self.drawing = (pathlib.Path(directory.name) / name for name in ("history.jsonl", "history.svg"))

    def record(self, version, *contenders, **more):
        history.record(outcome(*contenders, **more) | {"versions": {"dftp": version}}, self.file, self.drawing)

    def test_each_case_is_compared_with_its_fastest_peer(self):
        floor = ("cp", "floor", [run(0.1)])
        self.record("a", *TWO, ("slow", "tls", [run(9.0)]), ("dftp plain", "plain", [run(1.0)]), floor)
        [entry] = history.read(self.file)
        self.assertEqual([entry[key] for key in ("version", "case", "peer", "tls", "plain")], ["a", "get-1g", "peer <1>", 2.0, 3.0])

    def test_a_case_without_peers_leaves_no_line(self):
        self.record("a", TWO[1], ("cp", "floor", [run(0.1)]))
        self.assertEqual(history.read(self.file), [])

    def test_the_later_time_of_a_commit_counts(self):
        self.record("a", TWO[1], ("peer", "tls", [run(9.0)]))
        self.record("a", TWO[1], ("peer", "tls", [run(3.0)]))
        self.assertEqual([entry["tls"] for entry in history.read(self.file)], [2.0])

    def test_the_drawing_has_a_point_for_each_commit_and_faster_is_higher(self):
        for version, seconds in (("a", 3.0), ("b", 6.0), ("c", 0.75)):
            self.record(version, TWO[1], ("peer <1>", "tls", [run(seconds)]))
        drawing = xml.etree.ElementTree.parse(self.drawing).getroot()
        points = drawing.findall(".//{http://www.w3.org/2000/svg}circle")
        [y1, y2, y3] = [float(point.get("cy")) for point in points]
        self.assertTrue(y2 < y1 < y3, (y1, y2, y3))
        line = float(drawing.find(".//{http://www.w3.org/2000/svg}line").get("y1"))
        self.assertTrue(y1 < line < y3, line)


class Tables(unittest.TestCase):
    def test_each_row_can_be_run(self):
        self.assertEqual({peer.server for peer in PEERS if peer.server}, set(servers.SERVERS))
        names = [case.name for case in cases.CASES]
        self.assertEqual(len(set(names)), len(names))
        for case in cases.CASES:
            self.assertTrue(case.own or cases.peers_of(case, []), case.name)
            there = {kind[0] for kind in mounts.KINDS} if case.mounts else {peer.name for peer in (*PEERS, *VERIFIED)}
            self.assertLessEqual({*case.only}, there, case.name)
            self.assertIn(case.against, ["", *names], case.name)
            self.assertIn(case.network, networks.NETWORKS, case.name)

    def test_cases_are_chosen_by_how_their_names_begin(self):
        self.assertEqual([case.name for case in cases.chosen(["get", "md5"], short=True)], ["get-1g", "get-4g", "md5"])
        with self.assertRaises(SystemExit):
            cases.chosen(["nothing"], short=False)

    def test_each_peer_that_is_compared_checks_and_syncs_what_arrives(self):
        facts = dict.fromkeys(("source", "result", "path", "name", "share", "out", "home", "bytes", "host", "port", "tls_port", "ca",
                               "user", "options", "fingerprint", "url"), "x")
        for peer in VERIFIED:
            for verb, tree in itertools.product(("get", "put"), (False, True)):
                words = " ".join(peer.command(verb, tree, facts) or []) if not peer.name.startswith("dftp") else ""
                with self.subTest(peer.name, verb=verb, tree=tree):
                    self.assertRegex(words, "^$|checksum|cksum|cmp")
                    self.assertRegex(words, "^$|sync")

    def test_a_path_with_a_space_stays_one_word(self):
        [copy] = [peer for peer in PEERS if peer.name == "cp"]
        self.assertEqual(copy.command("get", False, {"source": "/a b", "result": "/c"}), ["cp", "/a b", "/c"])


if __name__ == "__main__":
    unittest.main()
