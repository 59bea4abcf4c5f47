"""JUnit XML holds every test with its place, and every difference of a failed one."""

from xml.etree import ElementTree

from crosswalk import api
from tests.testing.bench import Bench


def written(bench: Bench) -> ElementTree.Element:
    report = bench.run()
    return ElementTree.fromstring(api.junit(report.outcomes, lambda one: f"{one.expected} or {one.got}"))


def test_one_suite_for_each_map_and_one_case_for_each_test(bench: Bench) -> None:
    bench.tests("""\
      - {name: it holds, expect: {insert: 1}}
      - {name: it fails, expect: {insert: [{Number: N-1, Amount: 1}]}}
    """)
    root = written(bench)
    (suite,) = root.findall("testsuite")
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("orders", "2", "1")
    assert [(case.get("name"), case.get("file"), case.get("line")) for case in suite] == [
        ("it holds", "orders.test.yaml", "6"),
        ("it fails", "orders.test.yaml", "7"),
    ]
    holds, fails = suite
    assert list(holds) == []
    (failure,) = fails
    assert failure.get("message") == "1 difference"
    assert failure.text == "insert books.postings  N-1  1.00 or 12.50"


def test_what_xml_cannot_hold_is_left_out(bench: Bench) -> None:
    bench.tests("""\
      - {name: "<&> and \\u0007", expect: {insert: 2}}
    """)
    (suite,) = written(bench)
    assert suite[0].get("name") == "<&> and ?"
