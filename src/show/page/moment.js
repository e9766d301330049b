/*
 * A moment of the past on the page: the map as it was, its figures, what the event did,
 * and the request that failed.
 */
const Moment = (() => {

const { $, make, set, table } = Dom;
const { PAGE, size, count } = Space;
const { state, show } = View;

const BLOCKS = 2048;	/* areas and blocks that are drawn at most, as in the page of now */
const LISTED = 40;	/* lines of each list of a comparison */

const moment = {
	past: null,
	base: 0,		/* the address that its pages are counted from */
	line: null,
	live: null,		/* the space as last read */
	pinned: null,		/* the ranges of the pinned moment */
	objects: new WeakMap(),	/* range -> the object of its area */
};

function bytes(pages) {
	return pages * PAGE;
}

/* What an event did, in words. */
function wordsOf(e) {
	const pages = e.pages === undefined ? '' : size(bytes(e.pages));
	const name = e.name || 'an area without a name';

	switch (e.what) {
	case 'alloc':
		return name + ' came, ' + pages;
	case 'reserve':
		return name + ' has to move: a second place for it, ' + pages;
	case 'free':
		return name + ' was freed, ' + pages;
	case 'abandon':
		return name + ' could not be finished, and left its place';
	case 'resize':
		return name + (e.pages > e.oldPages ? ' grew' : ' shrank') + ' from ' +
			size(bytes(e.oldPages)) + ' to ' + pages;
	case 'move':
		return name + ' moved, ' + pages;
	case 'name':
		return (e.oldName || 'an area') + ' is now called ' + name;
	case 'fail':
		return (e.name || 'a request') + ' failed';	/* why: drawFailure() */
	case 'say':
		return 'said: ' + e.text;
	default:
		return (e.what === 'purge' ? 'a purge of ' : 'held: ') + count(e.ranges, 'range') + ', ' + pages;
	}
}

/* --- the space of a moment -------------------------------------------------------- */

/* The fields of an area that the page shows, as far as an event knows them. */
function areaObject(r) {
	const start = moment.base + bytes(r.from);
	const hex = Space.hex(start);

	return {
		start: hex, end: Space.hex(start + bytes(r.pages)), size: bytes(r.pages),
		guard: bytes(r.guard), requested: r.requested || undefined, name: r.name || '[' + hex + ']',
		file: r.name && !r.name.startsWith('['), pages: r.pages - r.guard, flags: [], kind: Space.WORD_OF[r.kind] || r.kind,
		mapped: bytes(r.pages - r.guard),
	};
}

/* How many there are of each kind, by the legend's words. */
function kindsOf(areas) {
	const kinds = {};

	for (const r of areas)
		kinds[Space.WORD_OF[r.kind]] = (kinds[Space.WORD_OF[r.kind]] || 0) + 1;
	return kinds;
}

/* Neighbours as one block, where there are more areas than a page can draw. */
function blockObject(areas) {
	const first = areaObject(areas[0]);
	const last = areaObject(areas[areas.length - 1]);
	const end = bytes(areas[areas.length - 1].from + areas[areas.length - 1].pages);
	const sum = f => areas.reduce((n, r) => n + f(r), 0);

	return {
		start: first.start, end: last.end, size: end - bytes(areas[0].from), areas: areas.length,
		first: first.name, last: last.name, busy: bytes(sum(r => r.pages)),
		guards: bytes(sum(r => r.guard)), pages: sum(r => r.pages - r.guard), flags: [],
		kinds: kindsOf(areas),
	};
}

/* The number of the space that a range lies in, -1: none. */
function spaceAt(spaces, page) {
	return spaces.findIndex(w => page >= w.from && page < w.to);
}

/* Up to which bit two pages differ. */
function bitsOfDifference(a, b) {
	const HIGH = 0x40000000;
	const high = Math.floor(a / HIGH) ^ Math.floor(b / HIGH);

	return high ? 62 - Math.clz32(high) : 32 - Math.clz32(a % HIGH ^ b % HIGH);
}

/*
 * Which areas are drawn as one, if there are too many: those that an aligned stretch of so
 * many bits begins with.  So an area that comes or goes changes the block around it alone,
 * and not all that lie above.  Blocks end where a space does.  Returns where each begins.
 */
function startsOfBlocks(areas, spaces) {
	const differ = areas.map((r, i) => (!i ? 64 :
		spaceAt(spaces, r.from) !== spaceAt(spaces, areas[i - 1].from) ? 64 :
			bitsOfDifference(r.from, areas[i - 1].from)));
	const counts = new Array(65).fill(0);
	let bits = 64;
	let n = 0;

	for (const d of differ)
		counts[d]++;
	while (bits && n + counts[bits] <= BLOCKS)
		n += counts[bits--];
	return Array.from(areas.keys()).filter(i => differ[i] > bits);
}

/* An object is made once for each range, and found again in the next moment. */
function objectOf(r) {
	let object = moment.objects.get(r);

	if (!object) {
		object = areaObject(r);
		moment.objects.set(r, object);
	}
	return object;
}

function areaObjects(ranges, spaces) {
	const areas = ranges.filter(isArea);

	if (areas.length <= BLOCKS)
		return areas.map(objectOf);
	const starts = startsOfBlocks(areas, spaces);

	return starts.map((start, i) => {
		const some = areas.slice(start, starts[i + 1]);

		return some.length > 1 ? blockObject(some) : objectOf(some[0]);
	});
}

function isArea(r) {
	return r.kind !== 'lazy' && r.kind !== 'pooled';
}

/* The figures of the space that is shown, as far as ranges tell them. */
function figuresOf(ranges, live) {
	const now = live.figures;
	const first = (live.start - moment.base) / PAGE;
	const last = (live.usable - moment.base) / PAGE;
	const f = {
		areas: 0, mapped: 0, guards: 0, lazy: 0, pooled: 0, holes: 0, largest_hole: 0,
		free: 0, unusable: 0, unusable_holes: 0, failures: 0,
	};
	const span = { free: 0, largest: 0 };
	let end = first;
	let any = false;
	const hole = (to, inside) => {
		const size = bytes(to - end);

		if (size <= 0)
			return;
		f.holes++;
		f.free += size;
		f.largest_hole = Math.max(f.largest_hole, size);
		if (now.unusable_pages && to - end < Number(now.unusable_pages) + 1) {
			f.unusable += size;
			f.unusable_holes++;
		}
		if (inside) {
			span.free += size;
			span.largest = Math.max(span.largest, size);
		}
	};

	for (const r of ranges) {
		if (r.from + r.pages <= first || r.from >= last)
			continue;
		hole(r.from, any);
		any = true;
		end = r.from + r.pages;
		if (!isArea(r)) {
			f[r.kind] += bytes(r.pages);
			continue;
		}
		f.areas++;
		f.guards += bytes(r.guard);
		f.mapped += bytes(r.pages - r.guard);
	}
	hole(last, false);
	f.fragmentation = f.free ? 1 - f.largest_hole / f.free : 0;
	f.span_fragmentation = span.free ? 1 - span.largest / span.free : 0;
	f.unusable_index = f.free ? f.unusable / f.free : 0;
	return Object.assign({}, now, f);
}

function freedObjects(ranges, kind) {
	return ranges.filter(r => r.kind === kind).map(r => ({
		start: Space.hex(moment.base + bytes(r.from)), size: bytes(r.pages), ranges: 1,
	}));
}

/* A space as Space.read() makes it, of ranges. */
function spaceOf(ranges, live, policy) {
	const figures = figuresOf(ranges, live);
	const pageAt = addr => (addr - moment.base) / PAGE;
	const spaces = live.data.spaces.map(w => {
		const from = pageAt(Space.parseAddr(w.start));

		return { from: from, to: from + w.size / PAGE };
	});

	return Space.read({
		machine: live.data.machine,
		figures: Object.assign({}, live.data.figures, { policy: policy, frames: 0 }),
		spaces: live.data.spaces.map(w => w.name === live.name ? figures : w),
		areas: areaObjects(ranges, spaces),
		lazy: freedObjects(ranges, 'lazy'),
		pooled: freedObjects(ranges, 'pooled'),
		callers: [], callers_more: 0, zones: [], use: null, of_past: true,
	}, live.name);
}

/* --- what is marked ---------------------------------------------------------------- */

function markOf(className, page, pages, words) {
	const from = moment.base + bytes(page);

	return { from: from, to: from + bytes(pages), className: className, words: words };
}

/* What an event changed: what came, and what went, also where something else is now. */
function marksOf(e) {
	const marks = [];

	for (const [page, before, after] of e.changes) {
		if (before && (!after || after.pages < before.pages || !isArea(after)))
			marks.push(markOf('went', page + (after && isArea(after) ? after.pages : 0),
				before.pages - (after && isArea(after) ? after.pages : 0), wordsOf(e)));
		if (after && isArea(after))
			marks.push(markOf(e.what === 'move' ? 'moved' : 'came', page, after.pages, wordsOf(e)));
	}
	if (e.what === 'fail' && e.holePages)
		marks.push(markOf('tight', e.hole, e.holePages, 'the largest hole'));
	return marks;
}

function marksOfComparison(c) {
	return [].concat(
		c.went.map(r => markOf('went', r.from, r.pages, (r.name || r.kind) + ' went')),
		c.came.map(r => markOf('came', r.from, r.pages, (r.name || r.kind) + ' came')),
		...c.moved.map(([was, is]) => [
			markOf('went', was.from, was.pages, was.name + ' was here'),
			markOf('moved', is.from, is.pages, is.name + ' is here now'),
		]));
}

function drawComparison(c, from, to) {
	const panel = $('compared');
	const line = (sign, words) => [sign, words];
	const rows = [];
	const list = (all, sign, words) => {
		all.slice(0, LISTED).forEach(x => rows.push(line(sign, words(x))));
		if (all.length > LISTED)
			rows.push(line('…', count(all.length - LISTED, 'more range')));
	};

	panel.hidden = !c;
	if (!c)
		return;
	const nameOf = r => (r.name || r.kind) + '  ' + size(bytes(r.pages));

	list(c.came, '+', nameOf);
	list(c.went, '−', nameOf);
	list(c.moved, '→', m => nameOf(m[1]) + ', was ' + size(bytes(m[0].pages)) + ' at ' +
		Space.hex(moment.base + bytes(m[0].from)));
	panel.replaceChildren(make('h2', '', 'From moment ' + from + ' to ' + to),
		make('p', 'words', c.came.length + ' came, ' + c.went.length + ' went, ' + c.moved.length + ' moved'),
		table(rows, 'news'));
}

/* --- a request that failed ----------------------------------------------------------- */

/* Above the map: the request, and below it the largest hole and its neighbours, to one scale. */
function drawFailure(e) {
	const box = $('failure');

	box.hidden = !e;
	if (!e)
		return;
	const side = Math.max(e.pages, e.holePages) / 8;
	const all = Math.max(e.pages, e.holePages) + 2 * side;
	const part = (className, from, pages, words) => {
		const p = make('div', className, words);

		p.style.left = 100 * from / all + '%';
		p.style.width = 100 * pages / all + '%';
		p.title = words;
		return p;
	};
	const asked = make('div', 'scale');
	const there = make('div', 'scale');

	asked.append(part('asked', side, e.pages, (e.name || 'the request') + ': ' + count(e.pages, 'page')));
	there.append(part('side', 0, side, ''),
		part('largest', side, e.holePages, e.holePages ? 'largest hole: ' + count(e.holePages, 'page') : ''),
		part('side', side + e.holePages, Math.max(side, all - side - e.holePages), ''));
	box.replaceChildren(make('b', '', 'A request failed'), asked, there, make('p', 'why', e.why));
	box.dataset.asked = e.pages;
	box.dataset.largest = e.holePages;
}

/* --- the page ------------------------------------------------------------------------- */

function pin(at) {
	moment.pinned = null;
	if (at !== null) {
		const now = moment.past.at;

		Past.go(moment.past, at);
		moment.pinned = moment.past.ranges.slice();
		moment.pinnedSeq = seqAt(at);
		Past.go(moment.past, now);
	}
	redrawMoment();
}

function seqAt(at) {
	return at ? moment.past.events[at - 1].seq : moment.past.events[0].seq - 1;
}

function showAt(at) {
	const past = moment.past;
	const e = at ? past.events[at - 1] : null;

	Past.go(past, at);
	const c = moment.pinned && Past.compare(moment.pinned, past.ranges);
	const s = spaceOf(past.ranges, moment.live, (e || past.events[0]).policy);

	state.marks = c ? marksOfComparison(c) : e ? marksOf(e) : [];
	document.documentElement.dataset.past = 'yes';
	set($('did'), 'textContent', e ? e.task + ': ' + wordsOf(e) : 'Before all that is remembered.');
	drawFailure(Past.failureAt(past, at));
	drawComparison(c, moment.pinnedSeq, past.events.length ? seqAt(at) : 0);
	Panel.drawMoment(s);
}

function showLive() {
	const past = moment.past;
	const e = past && past.events.length ? past.events[past.events.length - 1] : null;

	document.documentElement.dataset.past = 'no';
	if (past)
		Past.go(past, past.events.length);
	const c = moment.pinned && past && Past.compare(moment.pinned, past.ranges);

	state.marks = c ? marksOfComparison(c) : [];
	set($('did'), 'textContent', e ? e.task + ': ' + wordsOf(e) : '');
	drawFailure(past && Past.failureAt(past, past.events.length));
	drawComparison(c, moment.pinnedSeq, past && past.events.length ? seqAt(past.events.length) : 0);
	Panel.drawAll(moment.live);
}

/* New data of the machine: they are drawn at once, unless the page shows another moment. */
function arrived(s) {
	const seen = moment.past && moment.past.events.length;

	moment.live = s;
	moment.past = Past.read(s.data.history);
	moment.base = moment.past ? Space.parseAddr(moment.past.base) : 0;
	moment.objects = new WeakMap();
	moment.line.setEvents(moment.past ? moment.past.events : []);
	if (moment.line.live || !seen)
		showLive();
	Guest.tell();
}

/* Another space of the same data. */
function chosen(s) {
	moment.live = s;
	redrawMoment();
}

function redrawMoment() {
	if (moment.line.live)
		showLive();
	else
		showAt(moment.line.at);
}

function start() {
	moment.line = Timeline.make($('timeline'), { show: showAt, live: showLive, pin: pin });
}

return {
	start, arrived, chosen,
	inPast: () => !moment.line.live,
	redraw: () => moment.line.draw(),
	events: () => (moment.past ? moment.past.events : []),
	goTo: at => moment.past && moment.line.goTo(at),
	pin: at => moment.past && pin(at),
	key: event => moment.line.key(event),
	/* For those who look at the page from outside, such as its test. */
	ranges: () => moment.past && moment.past.ranges,
};
})();
