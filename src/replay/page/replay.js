/*
 * The page of a trace: a map and a curve for each row, and the time line below them.
 *
 * The time line has a stop for each moment of some row, each mark, and each thing that was
 * said.  At a stop each row shows its own last moment up to there, and says how many events
 * that is before, unless it is exactly this one.
 */
const Replay = (() => {

const { $, make, set, table, canvasContext, canvasColour } = Dom;
const { PAGE, size, count } = Space;
const HEIGHT = 36;	/* of a map, and of a curve: as in the style */
const CURVE = 30;
const COLOURS = { vmalloc: '--vmalloc', ioremap: '--ioremap', lazy: '--lazy', pooled: '--lazy-line' };

const data = JSON.parse($('data').textContent);
const rows = data.rows.map(Rows.read);
const votes = data.votes.map(v => ({ name: v.name, at: v.at.map(voteOf) }));
const stops = stopsOf();
const view = { from: 0, length: 1 };	/* what the maps show, as parts of the longest */
const longest = Math.max(1, ...rows.map(r => r.to - r.from));
let now = 0;	/* the event that is shown */
let line = null;

function voteOf([event, placed, addr, said, compared, same]) {
	return { event, placed, addr, said, compared, same };
}

/* --- the stops ---------------------------------------------------------------------- */

function stopsOf() {
	const all = new Map();
	const rank = { moment: 0, purge: 1, fail: 2 };
	const add = (what, event, us) => {
		const there = all.get(event);

		if (!there || rank[there.what] < rank[what])
			all.set(event, { seq: event, us: us, what: what });
	};

	for (const row of rows) {
		row.moments.forEach(m => add('moment', m.event, m.us));
		row.purges.at.forEach(p => add('purge', p[0], p[1]));
		row.fails.at.forEach(f => add('fail', f[0], f[1]));
		row.told.forEach(t => add('fail', t[0], t[1]));
	}
	const said = data.says.map(s => ({ seq: s[0], us: s[1], what: 'say', text: s[2] }));

	return [...all.values(), ...said].sort((a, b) => a.seq - b.seq || (a.what === 'say') - (b.what === 'say'));
}

/* Goes to the last stop up to an event, before anything is said of it. */
function jump(event) {
	line.goTo(stops.filter(s => s.seq < event || (s.seq === event && s.what !== 'say')).length);
}

function step(what, direction) {
	const there = stops.filter(s => s.what === what && (direction > 0 ? s.seq > now : s.seq < now));

	if (there.length)
		jump((direction > 0 ? there[0] : there[there.length - 1]).seq);
}

/* --- a row -------------------------------------------------------------------------- */

function paintMap(row, ranges) {
	const canvas = row.map;
	const c = canvasContext(canvas, HEIGHT);
	const width = canvas.clientWidth;
	const scale = width / (longest * view.length);
	const left = row.from + longest * view.from;

	for (const kind in COLOURS) {
		c.fillStyle = canvasColour(canvas, COLOURS[kind]);
		for (const r of ranges) {
			const x = (r.from - left) * scale;
			const wide = r.pages * scale;

			if (r.kind === kind && x < width && x + wide > 0)
				c.fillRect(x, 0, Math.max(1, wide > 4 ? wide - 1 : wide), HEIGHT);
		}
	}
}

/* How far along the trace an event is. */
function along(event) {
	return (event - data.first) / Math.max(1, data.events - data.first);
}

/* As span_fragmentation: what lies after the last area is no part of it. */
function fragmentation(m) {
	return m.free ? (m.free - m.largest) / m.free : 0;
}

function paintCurve(row) {
	const canvas = row.curve;
	const c = canvasContext(canvas, CURVE);
	const width = canvas.clientWidth;
	const ticks = (marks, name, top) => {
		c.fillStyle = canvasColour(canvas, name);
		for (const m of marks)
			c.fillRect(along(m[0]) * (width - 1), top, 1, 7);
	};

	c.strokeStyle = canvasColour(canvas, '--frag');
	c.beginPath();
	row.moments.forEach(m => c.lineTo(along(m.event) * (width - 1), CURVE - 1 - fragmentation(m) * (CURVE - 10)));
	c.stroke();
	ticks(row.purges.at, '--lazy-line', 0);
	ticks(row.fails.at, '--bad', 0);
	c.fillStyle = canvasColour(canvas, '--ink');
	c.fillRect(along(now) * (width - 1), 0, 2, CURVE);
}

/* "exact", or how far the moment that is shown is from the one that was asked for. */
function whenOf(row, at) {
	const m = row.moments[at];
	const next = row.moments[at + 1];

	if (m.event === now)
		return 'exact';
	return 'as after event ' + m.event.toLocaleString('en') + ', ' + count(now - m.event, 'event') + ' before' +
		(next ? '; the next moment is event ' + next.event.toLocaleString('en') : '');
}

function drawRow(row) {
	const at = Math.max(0, Rows.before(row.moments, now));
	const m = row.moments[at];
	const words = [count(m.areas, 'area') + ', ' + size(m.bytes),
		m.holes ? count(m.holes, 'hole') + ' between areas, the largest ' + size(m.largest) :
			'no hole between areas',
		'span_fragmentation ' + fragmentation(m).toFixed(4)];

	if (m.failures)
		words.push(count(m.failures, 'failure'));
	if (m.purges)
		words.push(count(m.purges, 'purge'));
	if (m.joined)
		words.push(m.joined === 1 ? 'areas that touch are drawn as one' :
			'drawn without holes of less than ' + count(m.joined, 'page'));
	row.shown = Rows.ranges(row, at);
	row.element.dataset.exact = m.event === now ? 'yes' : 'no';
	set(row.when, 'textContent', whenOf(row, at));
	set(row.figures, 'textContent', words.join(', '));
	paintMap(row, row.shown);
	paintCurve(row);
}

function hex(page) {
	return '0x' + (BigInt(page) * BigInt(PAGE)).toString(16).padStart(16, '0');
}

function pageAt(row, event) {
	const box = row.map.getBoundingClientRect();

	return row.from + longest * (view.from + view.length * (event.clientX - box.left) / Math.max(1, box.width));
}

/* What lies below the pointer, in words. */
function hover(row, event) {
	const page = pageAt(row, event);
	const r = row.shown.find(x => x.from <= page && page < x.from + x.pages);

	set(row.map, 'title', !r ? '' : hex(r.from) + '-' + hex(r.from + r.pages) + ' ' + size(r.pages * PAGE) + ' ' +
		(r.kind === 'lazy' ? 'waits for a purge' : r.kind === 'pooled' ? 'in a pool' : r.kind));
}

function drag(row, event) {
	if (event.type === 'pointerdown')
		row.map.setPointerCapture(event.pointerId);
	if (!event.buttons) {
		hover(row, event);
		return;
	}
	look(view.from - event.movementX / Math.max(1, row.map.clientWidth) * view.length, view.length);
}

function makeRow(row) {
	const head = make('h2', '', row.name);

	row.element = make('div', 'moments');
	row.element.dataset.row = row.name;
	row.when = make('span', 'when');
	row.figures = make('span', 'figures');
	row.map = make('canvas', 'map');
	row.curve = make('canvas', 'curve');
	row.map.setAttribute('role', 'img');
	row.map.setAttribute('aria-label', 'Map of ' + row.name);
	row.curve.title = 'Fragmentation over the trace; failures and purges above it';
	head.append(row.when, row.figures);
	row.element.append(head, row.map, row.curve);
	row.map.addEventListener('pointerdown', event => drag(row, event));
	row.map.addEventListener('pointermove', event => drag(row, event));
	row.curve.onclick = event => jump(Math.round(data.first + event.offsetX / Math.max(1, row.curve.clientWidth - 1) *
		(data.events - data.first)));
	$('rows').append(row.element);
}

/* --- votes -------------------------------------------------------------------------- */

function voteWords(v) {
	const nowhere = '0x0000000000000000';
	const place = a => a === nowhere ? 'nowhere' : a;

	if (!v || !v.placed)
		return ['nothing was placed yet', ''];
	return [(v.addr === v.said ? 'the same place, ' + place(v.said) :
		place(v.said) + ', where the kernel has ' + place(v.addr)) + ' (event ' + v.placed.toLocaleString('en') + ')',
	count(v.same, 'placement') + ' of ' + v.compared.toLocaleString('en') + ' the same so far'];
}

function drawVotes() {
	$('votes').hidden = !votes.length;
	if (votes.length)
		$('votes').replaceChildren(make('h3', '', 'Where each policy would have put it'),
			table(votes.map(v => [v.name, ...voteWords(v.at[Rows.before(v.at, now)])])));
}

/* --- the page ------------------------------------------------------------------------ */

function draw() {
	rows.forEach(drawRow);
	drawVotes();
}

function show(at) {
	const stop = stops[Math.max(0, at - 1)];

	now = stop.seq;
	const failed = rows.flatMap(r => r.told.filter(t => t[0] === now).map(t => r.name + ': ' + wordsOf(t)));

	set($('did'), 'textContent', failed.join(' ') || { purge: 'A purge.', fail: 'A request failed.' }[stop.what] || '');
	draw();
}

function wordsOf([, , name, why]) {
	return (name || 'a request') + ': ' + why;
}

function look(from, length) {
	view.length = Math.min(1, Math.max(1 / longest, length));
	view.from = Math.min(1 - view.length, Math.max(0, from));
	draw();
}

function zoom(factor) {
	look(view.from + view.length * (1 - factor) / 2, view.length * factor);
}

function drawFailures() {
	const told = rows.flatMap(r => r.told.map(t => ({ row: r, t: t }))).sort((a, b) => a.t[0] - b.t[0]);
	const all = rows.reduce((n, r) => n + r.fails.count, 0);

	$('failures').hidden = !told.length;
	$('failures').replaceChildren(make('h3', '', count(all, 'failure') +
		(all > told.length ? ', the first of each row' : '')));
	for (const { row, t } of told) {
		const b = make('button');

		b.append(make('b', '', 'Event ' + t[0].toLocaleString('en') + ', ' + row.name), wordsOf(t));
		b.title = t[4];
		b.onclick = () => jump(t[0]);
		$('failures').append(b);
	}
}

/* Which moments are exact, and what lies between them. */
function exactWords() {
	const distances = rows.map(r => r.distance);
	const most = Math.max(...distances);
	const marks = rows.flatMap(r => [r.fails, r.purges]).some(m => m.one_in > 1);

	if (most === 1)
		return 'The state after every event is here, and exact.';
	return 'Every moment that is drawn is exact, and each row says which event it comes after. Up to ' +
		count(most - 1, 'event') + ' lie between two of them, of which only the marks are known' +
		(marks ? ', and not all of those' : '') +
		'; after the first failures there are moments of their own.';
}

function key(event) {
	const keys = {
		f: () => step('fail', 1), F: () => step('fail', -1), u: () => step('purge', 1), U: () => step('purge', -1),
		'+': () => zoom(0.5), '-': () => zoom(2), 0: () => look(0, 1),
	};

	if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches('select, canvas.strip ~ *'))
		return;
	if (keys[event.key])
		keys[event.key]();
	else if (!line.key(event))
		return;
	event.preventDefault();
}

function start() {
	set($('name'), 'textContent', data.trace);
	set($('events'), 'textContent', (data.first ? 'events ' + (data.first + 1).toLocaleString('en') + ' to ' : '') +
		(data.first ? data.events.toLocaleString('en') : count(data.events, 'event')));
	document.title = data.trace;
	set($('exact'), 'textContent', exactWords());
	rows.forEach(makeRow);
	drawFailures();
	line = Timeline.make($('timeline'), { show: show });
	line.setEvents(stops);
	$('fail-before').onclick = () => step('fail', -1);
	$('fail-after').onclick = () => step('fail', 1);
	$('purge-before').onclick = () => step('purge', -1);
	$('purge-after').onclick = () => step('purge', 1);
	for (const what of ['fail', 'purge'])
		for (const way of ['before', 'after'])
			$(what + '-' + way).disabled = !stops.some(s => s.what === what);
	$('in').onclick = () => zoom(0.5);
	$('out').onclick = () => zoom(2);
	$('fit').onclick = () => look(0, 1);
	document.addEventListener('keydown', key);
	window.addEventListener('resize', () => {
		draw();
		line.draw();
	});
	show(stops.length);
}

start();
return { rows, stops, jump, now: () => now };
})();
