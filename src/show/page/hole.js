/*
 * What the page says of a hole: where it is, what lies on its two sides, and what would fit.
 */
const Hole = (() => {

const { make, table } = Dom;
const { PAGE, hex, size, count, firstEndingAfter } = Space;

/* What lies before and after a hole; null: an end of the window. */
function neighbours(s, hole) {
	const i = firstEndingAfter(s.things, hole.from);
	const before = i ? s.things[i - 1] : null;
	const after = i < s.things.length ? s.things[i] : null;

	return [before && before.to === hole.from ? before : null, after && after.from === hole.to ? after : null];
}

function neighbourCell(t, select) {
	if (!t)
		return 'the end of the window';
	if (t.what !== 'area')
		return t.name;
	const b = make('button', 'link', t.name);

	b.onclick = () => select(t);
	return b;
}

/* Every area has a guard page, but for a few that only kernels make. */
function largestRequest(hole) {
	return hole.to - hole.from - PAGE;
}

/* A line for each thing one may want to know of what would fit. */
function fits(s, hole) {
	const most = largestRequest(hole);
	const rows = [['a request', most > 0 ? 'up to ' + most.toLocaleString('en') + ' bytes (' + size(most) +
		', ' + count(most / PAGE, 'page') + ' and a guard)' : 'none: a page and its guard need two']];
	const single = s.areas.filter(t => !t.area.areas);
	const small = single.filter(t => t.to - t.from <= hole.to - hole.from).length;

	if (single.length)
		rows.push(['of the areas', small.toLocaleString('en') + ' of ' + single.length.toLocaleString('en') +
			' are no larger']);
	for (const [word, align] of [['64K', 1 << 16], ['2M', 1 << 21]]) {
		const first = Math.ceil(hole.from / align) * align;

		if (most >= align)
			rows.push(['aligned to ' + word, hole.to - first > PAGE ?
				'up to ' + size(hole.to - first - PAGE) + ' at ' + hex(first) : 'nothing']);
	}
	return rows;
}

/* The elements of a hole's details. */
function content(s, hole, select) {
	const [before, after] = neighbours(s, hole);

	return [table([
		['address', hex(hole.from)],
		['end', hex(hole.to)],
		['size', (hole.to - hole.from).toLocaleString('en') + ' bytes (' +
			count((hole.to - hole.from) / PAGE, 'page') + ')'],
		['before it', neighbourCell(before, select)],
		['after it', neighbourCell(after, select)],
	], 'pairs'), make('h3', '', 'What would fit'), table(fits(s, hole), 'pairs')];
}

return { neighbours, content };
})();
