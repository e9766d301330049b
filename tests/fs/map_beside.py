# SPDX-License-Identifier: GPL-2.0-or-later
"""
map_beside.py COPIES DIRECTORY SCREENSHOT: two copies of map.html side by side, in a browser.

COPIES has first-fit.html and worst-fit.html, and in first-fit.areas and worst-fit.areas how
many areas there were after each event.  Leaves with 1 if something is wrong.
"""
import json
import os
import sys

from browser import Browser

copies, directory, picture = sys.argv[1:4]


def check(ok, *words):
    if not ok:
        print("FAILED:", *words, file=sys.stderr)
        sys.exit(1)


def areas(policy):
    with open(os.path.join(copies, policy + ".areas")) as file:
        return [0] + [int(line) for line in file]


def shows(page, at, counts):
    """Waits until both pages show the moment."""
    page.wait(f"document.getElementById('timeline').dataset.at === '{at}'")
    page.wait(f"Beside.shown().every(s => s && s.at === {at})")
    shown = json.loads(page.value("JSON.stringify(Beside.shown())"))
    check([s["areas"] for s in shown] == [c[at] for c in counts], "areas at", at, shown)
    check(shown[0]["bytes"] == shown[1]["bytes"], "one scale", shown)
    return shown


def main():
    counts = [areas("first-fit"), areas("worst-fit")]
    last = len(counts[0]) - 1
    with Browser(directory) as page:
        page.emulate(1280, 800)
        page.open("file://" + os.path.join(copies, "first-fit.html") + "?with=worst-fit.html")
        shown = shows(page, last, counts)
        check([s["failed"] for s in shown] == [False, True], "which of them failed", shown)
        page.screenshot(picture)
        for at in range(last - 1, -1, -1):
            page.key("ArrowLeft")
            shown = shows(page, at, counts)
            check(not any(s["failed"] for s in shown), "a failure at", at)
        page.key("End")
        before = shows(page, last, counts)[0]["bytes"]
        page.key("-")
        page.key("ArrowLeft")
        check(shows(page, last - 1, counts)[0]["bytes"] == 2 * before, "both zoom out")
        steps = page.value("JSON.stringify(Pairs.align([{what: 'alloc', name: 'a'}, {what: 'fail', name: 'c'},"
                           "{what: 'free', name: 'a'}], [{what: 'alloc', name: 'a'}, {what: 'alloc', name: 'c'},"
                           "{what: 'free', name: 'c'}, {what: 'free', name: 'a'}]))")
        check(json.loads(steps) == [[1, 1], [2, 2], [2, 3], [3, 4]], "steps", steps)
        check(not page.errors, page.errors)


main()
