# SPDX-License-Identifier: GPL-2.0-or-later
"""
map_html.py MOUNT DIRECTORY SCREENSHOT: what map.html does in a browser.

Prints what is wrong, if anything, and leaves with 1 then.  The shell around it
has mounted, and unmounts when it is told to: a line "unmount", "mount", or "mount-32" for a
machine of 32 bits, on stdout is answered by a line on stdin.
"""
import json
import os
import re
import shutil
import signal
import sys
import time

from browser import Browser

mnt, directory, picture = sys.argv[1:4]
signal.signal(signal.SIGTERM, lambda *unused: sys.exit(1))


def check(ok, *words):
    if not ok:
        print("FAILED:", *words, file=sys.stderr)
        sys.exit(1)


def ask(word):
    print(word, flush=True)
    check(sys.stdin.readline().strip() == "done", word)


def make(name, size):
    with open(os.path.join(mnt, name), "wb") as file:
        file.truncate(size)


def area(name):
    with open(os.path.join(mnt, "status.json")) as file:
        return next(a for a in json.load(file)["areas"] if a["name"] == name)


def physical_word(at):
    with open(os.path.join(mnt, "dev/mem"), "rb") as file:
        file.seek(at)
        return int.from_bytes(file.read(8), "little")


def piece(name):
    """The element of an area, for querySelector."""
    return f'[id="area-{area(name)["start"]}"]'


def exists(selector):
    return f"!!document.querySelector({json.dumps(selector)})"


def state(page):
    return page.value("document.getElementById('state').dataset.state")


def details(page):
    return page.value("document.getElementById('details').hidden ? '' :"
                      "document.getElementById('details').innerText")


def at(page):
    """The area that the keyboard is at."""
    return page.value("(document.getElementById(document.getElementById('map')"
                      ".getAttribute('aria-activedescendant')) || {ariaLabel: ''}).ariaLabel")


def follows_changes(page):
    page.value("window.mark = 'not loaded again'")
    length = page.value("history.length")

    # A place in the page, a zoom, and the pointer on an area.
    for _ in range(3):
        page.key("+")
    page.value(f"document.querySelector({json.dumps(piece('d'))}).scrollIntoView({{block: 'center'}})")
    page.wait("window.scrollY > 50")
    page.hover(piece("d"))
    page.wait(exists(".piece.hovered"))
    page.value(f"window.d = document.querySelector({json.dumps(piece('d'))})")
    was = page.value("[scrollY, View.state.bytes, document.getElementById('tip').innerText]")
    check("d" in was[2], "the tip names the area:", was[2])

    # A mark that is seen for a moment counts, however slow the machine is.
    page.value("window.marked = new Set(); new MutationObserver(() => document"
               ".querySelectorAll('.piece.fresh').forEach(e => marked.add(e.thing.name)))"
               ".observe(document.getElementById('map'), {subtree: true, childList: true,"
               " attributes: true}); 0")
    make("new", 40000)
    page.wait("View.state.s.areas.some(t => t.name === 'new')")
    page.wait(exists(piece("new")))
    check(page.value("window.mark") == "not loaded again", "the page was loaded again")
    now = page.value("[scrollY, View.state.bytes, document.getElementById('tip').innerText]")
    check(now == was, "scroll, zoom and hover:", was, now)
    check(page.value("d.isConnected && d.classList.contains('hovered')"), "the hovered element")
    check(page.value("[...marked].join()") == "new", "what is new is marked, nothing else")
    check("new" in page.value("document.getElementById('changes').innerText"), "the list of changes")

    # Rows that come or go above do not move what is looked at.
    top = "Math.round(d.getBoundingClientRect().top)"
    before = page.value(top)
    os.unlink(os.path.join(mnt, "large"))
    page.wait("!View.state.s.areas.some(t => t.name === 'large')")
    check(abs(page.value(top) - before) <= 1, "rows above: moved from", before, page.value(top))

    # It goes on: some more looks, still one frame and no more history.
    for i in range(3):
        make("again", 4096 * (i + 1))
        page.wait("View.state.s.areas.some(t => t.name === 'again' && t.area.pages === %d)" % (i + 1))
    check(page.value("document.querySelectorAll('iframe').length") == 1, "one frame")
    check(page.value("history.length") == length, "the way back")


def shows_details(page):
    page.value("window.scrollTo(0, 0)")
    page.key("0")
    a = area("a")
    page.click(piece("a"))
    text = details(page)
    with_pages = page.value("View.state.s.byKey.get(View.state.selected).area")
    for word in (a["start"], a["end"], "PGD", "PUD", "PMD", "PTE", "no-execute", "65,536 bytes"):
        check(word in text, "details have no", word, "in", text)
    frame = int(os.getxattr(os.path.join(mnt, "a"), "user.vmalloc.phys"), 16) >> 12
    check(f"{frame}" in text, "its frame", frame, text)
    check(with_pages["runs"][0][0] == frame, "the first run")
    check(sum(n for _, n in with_pages["runs"]) == 16, "all pages in runs")
    # Each entry of the walk is what stands in memory there, and leads to the next.
    walk = [[int(x, 16) for x in step] for step in with_pages["walk"]]
    check(len(walk) == 4, "four levels")
    for where, entry in walk:
        check(physical_word(where) == entry, "entry at", hex(where))
    check(walk[3][1] & 0xffffffffff000 == frame << 12, "the PTE")

    # A bit that is flipped in dev/mem is seen, without any other change.
    with open(os.path.join(mnt, "dev/mem"), "r+b", buffering=0) as file:
        file.seek(walk[3][0])
        file.write((walk[3][1] & ~(1 << 63)).to_bytes(8, "little"))
    page.wait("!document.getElementById('details').innerText.includes('no-execute')")

    # The file's details follow it to another place; those of a removed one say so.
    make("b", 300000)
    check(area("a")["start"] == a["start"], "a stays")
    page.click(piece("c"))
    os.unlink(os.path.join(mnt, "c"))
    page.wait("document.getElementById('details').innerText.includes('gone')")
    page.click("#details .close")
    check(details(page) == "", "closed by its button")


def obeys_keys(page):
    page.value("document.getElementById('map').focus()")
    page.key("Home")
    first = at(page)
    check(first.startswith("a,"), "Home:", first)
    page.key("ArrowRight")
    second = at(page)
    check(second and second != first, "right:", second)
    page.key("ArrowLeft")
    check(at(page) == first, "left:", at(page))
    page.key("ArrowDown")
    check(at(page) not in ("", first), "down:", at(page))
    page.key("ArrowUp")
    page.key("End")
    last = page.value("View.state.s.areas[View.state.s.areas.length - 1].name")
    check(at(page).startswith(last + ","), "End:", at(page))
    check(page.value("getComputedStyle(document.querySelector('.current')).outlineStyle") == "solid",
          "the focus can be seen")
    page.key("Home")
    page.key("Enter")
    check("PTE" in details(page), "Enter shows details")
    page.key("Escape")
    check(details(page) == "", "Esc closes them")
    check(page.value("document.activeElement.id") == "map", "the focus stays on the map")
    was = page.value("View.state.bytes")
    page.key("-")
    check(page.value("View.state.bytes") == 2 * was, "- zooms out")
    page.key("+")
    check(page.value("View.state.bytes") == was, "+ zooms in")

    page.key(" ")
    check(state(page) == "paused", "Space pauses")
    make("later", 8192)
    # Whatever was due within two looks' time has come before this timer.
    page.value("new Promise(done => setTimeout(() => done(0), 2 * Live.PERIOD))")
    check(not page.value("View.state.s.areas.some(t => t.name === 'later')"), "paused, and it went on")
    page.key(" ")
    page.wait("View.state.s.areas.some(t => t.name === 'later')")
    check(state(page) == "live", "Space goes on")


def lights_up_callers(page):
    lit = ("[...new Set(Array.from(document.querySelectorAll('.piece.lit'), e => e.thing.name))]"
           ".sort()")
    button = "Array.from(document.querySelectorAll('#callers button')).find(b => b.caller === 'vmap')"

    check(page.value("document.querySelectorAll('#callers button').length") == 5, "five callers")
    check(page.value(lit) == [], "nothing is lit up at first")
    page.value(button + ".click()")
    check(page.value(lit) == ["vmap/d"], "the areas of one caller:", page.value(lit))
    check(page.value(button + ".getAttribute('aria-pressed')") == "true", "the button says so")
    page.value(button + ".click()")
    check(page.value(lit) == [], "and off again")
    page.value(button + ".click()")
    page.key("Escape")
    check(page.value(lit) == [], "Escape does that, too")


def shows_each_space(page):
    shown = "View.state.s.areas.map(t => t.name)"

    check("module_alloc/m" not in page.value(shown), "a module's area is in a block of its own")
    page.value("document.querySelectorAll('#spaces button')[1].click()")
    check(page.value(shown) == ["module_alloc/m"], "that of modules:", page.value(shown))
    check(page.value(exists(piece("module_alloc/m"))), "and it is drawn")
    check(page.value("View.state.s.figures.areas") == 1, "with figures of its own")
    page.key("s")
    check("module_alloc/m" not in page.value(shown), "and back")


def shows_holes(page):
    """A hole has its size on it; a click tells its neighbours and what would fit."""
    os.unlink(os.path.join(mnt, "b"))
    page.wait("!View.state.s.areas.some(t => t.name === 'b')")
    n = page.value("View.state.s.holes.findIndex(h => h.to - h.from >= 20480)")
    hole = page.value(f"(() => {{ const h = View.state.s.holes[{n}]; return [h.key, h.from, h.to, h.name]; }})()")
    check(hole[3] == page.value(f"Space.size({hole[2]} - {hole[1]})"), hole)
    with open(os.path.join(mnt, "sys/kernel/mm/vmalloc/holes")) as file:
        holes = [line.split() for line in file if line.endswith(" vmalloc\n")]
    seen = page.value("View.state.s.holes.map(h => [Space.hex(h.from), Space.hex(h.to), String(h.to - h.from)])")
    check(seen == [h[:3] for h in holes], "holes", seen, holes)
    page.key("0")
    page.value("window.scrollTo(0, 0)")
    page.value("Array.from(document.querySelectorAll('.piece.hole')).find(e => e.thing.key === '" + hole[0] + "').id = 'hole'")
    check(page.value("document.getElementById('hole').textContent") in ("", hole[3]), "its size")
    page.click("#hole")
    text = details(page)
    before = page.value("View.state.s.areas.filter(t => t.to <= " + str(hole[1]) + ").pop().name")
    for word in ("Hole of " + hole[3], before, "What would fit", f"{int(holes[n][2]) - 4096:,} bytes"):
        check(word in text, "a hole's details have no", word, "in", text)
    # A neighbour is a click away, and a hole that is filled says so.
    page.value("document.querySelector('#details td .link').click()")
    check("PTE" in details(page), "the neighbour")
    page.click("#hole")
    make("b", int(holes[n][2]) - 4096)
    page.wait("document.getElementById('details').innerText.includes('This hole is gone')")
    page.click("#details .close")


def lists_areas(page):
    names = "Array.from(document.querySelectorAll('#list tbody .link'), b => b.textContent)"
    page.key("/")
    check(page.value("document.activeElement.id") == "search", "/ searches")
    # The list is drawn when the browser tells that it is open.
    page.wait("document.querySelectorAll('#list tbody .link').length > 0")
    check(len(page.value(names)) == len(page.value("View.state.s.areas")), "all areas at first")
    page.value("document.querySelectorAll('#list th button')[0].click()")
    check(page.value(names) == sorted(page.value(names)), "sorted by name", page.value(names))
    page.value("document.querySelectorAll('#list th button')[1].click()")
    sizes = page.value("Object.fromEntries(View.state.s.areas.map(t => [t.name, t.to - t.from]))")
    got = [sizes[name] for name in page.value(names)]
    check(got == sorted(got, reverse=True), "the largest first", got)
    page.value("document.querySelectorAll('#list th button')[1].click()")
    check([sizes[name] for name in page.value(names)] == sorted(got), "and the other way round")
    page.value("document.getElementById('search').focus()")
    for letter in "user/u":
        page.key(letter)
    check(page.value(names) == ["vmalloc_user/u"], "found", page.value(names))
    check(state(page) == "live", "no letter of it was a key of the page")
    page.value("document.querySelector('#list tbody .link').click()")
    check("vmalloc_user/u" in details(page), "a click goes to it")
    page.value("document.getElementById('search').value = 'no such'; document.getElementById('search').oninput()")
    check(page.value(names) == [], "nothing is found")
    page.value("document.getElementById('search').value = ''; document.getElementById('search').oninput()")
    page.value("document.querySelector('#list details').open = false; document.getElementById('map').focus()")
    page.key("Escape")


def is_a_slide(page):
    shown = ("Array.from(document.querySelectorAll('header .buttons, #state, aside, #legend, #keys, #past'))"
             ".filter(e => e.offsetParent).length")
    check(page.value(shown) > 4, "much is around the map")
    wide = page.value("document.getElementById('map').clientWidth")
    page.key("f")
    check(page.value(shown) == 0, "but not on a slide")
    check(page.value("document.getElementById('map').clientWidth") > wide, "the map is wider")
    check(page.value("document.getElementById('figures').offsetHeight") > 0, "with its figures")
    page.key("Escape")
    check(page.value(shown) > 4, "and back")


def agrees_with_status(page):
    with open(os.path.join(mnt, "status.json")) as file:
        share = json.load(file)["spaces"][0]["span_fragmentation"]
    text = page.value("document.getElementById('history').innerText")
    check(f"span_fragmentation {share:.4f}" in text, "the chart has not", share, "in", text)
    check(page.value("document.getElementById('legend').innerText").endswith("never given out"), "the legend")


def keeps_addresses_in_narrow_windows(page):
    page.emulate(360, 740)
    page.wait("document.documentElement.clientWidth === 360")
    text = page.value("document.querySelector('.addr').textContent")
    check(page.value("document.querySelector('.addr').offsetWidth") > 50 and text.startswith("…"), text)
    check(page.value("document.documentElement.scrollWidth") <= 360, "nothing is wider than the window")
    page.emulate(1100, 500)


def is_as_of_then_when_saved(page):
    """A copy says when it is from, and never that it was live."""
    copy = os.path.join(directory, "saved.html")
    shutil.copyfile(os.path.join(mnt, "map.html"), copy)
    page.open("file://" + copy)
    page.wait("document.getElementById('state').dataset.state === 'saved'")
    page.wait("!document.querySelector('iframe') || document.readyState === 'complete'")
    text = page.value("document.getElementById('state').textContent")
    with open(copy) as file:
        made = int(re.search(r'"made": (\d+)', file.read())[1]) // 1000
    check(text == time.strftime("as of %Y-%m-%d %H:%M:%S", time.localtime(made)), text)
    check("live" not in page.value("document.body.innerText").lower(), "a copy says that it is live")
    os.unlink(copy)
    page.key("l")
    check(state(page) == "saved", "it is not lost either")
    page.open("file://" + os.path.join(mnt, "map.html"))
    page.wait("typeof View !== 'undefined' && View.state.s && document.getElementById('state').dataset.state === 'live'")


def has_colours(page):
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.value(background)
    page.emulate(1100, 500, "dark")
    page.wait(f"{background} !== '{light}'")
    dark = page.value(background)
    page.key("t")  # light, whatever the system says
    check(page.value(background) == light, "light by hand")
    page.key("t")
    page.emulate(1100, 500, "light")
    check(page.value(background) == dark, "dark by hand")
    page.key("t")
    check(page.value(background) == light, "as the system again")


def survives_an_unmount(page):
    ask("unmount")
    # Each look comes within a second, and one that fails is seen before any patience ends.
    check(page.value("Live.PERIOD") < 1000, "the period")
    page.wait("document.getElementById('state').dataset.state === 'lost'")
    check(page.value("Live.lostAfter() < Live.PATIENCE"), "lost after", page.value("Live.lostAfter()"))
    check("a" in page.value("View.state.s.areas.map(t => t.name)"), "the last picture stays")
    ask("mount")
    make("reborn", 12288)
    page.wait("document.getElementById('state').dataset.state === 'live'")
    page.wait("View.state.s.areas.length === 1 && View.state.s.areas[0].name === 'reborn'")


def shows_a_machine_of_32_bits(page):
    ask("unmount")
    ask("mount-32")
    for name, size in ("a", 65536), ("vmalloc_32/low", 20000), ("module_alloc/m", 9000):
        make(name, size)
    try:
        make("huge", (119 << 20) + (960 << 10))
        check(False, "there is room for huge")
    except OSError:
        pass
    page.open("file://" + os.path.join(mnt, "map.html"))
    page.wait("typeof View !== 'undefined' && View.state.s && " + exists(piece("a")))
    seen = page.value("View.state.s.areas.map(t => [t.name, Space.hex(t.from), Space.hex(t.to)])")
    want = [[name, area(name)["start"], area(name)["end"]] for name in ("a", "vmalloc_32/low", "module_alloc/m")]
    check(seen == want and want[0][1] == "0xf77fe000", "addresses of 32 bits:", seen, want)
    holes = page.value("View.state.s.holes.map(h => Space.hex(h.to))")
    check(holes[-1] == "0xfeffe000", "the end of the window:", holes)
    zones = page.value("Array.from(document.querySelectorAll('.zone h3'), e => e.textContent)")
    check([zone.split(":")[0] for zone in zones] == ["DMA", "Normal", "HighMem"], "the zones:", zones)
    page.wait("document.querySelector('#failure') && !document.querySelector('#failure').hidden")
    with open(os.path.join(mnt, "sys/kernel/mm/vmalloc/history")) as file:
        why = file.read().splitlines()[-1].split(" huge ", 1)[1]
    check(page.value("document.querySelector('#failure .why').textContent") == why, "why it failed:", why)
    page.click(piece("a"))
    page.wait("document.getElementById('details').innerText.includes('PTE')")
    check("0xf77fe000" in details(page) and "0x00000000f77fe000" not in details(page), details(page))


for name, size in (("a", 65536), ("b", 10000), ("large", 4 << 20), ("c", 5000), ("d", 30000),
                   ("<!--<script>", 4096), ("<img src=x onerror=alert(1)>", 4096),
                   ("vmalloc_user/u", 20000), ("ioremap/io", 8192), ("module_alloc/m", 9000)):
    make(name, size)
os.link(os.path.join(mnt, "d"), os.path.join(mnt, "vmap/d"))

with Browser(directory, 1100, 500) as page:
    page.emulate(1100, 500)
    page.open("file://" + os.path.join(mnt, "map.html"))
    page.wait("typeof View !== 'undefined' && View.state.s && " + exists(piece("a")))
    names = page.value("View.state.s.areas.map(t => t.name)")
    scripts = sorted(page.call("Runtime.globalLexicalScopeNames")["names"])
    check(scripts == ["Beside", "Carrier", "Chart", "Details", "Dom", "Figures", "Guest", "Hole", "List", "Live", "Moment",
                      "Pairs", "Panel", "Past", "Pointer", "Space", "Timeline", "View"],
          "global names of the scripts:", scripts)
    check(len(names) == 11 and "<!--<script>" in names, "all areas:", names)
    follows_changes(page)
    shows_details(page)
    obeys_keys(page)
    lights_up_callers(page)
    shows_each_space(page)
    agrees_with_status(page)
    is_a_slide(page)
    keeps_addresses_in_narrow_windows(page)
    shows_holes(page)
    lists_areas(page)
    has_colours(page)
    is_as_of_then_when_saved(page)
    page.click(piece("a"))
    page.emulate(1400, 900)
    page.wait("document.getElementById('details').innerText.includes('PTE')")
    page.screenshot(picture)
    check(os.path.getsize(picture) > 10000, "the screenshot")
    others = page.value("performance.getEntriesByType('resource').map(e => e.name)"
                        ".filter(n => !n.includes('map.html'))")
    check(others == [], "the page wants more than itself:", others)
    survives_an_unmount(page)
    check(page.errors == [], page.errors)
    shows_a_machine_of_32_bits(page)
    check(page.errors == [], page.errors)
