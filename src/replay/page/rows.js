/*
 * The moments of a row: data in, ranges out.
 *
 * A moment is told as what differs from the one before (story_page.c), so it is made from
 * the last one that is kept, of which there is one in KEPT.
 *
 *	const row = Rows.read(data.rows[0]);
 *
 *	Rows.before(row.moments, 1000);		// the place of the last moment up to event 1000
 *	Rows.ranges(row, 7);			// [{ from, pages, kind }, ...], ascending
 */
const Rows = (() => {

const KEPT = 16;
const LAST = '0123456789abcdefghijklmnopqrstuv';
const MORE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZwxyz-_';
const KINDS = ['vmalloc', 'ioremap', 'lazy', 'pooled'];
const FIGURES = ['event', 'us', 'areas', 'bytes', 'holes', 'free', 'largest', 'failures', 'purges', 'joined', 'told'];
const DIGIT = new Map([...LAST, ...MORE].map((c, i) => [c, i]));

/* All numbers of a text. */
function numbers(text) {
	const all = [];
	let value = 0;
	let weight = 1;

	for (const c of text) {
		const digit = DIGIT.get(c);

		value += digit % 32 * weight;
		weight *= 32;
		if (digit < 32) {
			all.push(value);
			value = 0;
			weight = 1;
		}
	}
	return all;
}

function changed(before, text) {
	const told = numbers(text);
	const after = [];
	let from = 0;

	for (let i = 0; i < told.length;) {
		const [keep, drop, add] = told.slice(i, i + 3);

		i += 3;
		for (const r of before.slice(from, from + keep))
			after.push(r);
		from += keep + drop;
		for (let n = 0; n < add; n++, i += 2) {
			const last = after[after.length - 1];
			const end = last ? last.from + last.pages : 0;

			after.push({
				from: end + told[i], pages: Math.floor(told[i + 1] / 4), kind: KINDS[told[i + 1] % 4],
			});
		}
	}
	return after;
}

function read(data) {
	const row = Object.assign({}, data, { kept: new Map([[-1, []]]), at: -1, now: [] });

	row.moments = data.moments.map(m => Object.fromEntries(FIGURES.map((f, i) => [f, m[i]])));
	/* The most events from one moment to the next. */
	row.distance = row.moments.reduce((most, m, i) =>
		i ? Math.max(most, m.event - row.moments[i - 1].event) : most, 1);
	return row;
}

/* The ranges of a moment, by its place; [] of none. */
function ranges(row, at) {
	let i = row.at;

	if (at < i)
		for (i = Math.floor((at + 1) / KEPT) * KEPT - 1; !row.kept.has(i);)
			i -= KEPT;
	let now = i === row.at ? row.now : row.kept.get(i);
	while (i < at) {
		now = changed(now, row.moments[++i].told);
		if ((i + 1) % KEPT === 0)
			row.kept.set(i, now);
	}
	row.at = at;
	row.now = now;
	return now;
}

/* The place of the last of a list whose event is not after this one; -1: there is none. */
function before(list, event) {
	let low = 0;
	let high = list.length;

	while (low < high) {
		const mid = (low + high) >> 1;

		if (list[mid].event <= event)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

return { read, ranges, before };
})();
