/*
 * The map: rows of the address space as elements of the page.
 *
 * Only the rows that can be seen, and some around them, have elements.  An element
 * is kept from one picture to the next as long as its area is shown, so that the
 * pointer stays on that area.
 */
const View = (() => {

const { $, make, set, setAttribute, setStyle, place } = Dom;
const { PAGE, WORD_OF, FREED, hex, size, count, firstEndingAfter, rowsOf, runAt, lineOf } = Space;

const ROW = 30;			/* height of a row in pixels, */
const ROW_MOST = 96;		/* and where there are few of them */
const BYTES_MIN = 4 * PAGE;	/* a row at the highest zoom */
const BYTES_FIT = 8 * PAGE;	/* and at the highest that a page begins with */

/* What a piece looks like besides where it is: bits. */
const SELECTED = 1;
const CURRENT = 2;
const FRESH = 4;
const LIT = 8;

const state = {
	s: null,		/* the space as last read */
	rows: null,
	high: ROW,		/* pixels of a row */
	wide: 0,		/* and of its bar, asked once for each picture: that lays the page out */
	origin: 0,		/* the address that rows are counted from */
	bytes: 0,		/* of a row */
	byHand: false,		/* the user chose how many */
	current: null,		/* key of the area that the keyboard is at */
	selected: null,		/* key of the area whose details are shown */
	space: 'vmalloc',	/* name of the space that is shown */
	caller: null,		/* name of the caller whose areas are lit up */
	fresh: new Map(),	/* key -> when it came or changed */
	lines: new Map(),	/* element of each row that has one */
	pointer: null,
	marks: [],		/* ranges to point at: { from, to, className, words } */
};

/* --- one row ----------------------------------------------------------------- */

/* A hole's size stands once, in the first row with room for it. */
function labelsHole(h, from, to, px) {
	const wide = 7 * h.name.length + 14;
	const room = (start, end) => (Math.min(h.to, end) - Math.max(h.from, start)) * px >= wide;

	return room(from, to) && (h.from >= from || (h.from >= from - (to - from) && !room(from - (to - from), from)));
}

/* What a row shows, from left to right: [key, class, from, to, thing, label]. */
function piecesOf(from, to) {
	const s = state.s;
	const pieces = [];
	const px = state.wide / (to - from);

	for (let i = firstEndingAfter(s.things, from); i < s.things.length; i++) {
		const t = s.things[i];
		const body = t.to - t.guard;

		if (t.from >= to)
			break;
		const guard = t.guard && t.guard * px >= 2;
		const end = guard ? body : t.to;
		const rest = t.what === 'area' && t.mapped > t.from && t.mapped < body;
		const mapped = rest ? t.mapped : end;

		if (mapped > from)
			pieces.push([t.key, t.kind, Math.max(t.from, from), Math.min(mapped, to), t,
				t.what === 'freed' ? '' : t.name, t.from < from, mapped > to]);
		if (rest && mapped < to && end > from)
			pieces.push(['rest' + t.key, 'unmapped', Math.max(mapped, from),
				Math.min(end, to), t, '', true, end > to]);
		if (guard && body < to)
			pieces.push(['guard' + t.key, 'guard', Math.max(body, from), t.to, t, '']);
	}
	for (let i = firstEndingAfter(s.holes, from); i < s.holes.length && s.holes[i].from < to; i++) {
		const h = s.holes[i];

		pieces.push([h.key, 'hole', Math.max(h.from, from), Math.min(h.to, to), h,
			labelsHole(h, from, to, px) ? h.name : '', h.from < from, h.to > to]);
	}
	state.marks.forEach((m, i) => {
		if (m.from < to && m.to > from)
			pieces.push(['mark' + i, 'mark ' + m.className, Math.max(m.from, from),
				Math.min(m.to, to), null, '', m.from < from, m.to > to]);
	});
	if (to >= s.end && from < s.end && s.usable < s.end)
		pieces.push(['last', 'never', s.usable, s.end, null, '']);
	if (to > s.end && from < s.end)
		pieces.push(['outside', 'outside', s.end, to, null, '']);
	return pieces;
}

function barWidth() {
	return Math.max(120, $('map').clientWidth - gutter());
}

function isNarrow() {
	return window.innerWidth < 700;
}

/* Pixels of the address before a row, as in the style. */
function gutter() {
	return isNarrow() ? 92 : 148;
}

/* All of an address, or in a narrow window its last digits. */
function addressText(addr) {
	return isNarrow() ? '…' + hex(addr).slice(-10) : hex(addr);
}

/* All of a name if it fits, else the part after its directory. */
function labelFor(name, width) {
	if (width <= 26)
		return '';
	return width < 7 * name.length + 10 ? name.slice(name.lastIndexOf('/') + 1) : name;
}

function lookOf(key, thing) {
	const isArea = thing && thing.what === 'area';

	return (thing && key === state.selected ? SELECTED : 0) |
		(isArea && key === state.current ? CURRENT : 0) |
		(isArea && state.fresh.has(key) ? FRESH : 0) |
		(thing && state.caller !== null && thing.callers.includes(state.caller) ? LIT : 0);
}

/* True: the element shows that piece already.  What is no area is told by place and words. */
function isDrawn(e, piece, px, look) {
	const was = e.piece;
	const thing = piece[4];

	return was && e.px === px && e.look === look &&
		was[1] === piece[1] && was[2] === piece[2] && was[3] === piece[3] &&
		was[5] === piece[5] && was[6] === piece[6] && was[7] === piece[7] &&
		(!thing || thing.what !== 'area' || (was[4] && was[4].area === thing.area));
}

function drawPiece(e, piece, from, px) {
	const [key, kind, start, end, thing, label, before, after] = piece;
	const width = Math.max(1.5, (end - start) * px);
	const look = lookOf(key, thing);
	let classes = 'piece ' + kind;

	e.thing = thing;
	if (isDrawn(e, piece, px, look))
		return;
	e.piece = piece;
	e.px = px;
	e.look = look;
	if (before)
		classes += ' before';
	if (after)
		classes += ' after';
	if (width < 5)
		classes += ' thin';
	if (look & SELECTED)
		classes += ' selected';
	if (thing && thing.what === 'area' && kind !== 'guard') {
		if (look & CURRENT)
			classes += ' current';
		if (look & FRESH)
			classes += ' fresh';
		set(e, 'id', before ? '' : 'area-' + thing.area.start);
		setAttribute(e, 'role', 'option');
		setAttribute(e, 'aria-selected', look & SELECTED ? 'true' : 'false');
		setAttribute(e, 'aria-label', sentence(thing));
	}
	if (look & LIT)
		classes += ' lit';
	set(e, 'className', classes);
	set(e, 'textContent', labelFor(label, width));
	if (kind === 'block')
		setStyle(e, '--busy', 100 * thing.area.busy / thing.area.size + '%');
	place(e, (start - from) * px, width);
}

function drawRow(line, from, to) {
	const bar = line.lastChild;
	const px = state.wide / (to - from);
	const old = line.pieces;

	line.pieces = new Map();
	set(line.firstChild, 'textContent', addressText(from));
	for (const piece of piecesOf(from, to)) {
		let e = old.get(piece[0]);

		if (e) {
			old.delete(piece[0]);
		} else {
			e = make('div');
			e.key = piece[0];
			bar.append(e);
		}
		line.pieces.set(piece[0], e);
		drawPiece(e, piece, from, px);
	}
	old.forEach(e => e.remove());
}

function drawBreak(line, run) {
	const bar = line.lastChild;
	const beyond = run.from >= state.s.end;
	const t = run.thing || (beyond ? null : state.s.holes[firstEndingAfter(state.s.holes, run.from)] || null);
	let text = t ? 'hole of ' + size(t.to - t.from) : '';

	if (beyond)
		text = 'outside of the vmalloc window, ' + size(run.to - run.from) + ' further on';
	if (run.thing)
		text = t.name + ' goes on, ' + size(t.to - t.from) + ' in all';
	set(line.firstChild, 'textContent', '');
	set(bar, 'textContent', text);
	bar.thing = t;
	bar.run = run;
	set(bar, 'className', 'bar break ' + (t ? t.kind : 'beyond') +
		(t && t.key === state.selected ? ' selected' : ''));
}

function newLine(isBreak) {
	const line = make('div', 'row');

	line.setAttribute('role', 'presentation');
	line.append(make('span', 'addr'), make('div', 'bar'));
	line.lastChild.setAttribute('role', 'presentation');
	line.isBreak = isBreak;
	line.pieces = new Map();	/* key -> its element in the bar */
	return line;
}

/* --- the map ----------------------------------------------------------------- */

function draw() {
	if (!state.rows)
		return;
	const map = $('map');
	const top = map.getBoundingClientRect().top;
	const rows = state.rows;

	state.wide = barWidth();
	const first = Math.max(0, Math.floor(-top / state.high) - 10);
	const last = Math.min(rows.lines - 1, Math.ceil((window.innerHeight - top) / state.high) + 10);
	const seen = new Set();

	set(map.style, 'height', rows.lines * state.high + 'px');
	map.classList.toggle('lighting', state.caller !== null);
	for (let i = first; i <= last; i++) {
		const run = runAt(rows, i);
		const from = run.cut ? run.from : state.s.start + (run.row + i - run.line) * rows.bytes;
		const key = (run.cut ? 'break' : 'row') + from + '/' + rows.bytes;
		let line = state.lines.get(key);

		if (!line) {
			line = newLine(run.cut);
			state.lines.set(key, line);
			map.append(line);
		}
		seen.add(key);
		line.from = from;
		set(line.style, 'top', i * state.high + 'px');
		if (run.cut)
			drawBreak(line, run);
		else
			drawRow(line, from, from + rows.bytes);
	}
	state.lines.forEach((line, key) => {
		if (!seen.has(key)) {
			line.remove();
			state.lines.delete(key);
		}
	});
	const t = state.s.byKey.get(state.current);
	const current = t && document.getElementById('area-' + t.area.start);

	if (current)
		map.setAttribute('aria-activedescendant', current.id);
	else
		map.removeAttribute('aria-activedescendant');
}

/* Pixels of the window that are left for the map, if the page is not scrolled. */
function room() {
	const below = $('past').offsetHeight;

	return window.innerHeight - $('map').getBoundingClientRect().top - window.scrollY - below - 30;
}

/* The fewest bytes a row with which the whole space fits into the window. */
function fitting() {
	const lines = Math.max(8, Math.floor(room() / ROW));
	let bytes = BYTES_FIT;

	while (bytes < state.s.end - state.s.start && rowsOf(state.s, bytes).lines > lines)
		bytes *= 2;
	return bytes;
}

/* The line of the map at that height of the window. */
function lineAt(y) {
	const line = Math.floor((y - $('map').getBoundingClientRect().top) / state.high);

	return Math.max(0, Math.min(state.rows.lines - 1, line));
}

/*
 * What the user looks at: the area below the pointer; or the one that the keyboard
 * or the details are at, if it can be seen; or else the first line.
 */
function lookedAt() {
	const high = document.querySelector('header').offsetHeight;
	const below = state.pointer && document.elementFromPoint(state.pointer.x, state.pointer.y);
	const keys = [below && below.thing && below.thing.key, state.current, state.selected];

	for (const key of keys) {
		for (const line of key ? state.lines.values() : []) {
			const box = line.getBoundingClientRect();
			const e = box.bottom > high && box.top < window.innerHeight &&
				Array.from(line.lastChild.children).find(c => c.thing && c.thing.key === key);

			if (e)
				return { key: key, start: e.thing.from, line: lineAt(box.top + 1),
					addr: Math.max(e.thing.from, line.from) };
		}
	}
	const line = lineAt(high);
	const run = runAt(state.rows, line);

	return { line: line,
		addr: run.cut ? run.from : state.origin + (run.row + line - run.line) * state.bytes };
}

/* What the user looks at stays where it is when rows come or go above it. */
function layOut(bytes) {
	const map = $('map');
	const anchor = state.rows && window.scrollY > 0 ? lookedAt() : null;

	state.bytes = bytes;
	state.origin = state.s.start;
	state.rows = rowsOf(state.s, bytes);
	/* Two pages side by side have rows of one height. */
	const most = document.documentElement.dataset.guest === 'yes' ? ROW : ROW_MOST;

	state.high = Math.max(ROW, Math.min(most, Math.floor(room() / state.rows.lines)));
	setStyle(map, '--row', state.high + 'px');
	set(map.style, 'height', state.rows.lines * state.high + 'px');
	if (anchor) {
		const t = state.s.byKey.get(anchor.key);
		const addr = t && t.from !== anchor.start ? t.from : anchor.addr;
		const moved = lineOf(state.s, state.rows, addr) - anchor.line;

		if (moved)
			window.scrollBy(0, moved * state.high);
	}
	draw();
}

function zoom(factor) {
	const s = state.s;

	if (!s)
		return;
	const most = Math.max(BYTES_MIN, Math.pow(2, Math.ceil(Math.log2(s.end - s.start))));
	const bytes = Math.min(most, Math.max(BYTES_MIN, factor ? state.bytes * factor : fitting()));
	const at = s.byKey.get(state.current) || Space.thingOf(s, state.selected);

	state.byHand = factor !== 0;
	layOut(bytes);
	if (at)
		reveal(at);
}

/* Draws new data of the machine. */
function show(s) {
	state.s = s;
	layOut(state.bytes && (state.byHand || window.scrollY > 0) ? state.bytes : fitting());
}

/* Rows of so many bytes, as another page has them. */
function setBytes(bytes) {
	state.byHand = true;
	if (state.s && state.bytes !== bytes)
		layOut(bytes);
}

function reveal(t) {
	const map = $('map').getBoundingClientRect();
	const y = map.top + lineOf(state.s, state.rows, t.from) * state.high;
	const low = window.innerHeight - $('past').offsetHeight - 2 * state.high;
	const high = document.querySelector('header').offsetHeight + 8;

	if (y < high)
		window.scrollBy(0, y - high);
	else if (y > low)
		window.scrollBy(0, y - low);
	draw();
}

function goTo(t) {
	if (!t)
		return;
	state.current = t.key;
	reveal(t);
	set($('say'), 'textContent', sentence(t));
}

/* The area in a row above (-1) or below (1) that is nearest to the middle of this one. */
function neighbour(t, direction) {
	const areas = state.s.areas;
	const bytes = state.bytes;
	const row = a => Math.floor((a.from - state.s.start) / bytes);
	const column = a => ((a.from - state.s.start) % bytes + bytes) % bytes;
	const home = row(t);
	let best = null;

	for (let i = t.index + direction; i >= 0 && i < areas.length; i += direction) {
		const a = areas[i];

		if (row(a) === home)
			continue;
		if (best && row(a) !== row(best))
			break;
		if (!best || Math.abs(column(a) - column(t)) < Math.abs(column(best) - column(t)))
			best = a;
	}
	return best;
}

function move(key) {
	const areas = state.s.areas;
	const t = state.s.byKey.get(state.current);

	if (key === 'End')
		return goTo(areas[areas.length - 1]);
	if (!t || key === 'Home')
		return goTo(areas[0]);
	if (key === 'ArrowLeft' || key === 'ArrowRight')
		return goTo(areas[t.index + (key === 'ArrowLeft' ? -1 : 1)]);
	return goTo(neighbour(t, key === 'ArrowUp' ? -1 : 1));
}

function sentence(t) {
	if (t.what === 'hole')
		return 'hole of ' + size(t.to - t.from) + ' at ' + hex(t.from);
	if (t.what === 'freed')
		return FREED[t.kind] + ', ' + size(t.to - t.from);
	if (t.area.areas)
		return count(t.area.areas, 'area') + ', ' + t.area.first + ' to ' + t.area.last;
	return t.name + ', ' + size(t.to - t.from) + ', ' + WORD_OF[t.kind] + ', ' +
		count(t.area.pages, 'page') + ', at ' + hex(t.from);
}

return { state, draw, show, zoom, move, reveal, setBytes, sentence };
})();
