/*
 * Earlier moments of an address space, out of its ranges of now and its events.
 *
 * This knows nothing of the page around it: data in, ranges out.  An event is a list of
 * changes, each of which says what began at a page before it and what does after it.  So
 * going back and going forth are the same, the other way round.
 *
 *	const past = Past.read(data.history);
 *
 *	Past.go(past, 7);	// past.ranges are those after seven events
 */
const Past = (() => {

const NO_GUARD = 8;
const AFTER = [null, null, 'lazy', 'pooled'];
const AREA_EVENTS = ['alloc', 'reserve', 'free', 'abandon', 'resize', 'move', 'name'];

function areaOf(past, kind, name, pages, requested) {
	return {
		pages: pages, kind: past.kinds[kind & 7], guard: kind & NO_GUARD ? 0 : 1,
		name: name, requested: requested,
	};
}

function freedOf(code, pages) {
	return AFTER[code] ? { pages: pages, kind: AFTER[code], guard: 0, name: '', requested: 0 } : null;
}

/* The changes of an event that is about one area: [page, before, after]. */
function changesOf(past, e, row) {
	const [name, page, pages, kind, requested] = row;
	const rest = row.slice(5);
	const area = areaOf(past, kind, past.names[name], pages, requested);

	Object.assign(e, { name: area.name, page: page, pages: pages, kind: area.kind, requested: requested });
	switch (e.what) {
	case 'alloc':
	case 'reserve':
		return [[page, freedOf(rest[0], pages), area]];
	case 'free':
	case 'abandon':
		return [[page, area, freedOf(rest[0], pages)]];
	case 'resize':
		e.oldPages = rest[0];
		return [[page, areaOf(past, kind, area.name, rest[0], rest[1]), area]];
	case 'move':
		e.oldPage = rest[0];
		e.oldPages = rest[1];
		return [
			[page, areaOf(past, kind, area.name, pages, rest[2]), area],
			[rest[0], areaOf(past, kind, area.name, rest[1], rest[2]), freedOf(rest[3], rest[1])],
		];
	default:
		e.oldName = past.names[rest[0]];
		return [[page, areaOf(past, kind, e.oldName, pages, requested), area]];
	}
}

function rangeChanges(e, row) {
	const changes = [];

	for (let i = 0; i < row.length; i += 4)
		changes.push([row[i], freedOf(row[i + 2], row[i + 1]), freedOf(row[i + 3], row[i + 1])]);
	e.ranges = changes.length;
	e.pages = row.reduce((sum, n, i) => sum + (i % 4 === 1 ? n : 0), 0);
	return changes;
}

function eventOf(past, row, seq, us) {
	const e = {
		seq: seq, us: us, task: past.tasks[row[1]], what: past.words[row[2] & 15],
		policy: past.policies[row[2] >> 4], changes: [],
	};

	if (AREA_EVENTS.includes(e.what))
		e.changes = changesOf(past, e, row.slice(3));
	else if (e.what === 'say')
		e.text = row[3];
	else if (e.what === 'fail')
		[e.name, e.pages, e.requested, e.align, e.hole, e.holePages, e.why] =
			[past.names[row[3]], ...row.slice(4)];
	else
		e.changes = rangeChanges(e, row.slice(3));
	return e;
}

function rangesOf(past, now, brief) {
	const ranges = [];
	const step = brief ? 3 : 5;
	let end = 0;

	for (let i = 0; i < now.length; i += step) {
		const from = end + now[i];
		const kind = now[i + 2];
		const freed = (kind & 7) > 5;

		end = from + now[i + 1];
		ranges.push({
			from: from, pages: now[i + 1], kind: past.kinds[kind & 7],
			guard: freed || kind & NO_GUARD ? 0 : 1,
			name: brief ? '' : past.names[now[i + 3]], requested: brief ? 0 : now[i + 4],
		});
	}
	return ranges;
}

/* null: there is nothing that could be gone back to. */
function read(h) {
	const past = { kinds: h && h.kinds, words: h && h.words, policies: h && h.policies, events: [] };
	let us = 0;

	if (!h || !h.now)
		return null;
	past.names = h.names;
	past.tasks = h.tasks;
	past.base = h.base;
	past.ranges = rangesOf(past, h.now, h.brief);
	h.events.forEach((row, i) => {
		us += row[0];
		past.events.push(eventOf(past, row, h.first + i, us));
	});
	past.at = past.events.length;
	return past;
}

/* The place of the first range at that page or above. */
function placeOf(ranges, page) {
	let low = 0;
	let high = ranges.length;

	while (low < high) {
		const mid = (low + high) >> 1;

		if (ranges[mid].from < page)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

function put(ranges, page, what) {
	const i = placeOf(ranges, page);
	const there = i < ranges.length && ranges[i].from === page ? 1 : 0;

	if (what)
		ranges.splice(i, there, Object.assign({ from: page }, what));
	else
		ranges.splice(i, there);
}

/* Makes past.ranges those of the moment after so many events. */
function go(past, at) {
	while (past.at > at)
		for (const [page, before] of past.events[--past.at].changes.slice().reverse())
			put(past.ranges, page, before);
	while (past.at < at)
		for (const [page, , after] of past.events[past.at++].changes)
			put(past.ranges, page, after);
}

function placesAnArea(e) {
	return e.what === 'alloc' || e.what === 'reserve' || (e.what === 'resize' && e.pages > e.oldPages);
}

/* The failure that is the last word at a moment: nothing was placed since. */
function failureAt(past, at) {
	while (at && past.events[at - 1].what !== 'fail' && !placesAnArea(past.events[at - 1]))
		at--;
	const e = at ? past.events[at - 1] : null;

	return e && e.what === 'fail' ? e : null;
}

/* What came, went, and moved between two lists of ranges. */
function compare(before, after) {
	const key = r => r.from + '/' + r.pages + '/' + r.name + '/' + r.kind;
	const old = new Map(before.map(r => [key(r), r]));
	const came = after.filter(r => !old.delete(key(r)));
	const went = Array.from(old.values());
	const byName = new Map();
	const moved = [];

	for (const r of went)
		if (r.name)
			byName.set(r.name, byName.has(r.name) ? null : r);
	const rest = came.filter(r => {
		const was = r.name && byName.get(r.name);

		if (was)
			moved.push([was, r]);
		return !was;
	});
	const gone = new Set(moved.map(m => m[0]));

	return { came: rest, went: went.filter(r => !gone.has(r)), moved: moved };
}

return { read, go, failureAt, compare };
})();
