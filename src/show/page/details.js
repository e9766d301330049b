/*
 * The details of what was clicked: an area with its frames and its walk through the page
 * tables, or a hole (hole.js).
 */
const Details = (() => {

const { $, make, table } = Dom;
const { PAGE, WORD_OF, size, count } = Space;
const { state, draw, sentence } = View;

const LEVELS = ['PGD', 'P4D', 'PUD', 'PMD', 'PTE'];
const BITS = [
	[0, 'present'], [1, 'writable'], [2, 'user'], [3, 'write-through'], [4, 'uncached'],
	[5, 'accessed'], [6, 'dirty'], [8, 'global'], [63, 'no-execute'],
];

/* The level is counted from the leaves: 0 is a PTE's. */
function entryWords(entry, level) {
	const words = BITS.filter(b => entry >> BigInt(b[0]) & 1n).map(b => b[1]);

	if ((level === 1 || level === 2) && entry >> 7n & 1n)
		words.push('large page');
	if (!(entry & 1n))
		words.unshift(entry ? 'not present' : 'empty');
	return words.join(' ');
}

/* The page tables have so many levels; with four there is no P4D, with three no PUD. */
function walkTable(a, levels) {
	const t = make('table', 'walk');
	const head = make('tr');

	['', 'entry', 'value'].forEach(h => head.append(make('th', '', h)));
	t.append(head);
	a.walk.forEach((step, i) => {
		const entry = BigInt(step[1]);
		const index = BigInt(a.start) >> BigInt(12 + 9 * (levels - 1 - i)) & 511n;
		const row = make('tr');
		const value = make('td');
		const frame = (entry & 0xffffffffff000n) >> 12n;
		const where = make('td', '', '0x' + BigInt(step[0]).toString(16));

		where.title = 'physical address of entry ' + index;
		value.append(make('code', '', step[1]),
			make('div', 'words', (entry & 1n ? 'frame ' + frame + ': ' : '') +
				entryWords(entry, levels - 1 - i)));
		row.append(make('th', '', (i ? LEVELS[LEVELS.length - levels + i] : 'PGD') + ' ' + index), where, value);
		t.append(row);
	});
	return t;
}

function runList(a) {
	const pages = (Number(a.size) - Number(a.guard)) / PAGE;
	const list = make('ul', 'runs');

	for (const [pfn, n] of a.runs)
		list.append(make('li', '', (pfn === null ? 'nothing mapped' : n > 1 ?
			'frames ' + pfn + '-' + (Number(pfn) + n - 1) : 'frame ' + pfn) +
			(n > 1 ? ' (' + count(n, 'page') + ')' : '')));
	if (a.runs_end < pages)
		list.append(make('li', 'more', '… ' + count(pages - a.runs_end, 'page') + ' more'));
	return list;
}

function areaRows(a, t) {
	const rows = [
		['address', a.start],
		['end', a.end],
		['size', a.size.toLocaleString('en') + ' bytes (' + size(a.size) + ')' +
			(a.areas ? '' : Number(a.guard) ? ', guard in it' : ', no guard')],
	];

	if (a.areas)
		return rows.concat([
			['areas', Number(a.areas).toLocaleString('en')],
			['first', a.first], ['last', a.last],
			['kinds', Space.kindsOf(a)],
			['guards', size(a.guards)],
			['holes', size(a.size - a.busy)],
			['pages', Number(a.pages).toLocaleString('en')],
		]);
	if (a.requested !== undefined)
		rows.push(['asked for', a.requested.toLocaleString('en') + ' bytes']);
	rows.push(['kind', WORD_OF[t.kind] + (a.file ? '' : ', no file')]);
	rows.push(['flags', a.flags.join(' ') || '-']);
	rows.push(['pages', Number(a.pages).toLocaleString('en')]);
	if (a.phys)
		rows.push(['physical', a.phys]);
	if (a.nodes)
		rows.push(['on nodes', a.nodes.map((n, i) => [n, i]).filter(x => x[0])
			.map(x => x[1] + ': ' + x[0]).join(', ') || '-']);
	return rows;
}

/* What a hole's details depend on: its bounds, and its neighbours' names. */
function printOf(t) {
	if (t.what !== 'hole')
		return JSON.stringify(t.area);
	return JSON.stringify([t.from, t.to, Hole.neighbours(state.s, t).map(n => n && n.name),
		state.s.areas.length]);
}

function titleOf(t) {
	if (t.what === 'hole')
		return 'Hole of ' + size(t.to - t.from);
	return t.area.areas ? count(t.area.areas, 'area') : t.name;
}

function drawDetails() {
	const panel = $('details');
	const t = Space.thingOf(state.s, state.selected);
	const text = !state.selected ? '' : t ? printOf(t) : 'gone' + state.selected;

	if (panel.text === text)
		return;
	panel.text = text;
	panel.hidden = !state.selected;
	if (!state.selected)
		return;
	if (!t) {
		panel.classList.add('gone');
		panel.querySelector('.fate').textContent = state.selected.startsWith('hole') ?
			'This hole is gone.' : 'This area is gone.';
		return;
	}
	const close = make('button', 'close', '×');
	const title = make('h2');
	const had = panel.contains(document.activeElement);

	title.append(make('i', 'swatch ' + t.kind), make('span', '', titleOf(t)));
	close.setAttribute('aria-label', 'Close the details');
	close.title = 'Close (Esc)';
	close.onclick = () => select(null);
	panel.classList.remove('gone');
	if (t.what === 'hole') {
		panel.replaceChildren(close, title, make('p', 'fate'), ...Hole.content(state.s, t, select));
	} else {
		panel.replaceChildren(close, title, make('p', 'fate'), table(areaRows(t.area, t), 'pairs'));
		drawFramesOf(panel, t);
	}
	if (had)
		close.focus();
}

/* Its frames, and how the page tables lead to the first of them. */
function drawFramesOf(panel, t) {
	if (t.area.runs)
		panel.append(make('h3', '', 'Frames'), runList(t.area));
	if (t.area.walk) {
		panel.append(make('h3', '', 'Page table walk of its first page'), walkTable(t.area, state.s.data.machine.levels));
		if (t.area.fault)
			panel.append(make('p', 'words', t.kind === 'ioremap' ?
				'The frame is device memory, not RAM.' :
				'A CPU ends here: ' + t.area.fault + '.'));
	}
}

function select(t) {
	const inside = $('details').contains(document.activeElement);

	state.selected = t ? t.key : null;
	if (t && t.what === 'area')
		state.current = t.key;
	drawDetails();
	draw();
	if (!t && inside)
		$('map').focus({ preventScroll: true });
	if (t)
		$('say').textContent = 'Details of ' + sentence(t);
}

return { draw: drawDetails, select };
})();
