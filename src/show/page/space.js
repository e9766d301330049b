/*
 * The address space as rows.
 *
 * An address is a number here: its distance from the start of the kernel's half of
 * the address space.  That is below 2^47, or below 2^56 and a multiple of a page, which
 * a number holds exactly.  With 32 bits it is the address itself.
 *
 * A row is a fixed number of bytes.  Where nothing begins or ends in many rows, a
 * break stands in their place:
 *
 *	rows    [aaaaaG......bbbbbbbbbbbbbbbbb]
 *	        [bbbbbbbbbbbbbbbbbbbbbbbbbbbbb]
 *	break    ~~~~~~~~~ b goes on ~~~~~~~~~
 *	rows    [bbbbbbbbbbG..................]
 *	break    ~~~~~~~~~ hole 31.9T ~~~~~~~~
 */
const Space = (() => {

const PAGE = 4096;
let half = -(1n << 47n);	/* where the kernel's half begins */
let digits = 16;

function parseAddr(s) {
	return Number(BigInt.asIntN(64, BigInt(s)) - half);
}

function hex(addr) {
	return '0x' + BigInt.asUintN(64, BigInt(Math.round(addr)) + half).toString(16).padStart(digits, '0');
}

/* Sizes as status writes them: 64K, 1.5M. */
function size(bytes) {
	let unit = 0;
	let n = Number(bytes);

	while (n >= 1023.95 && unit < 6) {
		n /= 1024;
		unit++;
	}
	return (unit ? n.toFixed(1).replace(/\.0$/, '') : n) + 'BKMGTPE'[unit];
}

/* One for all: toLocaleString() makes one each time. */
const NUMBERS = new Intl.NumberFormat('en');

function count(n, one, many) {
	return NUMBERS.format(Number(n)) + ' ' + (Number(n) === 1 ? one : many || one + 's');
}

function percent(f) {
	return (f * 100).toFixed(f && f < 0.1 ? 1 : 0) + '%';
}

/* The legend's word for an area, and the name of its style. */
const KINDS = {
	'vmalloc': 'vmalloc',
	'vmalloc, user': 'user',
	'page array': 'pages',
	'vmap': 'vmap',
	'ioremap': 'ioremap',
	'reserved, not mapped': 'unmapped',
	'areas merged (light: holes)': 'block',
};
const WORD_OF = Object.fromEntries(Object.entries(KINDS).map(e => [e[1], e[0]]));

/* What is freed and still taken: the words for each style. */
const FREED = { 'lazy': 'freed, not purged', 'pooled': 'freed, in a pool' };

function kindOf(area) {
	if (area.areas)
		return 'block';
	return Number(area.mapped) ? KINDS[area.kind] || 'unmapped' : 'unmapped';
}

/* The data of a page as the rest of the scripts want it, for the space of that name. */
function read(data, name) {
	digits = data.machine.levels > 3 ? 16 : 8;
	half = data.machine.levels > 3 ? -(1n << (data.machine.levels > 4 ? 56n : 47n)) : 0n;
	const window = data.spaces.find(w => w.name === name) || data.spaces[0];
	const start = parseAddr(window.start);
	const others = data.spaces.filter(w => w !== window)
		.map(w => ({ from: parseAddr(w.start), to: parseAddr(w.start) + Number(w.size) }));
	const meets = (at, size, w) => at < w.to && at + size > w.from;
	const s = {
		data: data,
		name: window.name,
		figures: window,
		start: start,
		end: start + Number(window.size),
		usable: parseAddr(window.usable_end),
		things: [],
		areas: [],
		byKey: new Map(),
		holes: [],
		holeByKey: new Map(),
	};
	const files = new Set();
	const add = (o, kind, what) => {
		const at = parseAddr(o.start);
		const thing = {
			from: at, to: at + Number(o.size), kind: kind, what: what, area: o,
			guard: Number(o.guard || 0), index: -1,
			mapped: at + Number(o.mapped === undefined ? o.size : o.mapped),
			callers: (o.callers || (o.caller === undefined ? [] : [o.caller]))
				.map(i => data.callers[i].caller),
			name: o.areas ? '×' + o.areas : o.name || FREED[kind],
		};

		if (!(at >= 0) || others.some(w => meets(at, Number(o.size), w)))
			return;
		/* What lies in no space is drawn with the first one. */
		if (window !== data.spaces[0] && !meets(at, Number(o.size), { from: s.start, to: s.end }))
			return;
		thing.key = what === 'area' ? o.start : kind + o.start;
		/* A file is known by its name, so it stays the same when a resize moves its area. */
		if (o.file && !files.has(o.name)) {
			files.add(o.name);
			thing.key = 'file ' + o.name;
		}
		thing.print = [o.start, o.size, o.requested, o.name, o.first, o.areas, o.pages].join('|');
		s.things.push(thing);
	};

	data.areas.forEach(a => add(a, kindOf(a), 'area'));
	data.lazy.forEach(l => add(l, 'lazy', 'freed'));
	data.pooled.forEach(l => add(l, 'pooled', 'freed'));
	s.things.sort((a, b) => a.from - b.from);
	for (const t of s.things) {
		if (t.what !== 'area')
			continue;
		t.index = s.areas.length;
		s.areas.push(t);
		s.byKey.set(t.key, t);
	}
	addHoles(s);
	return s;
}

/* What is free between the things: where a new area may be placed. */
function addHoles(s) {
	let end = s.start;
	const add = to => {
		if (to <= end)
			return;
		const hole = {
			from: end, to: to, kind: 'hole', what: 'hole', key: 'hole' + end, area: {}, guard: 0,
			mapped: to, callers: [], name: size(to - end), index: -1,
		};

		s.holes.push(hole);
		s.holeByKey.set(hole.key, hole);
	};

	for (const t of s.things) {
		if (t.to <= s.start)
			continue;
		add(Math.min(t.from, s.usable));
		end = Math.max(end, t.to);
	}
	add(s.usable);
}

/* An area or a hole. */
function thingOf(s, key) {
	return s.byKey.get(key) || s.holeByKey.get(key);
}

/* The kinds of areas that are drawn as one: "20 vmalloc, 5 ioremap". */
function kindsOf(block) {
	return Object.entries(block.kinds || {}).map(([kind, n]) => n.toLocaleString('en') + ' ' + kind).join(', ');
}

/* The first of these ascending things that ends after addr. */
function firstEndingAfter(things, addr) {
	let low = 0;
	let high = things.length;

	while (low < high) {
		const mid = (low + high) >> 1;

		if (things[mid].to > addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

const WHOLE_ROWS = 32;	/* a window of no more rows than that has no breaks */
const HOLE_ROWS = 2;	/* else a hole of more empty rows than that is a break */
const AREA_ROWS = 6;	/* and so is the middle of an area of more rows */

/*
 * Where each row is drawn: runs of rows, and breaks, each as high as one row.  line
 * is the number of a run's first line, counted from the top.
 */
function rowsOf(s, bytes) {
	const runs = [];
	const whole = s.end - s.start <= WHOLE_ROWS * bytes;
	let lines = 0;
	let next = 0;		/* the first row that is not laid out yet */
	let busy = s.start;	/* nothing begins from here on, up to the next thing */
	const row = addr => Math.floor((addr - s.start) / bytes);
	const show = (from, to) => {
		const last = runs[runs.length - 1];

		if (to < from)
			return;
		if (last && !last.cut && last.row + last.n === from)
			last.n += to - from + 1;
		else
			runs.push({ line: lines, row: from, n: to - from + 1 });
		lines += to - from + 1;
		next = to + 1;
	};
	const cut = (from, to, thing) => {
		runs.push({ line: lines++, cut: true, from: from, to: to, thing: thing, n: 1 });
	};
	const hole = (to, limit) => {
		const first = next;

		if (limit - first > HOLE_ROWS && !(whole && first >= 0 && to <= s.end))
			cut(busy, to, null);
		else if (limit > first)
			show(first, limit - 1);
	};
	let beyond = false;

	for (const t of s.things) {
		const from = row(t.from);
		const to = row(t.to - 1);

		if (t.from >= s.end && !beyond) {
			hole(s.end, row(s.end - 1) + 1);
			cut(s.end, t.from, null);
			next = from;
			busy = t.from;
			beyond = true;
		}
		if (lines === 0 && t.from < s.start)
			next = from;
		if (from > next)
			hole(t.from, from);
		if (to - Math.max(from, next) >= AREA_ROWS && !(whole && t.to <= s.end)) {
			show(Math.max(from, next), Math.max(from, next) + 1);
			cut(s.start + next * bytes, s.start + (to - 1) * bytes, t);
			show(to - 1, to);
		} else {
			show(Math.max(from, next), to);
		}
		next = Math.max(next, to + 1);
		busy = Math.max(busy, t.to);
	}
	if (!beyond && next <= row(s.end - 1))
		hole(s.end, row(s.end - 1) + 1);
	return { runs: runs, lines: lines, bytes: bytes };
}

/* The run that a line belongs to. */
function runAt(rows, line) {
	let low = 0;
	let high = rows.runs.length - 1;

	while (low < high) {
		const mid = (low + high + 1) >> 1;

		if (rows.runs[mid].line <= line)
			low = mid;
		else
			high = mid - 1;
	}
	return rows.runs[low];
}

/* The line that shows an address, or the nearest one. */
function lineOf(s, rows, addr) {
	let best = 0;

	for (const r of rows.runs) {
		const from = r.cut ? r.from : s.start + r.row * rows.bytes;

		if (from > addr)
			break;
		if (r.cut)
			best = r.line;
		else
			best = r.line + Math.min(r.n - 1, Math.floor((addr - from) / rows.bytes));
	}
	return best;
}

return {
	PAGE, WORD_OF, FREED, parseAddr, hex, size, count, percent, read, thingOf, kindsOf, firstEndingAfter, rowsOf,
	runAt, lineOf,
};
})();
