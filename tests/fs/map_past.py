# SPDX-License-Identifier: GPL-2.0-or-later
"""
map_past.py MOUNT DIRECTORY SCREENSHOT: the time line of map.html, in a browser.

What the page draws of each earlier moment is compared with what status.json said then.
Prints what is wrong, if anything, and leaves with 1 then.
"""
import json
import os
import shutil
import sys

from browser import Browser

mnt, directory, picture = sys.argv[1:4]


def check(ok, *words):
    if not ok:
        print("FAILED:", *words, file=sys.stderr)
        sys.exit(1)


def areas():
    """What status.json has now: [page, pages, name], ascending."""
    with open(os.path.join(mnt, "status.json")) as file:
        status = json.load(file)
    base = int(status["spaces"][0]["start"], 16)
    return [[(int(a["start"], 16) - base) // 4096, a["size"] // 4096, a["name"]]
            for a in status["areas"]]


def ctl(*lines):
    """Runs these commands one by one: what the areas were after each of them."""
    seen = []
    for line in lines:
        with open(os.path.join(mnt, "ctl"), "w") as file:
            file.write(line + "\n")
        seen.append(areas())
    return seen


def shown(page):
    return json.loads(page.value("JSON.stringify(Moment.ranges().map(r => [r.from, r.pages, r.name]))"))


def drawn(page):
    """The areas that have an element in the map."""
    return int(page.value("new Set(Array.from(document.querySelectorAll('#map [role=option]'),"
                          "e => e.thing.key)).size"))


def is_at(page, at):
    page.wait(f"document.getElementById('timeline').dataset.at === '{at}'")


def steps(page, moments):
    """Back through all moments and forth again; each is as status.json had it."""
    for i in range(len(moments) - 1, 0, -1):
        check(shown(page) == moments[i], "moment", i, shown(page), moments[i])
        check(drawn(page) == len(moments[i]), "drawn at", i, drawn(page))
        page.key("ArrowLeft")
        is_at(page, i - 1)
    check(shown(page) == [], "before all")
    check(page.value("document.querySelector('.card b').textContent") == "0", "figures of the past")
    page.key("End")
    is_at(page, len(moments) - 1)
    check(shown(page) == moments[-1], "at the end again")


def main():
    with open(os.path.join(mnt, "sys/kernel/mm/vmalloc/history")) as file:
        check(file.read() == "", "an event before the first")
    moments = [[]] + ctl("vmalloc a 64K", "vmalloc b 16K", "resize b 24K", "vmalloc c 8K", "vfree a")
    try:
        os.truncate(os.path.join(mnt, "c"), 200 << 10)
        check(False, "no failure")
    except OSError:
        pass
    moments.append(areas())
    with open(os.path.join(mnt, "sys/kernel/mm/vmalloc/history")) as file:
        why = file.read().splitlines()[-1].split(" c ", 1)[1]
    with Browser(directory) as page:
        page.open("file://" + os.path.join(mnt, "map.html"))
        page.wait("!!document.querySelector('#timeline canvas')")
        is_at(page, len(moments) - 1)

        # The request that failed, to scale above the largest hole, in the words of the log.
        check(page.value("document.querySelector('#failure .why').textContent") == why, why)
        width = "document.querySelector('#failure .%s').getBoundingClientRect().width"
        ratio = float(page.value(width % "asked")) / float(page.value(width % "largest"))
        check(abs(ratio - 51 / 17) < 0.05, "not to scale", ratio)
        check(page.value("document.querySelector('#failure').hidden") is False, "hidden")
        page.screenshot(picture)

        steps(page, moments)
        page.key("Home")
        is_at(page, 0)
        check(page.value("document.querySelector('#failure').hidden") is True, "no failure then")

        # While it shows the past the page takes in what comes, and stays where it is.
        moments += ctl("vmalloc d 12K")
        page.wait(f"document.querySelector('#timeline canvas').getAttribute('aria-valuemax') === '{len(moments) - 1}'")
        is_at(page, 0)

        # A moment is pinned, and another one compared with it: a went, d came.
        page.key("ArrowRight")
        page.key("c")
        page.key("End")
        is_at(page, len(moments) - 1)
        text = page.value("document.getElementById('compared').innerText")
        check("3 came, 1 went, 0 moved" in text, text)
        check(page.value("!!document.querySelector('.mark.came')"), "nothing is marked")
        page.key("c")

        # What was said is a caption from its moment on, and changes nothing.
        moments += ctl("say <b>five</b> \\ \"areas\"")
        caption = "document.querySelector('#timeline .caption').textContent"
        page.wait(f"document.querySelector('#timeline canvas').getAttribute('aria-valuemax') === '{len(moments) - 1}'")
        check(page.value(caption) == "", "a caption before its moment")
        page.key("End")
        check(page.value(caption) == "<b>five</b> \\ \"areas\"", page.value(caption))

        # It plays from the start up to now; live returns to the machine as it is.
        page.key("Home")
        page.value("document.querySelector('#timeline select').value = '20';"
                   "document.querySelector('#timeline select').onchange()")
        page.key("p")
        is_at(page, len(moments) - 1)
        page.key("l")
        page.wait("document.documentElement.dataset.past === 'no'")
        check(drawn(page) == len(moments[-1]), "live")
        check(not page.errors, page.errors)

        # A copy steps through the history that was saved with it.
        copy = os.path.join(directory, "copy.html")
        shutil.copyfile(os.path.join(mnt, "map.html"), copy)
        page.open("file://" + copy)
        page.wait("!!document.querySelector('#timeline canvas')")
        is_at(page, len(moments) - 1)
        for i in range(3):
            page.key("ArrowLeft")
        check(shown(page) == moments[-4], "a copy", shown(page), moments[-4])
        check(not page.errors, page.errors)


main()
