# SPDX-License-Identifier: GPL-2.0-or-later
"""
html.py REPLAY DIRECTORY FENCE LAZY: the pages that --html wrote there, in a browser.

What a page has of a moment is compared with the layout that --at writes of it.  Prints what
is wrong, if anything, and leaves with 1 then.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fs"))
from browser import Browser  # noqa: E402

replay, directory, fence, lazy = sys.argv[1:5]


def check(ok, *words):
    if not ok:
        print("FAILED:", *words, file=sys.stderr)
        sys.exit(1)


def layout(trace, event, *options):
    """What the replay itself has after an event: [page, pages], ascending."""
    path = os.path.join(directory, "layout")
    subprocess.run([replay, f"--at={event}", f"--layout={path}", *options, trace], check=True,
                   stdout=subprocess.DEVNULL)
    with open(path) as file:
        ends = [line.split()[0].split("-") for line in file]
    return sorted([int(a, 16) // 4096, (int(b, 16) - int(a, 16)) // 4096] for a, b in ends)


def row(page, name):
    return json.loads(page.value(
        "(() => { const r = Replay.rows.find(r => r.name === %s); return JSON.stringify({"
        "ranges: r.shown.map(x => [x.from, x.pages]), when: r.when.textContent,"
        "figures: r.figures.textContent, kinds: [...new Set(r.shown.map(x => x.kind))],"
        "events: r.moments.map(m => m.event), distance: r.distance,"
        "fails: r.fails, purges: r.purges, told: r.told }); })()" % json.dumps(name)))


def text(page, selector):
    return page.value(f"document.querySelector({json.dumps(selector)}).innerText")


def opened(page, name):
    page.open("file://" + os.path.join(directory, name + ".html"))
    page.wait("!!document.querySelector('#timeline canvas')")


def short(page):
    opened(page, "short")
    check("every event" in text(page, "#exact"), text(page, "#exact"))
    ends = row(page, "first-fit")
    check(ends["events"] == list(range(ends["events"][-1] + 1)), "not each event", ends["events"])
    # Each policy has a row of its own, as wide as the page lets it be, one below the other.
    boxes = json.loads(page.value(
        "JSON.stringify([...document.querySelectorAll('#rows > div, #past, #keys')].map(e => "
        "{ const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; }))"))
    check(len(boxes) == len(json.loads(page.value("JSON.stringify(Replay.rows.map(r => r.name))"))) + 2, boxes)
    check(len({(left, width) for left, _, width, _ in boxes}) == 1, "rows of other widths", boxes)
    check(all(a[1] + a[3] <= b[1] + 1 and a[3] > 30 for a, b in zip(boxes, boxes[1:])), "rows overlap", boxes)
    # Back and forth, in steps that pass moments which are kept, and others.
    for event in (44, 20, 43, ends["events"][-1]):
        page.value(f"Replay.jump({event})")
        for policy in ("first-fit", "worst-fit"):
            got = row(page, policy)
            want = layout(fence, event, "--vmalloc=1M", f"--policy={policy}")
            check(got["when"] == "exact", event, got["when"])
            check(got["ranges"] == want, policy, event, got["ranges"], want)
    check("no hole between areas" in got["figures"], "the last moment has none", got["figures"])
    # The failure is a mark: a key goes there, and a click on its line, and the page says why.
    page.key("Home")
    page.key("f")
    check(page.value("Replay.now()") == ends["told"][0][0], page.value("Replay.now()"), ends["told"])
    check("the largest hole has 19 pages" in text(page, "#did"), text(page, "#did"))
    check("like the posts of a fence" in text(page, "#timeline .caption"), text(page, "#timeline .caption"))
    page.key("ArrowRight")
    check("32 pages and a guard do not fit" in text(page, "#timeline .caption"), text(page, "#timeline .caption"))
    page.key("End")
    page.value("document.querySelector('#failures button').click()")
    check(page.value("Replay.now()") == ends["told"][0][0], "the line of the failure")
    # Zoomed in, the map has fewer, wider areas; and something is drawn in both.
    painted = ("(() => { const c = Replay.rows[0].map; const d = c.getContext('2d')"
               ".getImageData(0, 9, c.width, 1).data; return d.filter((x, i) => i % 4 === 3)"
               ".reduce((n, x, i, all) => n + (x > 0 && !all[i - 1] ? 1 : 0), 0); })()")
    whole = page.value(painted)
    check(whole > 10, "too few areas are drawn", whole)
    page.key("+")
    check(0 < page.value(painted) < whole, "no zoom")
    page.key("0")
    check(page.value(painted) == whole, "not all of it")
    # It plays to the end.
    page.value("Replay.jump(84); document.querySelector('#timeline select').value = '20';"
               "document.querySelector('#timeline select').onchange()")
    page.key("p")
    page.wait(f"Replay.now() === {ends['events'][-1]}")


def long(page):
    opened(page, "long")
    now = row(page, "first-fit")
    check(now["distance"] > 1, "a moment for each event of so many", now["distance"])
    check(f"Up to {now['distance'] - 1} event" in text(page, "#exact"), text(page, "#exact"))
    check(now["fails"]["count"] > 0 and now["purges"]["count"] > 0, "marks", now["fails"], now["purges"])
    last = max(b - a for a, b in zip(now["events"], now["events"][1:]))
    check(last <= now["distance"], "farther apart than it says", last)
    # Between two moments the page shows the one before, and says so.
    gap = next(i for i, (a, b) in enumerate(zip(now["events"], now["events"][1:])) if b - a > 1)
    event = now["events"][gap]
    page.value(f"document.querySelector('.curve').onclick({{ offsetX: 0 }}); Replay.jump({event})")
    options = ("--vmalloc=800K", "--lazy=60")
    for event in (event, now["told"][0][0], now["events"][-1]):
        page.value(f"Replay.jump({event})")
        got = row(page, "first-fit")
        check(got["when"] == "exact", event, got["when"])
        want = layout(os.path.join(directory, "long"), event, *options)
        check(got["ranges"] == want, event, got["ranges"], want)
    stops = json.loads(page.value("JSON.stringify(Replay.stops.map(s => s.seq))"))
    inexact = next(s for s in stops if s not in now["events"] and s > now["events"][1])
    page.value(f"Replay.jump({inexact})")
    got = row(page, "first-fit")
    before = max(e for e in now["events"] if e < inexact)
    check(f"as after event {before:,}, {inexact - before} event" in got["when"], got["when"])
    # Each purge is one step away.
    page.key("Home")
    page.key("u")
    check(page.value("Replay.now()") == now["purges"]["at"][0][0], "the first purge")


def followed(page):
    opened(page, "followed")
    page.value("Replay.jump(100)")
    # The kernel's own state is a row; the votes are those of its policies.
    check(row(page, "as recorded")["ranges"] == row(page, "first-fit")["ranges"], "what was recorded")
    said = text(page, "#votes")
    check(said.count("the same place") == 1 and "where the kernel has" in said, said)


def main():
    with Browser(os.path.join(directory, "browser")) as page:
        for look in (short, long, followed):
            look(page)
            check(not page.errors, look.__name__, page.errors)


main()
