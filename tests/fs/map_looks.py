# SPDX-License-Identifier: GPL-2.0-or-later
"""
map_looks.py MOUNT DIRECTORY PICTURES: the layout of map.html at several widths.

The machine has no area at first, then ever more.  Nothing may be wider than the window,
addresses are there, and the figures stand in one row where there is room.  If PICTURES is
not empty it is a directory for a picture of each, light and dark.
"""
import os
import sys

from browser import Browser

mnt, directory, pictures = sys.argv[1:4]

NUMBERS = (0, 10, 1000, 50000)
WINDOWS = ((360, 740), (1280, 800), (1920, 1080))
AT_ONCE = 2000  # lines of a write


def check(ok, *words):
    if not ok:
        print("FAILED:", *words, file=sys.stderr)
        sys.exit(1)


def ctl(lines):
    for i in range(0, len(lines), AT_ONCE):
        with open(os.path.join(mnt, "ctl"), "w") as file:
            file.write("\n".join(lines[i:i + AT_ONCE]) + "\n")


def grow(there, number):
    """So many areas, and a hole after every third of those that came last but few."""
    ctl([f"vmalloc a{i} {4 << i % 2}K" for i in range(there, number)])
    for i in range(there + 1, min(number - 1, there + 300), 3):
        ctl([f"vfree a{i}", f"vmalloc a{i} 1"])


def looks(page, number, width, height):
    page.emulate(width, height)
    page.wait(f"document.documentElement.clientWidth === {width}")
    what = f"{number} areas, {width} pixels"
    check(page.value("document.documentElement.scrollWidth") <= width, "too wide:", what)
    check(page.value("document.querySelector('.addr').offsetWidth") > 50, "no address:", what)
    rows = page.value("new Set(Array.from(document.querySelectorAll('.card'), e => e.offsetTop)).size")
    check(width < 1280 or rows == 1, "the figures break:", what, rows)
    cut = page.value("Array.from(document.querySelectorAll('.card b, .card span'))"
                     ".filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)")
    check(cut == [], "figures are cut:", what, cut)
    if width >= 1280:
        map_end = page.value("document.getElementById('map').getBoundingClientRect().bottom")
        check(map_end < height, "the map is higher than the window:", what, map_end)
        # The hole of an empty machine is drawn as one row, whatever its size.
        check(number == 0 or map_end > height * 0.4, "the map does not use the height:", what, map_end)
    for scheme in ("light", "dark") if pictures else ():
        page.emulate(width, height, scheme)
        page.screenshot(os.path.join(pictures, f"map_{number}_{width}_{scheme}.png"))


def steps_alone(page):
    """Where areas are drawn as blocks, a step changes those that it is about, and no others."""
    drawn = "View.state.s.areas.map(t => t.key + ' ' + t.print)"
    page.key("ArrowLeft")
    page.wait("Moment.inPast()")
    before = set(page.value(drawn))
    for _ in range(4):
        check(len(before) <= 2048, "pieces of a past moment", len(before))
        page.key("ArrowLeft")
        after = set(page.value(drawn))
        check(0 < len(before ^ after) <= 4, "a step changes more than its own:", before ^ after)
        before = after
    page.key("l")


def main():
    with Browser(directory) as page:
        there = 0
        for number in NUMBERS:
            grow(there, number)
            there = number
            page.emulate(*WINDOWS[1])
            page.open("file://" + os.path.join(mnt, "map.html"))
            page.wait("typeof View !== 'undefined' && View.state.s && "
                      "document.getElementById('state').dataset.state === 'live'")
            check(page.value("Number(View.state.s.figures.areas)") == number, number, "areas")
            page.key(" ")
            if number > 2048:
                steps_alone(page)
            for width, height in WINDOWS:
                looks(page, number, width, height)
        check(not page.errors, page.errors)


main()
