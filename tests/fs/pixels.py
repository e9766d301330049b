#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pixels.py STATUS VMALLOCINFO SVG PNG: does the picture show what status says?

Where a row of the picture begins is read from the addresses beside the rows,
how much a pixel is from the note below them.  Each space has rows of its own.  Then each area, guard and hole
that status lists, and each range that vmallocinfo calls unpurged, and that is wide enough, must have its colour in the PNG, at
the middle of each of its pieces; and each narrow one must have ink somewhere.
Prints how many places were looked at, and exits with 1 if one was wrong.
"""
import re
import sys
import xml.etree.ElementTree as ET

from PIL import Image

PAGE = 4096
SVG = "{http://www.w3.org/2000/svg}"
ROW_HEIGHT = 24
SOLID = {"vmalloc": (0x00, 0x72, 0xB2), "user": (0x56, 0xB4, 0xE9), "vmap": (0x00, 0x9E, 0x73),
         "ioremap": (0xE6, 0x9F, 0x00), "array": (0xCC, 0x79, 0xA7)}


PRESENTATION = {"fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size",
                "font-weight", "text-anchor", "pointer-events"}
ATTRIBUTES = {"defs": set(), "g": set(), "title": set(), "path": {"d"}, "text": {"x", "y"},
              "rect": {"x", "y", "width", "height", "rx"}, "circle": {"cx", "cy", "r"},
              "pattern": {"id", "width", "height", "patternUnits"}}
NUMBERS = {"x", "y", "width", "height", "rx", "cx", "cy", "r", "stroke-width", "font-size"}


def size(word):
    number, unit = re.fullmatch(r"([0-9.]+)([BKMGT])", word).groups()
    return int(float(number) * 1024 ** "BKMGT".index(unit))


def read_status(path):
    """[(start, end, kind, what of it is mapped)], and of each space [start, end of what is used]."""
    areas, windows = [], []
    for line in open(path, errors="surrogateescape"):
        match = re.match(r"(vmalloc|modules): 0x([0-9a-f]+)-0x([0-9a-f]+)", line)
        if match:
            last_page = PAGE if match[1] == "vmalloc" else 0
            windows.append((int(match[2], 16), int(match[3], 16) - last_page))
        match = re.match(r"0x([0-9a-f]+)-0x([0-9a-f]+) +(\d+) +(\d+) (\S+) +(.*)", line)
        if not match:
            continue
        start, end = int(match[1], 16), int(match[2], 16)
        flags, name = match[5].split(","), match[6]
        kind = "array" if name.startswith("[pages:") else next(
            (k for k in ("ioremap", "vmap", "user", "vmalloc") if k in flags), "reserved")
        if int(match[4]):
            mapped = int(match[4]) * PAGE
        elif kind in ("vmap", "ioremap"):
            # In a restored layout what they mapped may not be there.
            mapped = None if name.startswith("[") else end - start - PAGE
        else:
            mapped = 0
        # Kernels make no guard for their per-CPU areas.
        guard = 0 if name.startswith("[pcpu_get_vm_areas") else PAGE
        areas.append((start, end, kind, mapped, guard))
    return areas, windows


def read_unpurged(path):
    """Ranges that were freed and wait."""
    for line in open(path, errors="surrogateescape"):
        match = re.match(r"0x([0-9a-f]+)-0x([0-9a-f]+) +\d+ unpurged", line)
        if match:
            yield int(match[1], 16), int(match[2], 16), "lazy", 0, 0


def check_svg(root):
    """Elements and attributes that SVG 1.1 has, where it has them; references that lead somewhere."""
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    used = set(re.findall(r"url\(#([^)]*)\)", ET.tostring(root, encoding="unicode")))
    assert len(ids) == len(set(ids)) and used <= set(ids), (ids, used)
    assert root.tag == SVG + "svg" and root.get("version") == "1.1"
    for parent in root.iter():
        for i, e in enumerate(parent):
            tag = e.tag.removeprefix(SVG)
            assert set(e.keys()) <= ATTRIBUTES[tag] | PRESENTATION, (tag, e.attrib)
            assert tag != "title" or i == 0, "a title comes first"
            for key in e.keys():
                assert key not in NUMBERS or re.fullmatch(r"-?[0-9.]+%?", e.get(key)), e.attrib
            assert re.fullmatch(r"[Mmhvlz0-9. -]*", e.get("d", "")), e.get("d")


def read_picture(path):
    """[(address, y, bytes)] of the rows."""
    root = ET.parse(path).getroot()
    check_svg(root)
    rows, begun = [], []
    for text in root.iter(SVG + "text"):
        if re.fullmatch(r"0x[0-9a-f]{16}", text.text or "") and "mono" in text.get("font-family", ""):
            begun.append((int(text.text, 16), float(text.get("y")) - 4 - ROW_HEIGHT / 2))
        match = re.match(r"a row is ([0-9.]+[BKMGT])", text.text or "")
        if match:
            rows += [(addr, y, size(match[1])) for addr, y in begun]
            begun = []
    assert not begun, "no note below the rows"
    return rows


def near(a, b):
    return all(abs(x - y) < 12 for x, y in zip(a, b))


def reddish(p):
    return p[0] > p[2] + 20


def yellowish(p):
    return min(p[0], p[1]) > p[2] + 60


def is_hole(p):
    return min(p) > 170 and max(p) - min(p) < 30


def is_grey(p):
    return max(p) - min(p) < 25 and min(p) < 225


def main():
    areas, windows = read_status(sys.argv[1])
    areas = sorted(areas + list(read_unpurged(sys.argv[2])))
    rows = read_picture(sys.argv[3])
    image = Image.open(sys.argv[4]).convert("RGB")
    left, width, looked, wrong = 156, 1024, 0, []

    def pieces(start, end):
        for addr, y, row_bytes in rows:
            a, b, pixel = max(start, addr), min(end, addr + row_bytes), row_bytes / width
            if a < b:
                yield left + (a - addr) / pixel, left + (b - addr) / pixel, y

    def look(start, end, what, good):
        nonlocal looked
        for x0, x1, y in pieces(start, end):
            if x1 - x0 < 4:
                continue
            # Below the letters; from one side to the other, the edges blurred.
            strip = [image.getpixel((int(x), int(y + dy))) for dy in (2, 20, 22)
                     for x in (x0 + 1.5, (x0 + x1) / 2, x1 - 2)]
            looked += 1
            if not good(strip):
                wrong.append(f"{what} at {start:#x}: {strip}")

    def ink(start, end, what):
        """What is narrow: somewhere in its pixels there is another colour than a hole's."""
        nonlocal looked
        for x0, x1, y in pieces(start, end):
            if x1 - x0 >= 3:
                continue
            looked += 1
            if all(is_hole(image.getpixel((min(int(x), left + width - 1), int(y + dy))))
                   for x in (x0 - 1, x0, x1, x1 + 1) for dy in (ROW_HEIGHT - 1, ROW_HEIGHT - 2)):
                wrong.append(f"nothing of {what} at {start:#x}")

    for start, end, kind, mapped, guard in areas:
        if mapped is None:
            look(start, end - guard, kind, lambda s: all(near(p, SOLID[kind]) for p in s) or
                 sum(map(is_grey, s)) >= 6)
            mapped = end - guard - start
        elif mapped:
            look(start, start + mapped, kind, lambda s: all(near(p, SOLID[kind]) for p in s))
        if kind == "lazy":
            look(start, end, kind, lambda s: all(map(yellowish, s)))
        else:
            look(start + mapped, end - guard, "reserved", lambda s: sum(map(is_grey, s)) >= 6)
            if guard:
                look(end - guard, end, "guard", lambda s: sum(map(reddish, s)) >= 5)
        ink(start, end, kind)
    for cursor, top in windows:
        for start, end in [a[:2] for a in areas if cursor <= a[0] < top] + [(top, top)]:
            look(cursor, start, "hole", lambda s: sum(map(is_hole, s)) >= 7)
            cursor = end

    covered = sum(1 for a in areas if any(True for _ in pieces(a[0], a[1])))
    if covered != len(areas):
        wrong.append(f"{len(areas) - covered} areas lie in no row")
    print(looked)
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


main()
