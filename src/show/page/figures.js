/*
 * Key figures of a space, and the legend of its map.
 */
const Figures = (() => {

const { $, make, set, setStyle } = Dom;
const { WORD_OF, FREED, size, percent } = Space;

function drawFigures(s) {
	const f = s.figures;
	const all = s.data.figures;
	const m = s.data.machine;
	const cards = [
		['areas', Number(f.areas).toLocaleString('en')],
		['mapped', size(f.mapped)],
		['guards', size(f.guards)],
		['holes', Number(f.holes).toLocaleString('en')],
		['largest hole', size(f.largest_hole)],
		['span fragmentation', percent(f.span_fragmentation), 'of the holes between the first and ' +
			'the last area, the part that the largest request cannot have; ' +
			percent(f.fragmentation) + ' over the whole window'],
		['unusable index', percent(f.unusable_index), 'of the free bytes, the part in holes that are too ' +
			'small for ' + f.unusable_pages + ' pages: ' + size(f.unusable) + ' in ' +
			Number(f.unusable_holes).toLocaleString('en')],
		['policy', all.policy],
	];
	const old = Array.from($('figures').children);

	if (Number(f.pooled))
		cards.splice(3, 0, [FREED.pooled, size(f.pooled)]);
	if (Number(f.lazy))
		cards.splice(3, 0, [FREED.lazy, size(f.lazy)]);
	/* Of an earlier moment they are not known. */
	if (Number(all.frames))
		cards.push(['free frames', percent(all.free_frames / all.frames)]);
	if (Number(f.failures))
		cards.push(['failures', Number(f.failures).toLocaleString('en')]);
	cards.forEach((c, i) => {
		let e = old[i];

		if (!e) {
			e = make('div', 'card');
			e.append(make('b'), make('span'));
			$('figures').append(e);
		}
		set(e.firstChild, 'textContent', c[1]);
		set(e.lastChild, 'textContent', c[0]);
		set(e, 'title', c[2] || '');
	});
	old.slice(cards.length).forEach(e => e.remove());
	setStyle($('figures'), '--cards', cards.length);
	set($('name'), 'textContent', s.name);
	set($('machine'), 'textContent', m.arch + ', ' + size(m.memory) + ' of memory' +
		(m.nodes > 1 ? ' in ' + m.nodes + ' nodes' : '') + ', window of ' +
		size(f.size) + (m.crashed ? ', crashed' : ''));
}

function drawLegend(s) {
	const legend = $('legend');
	const sums = {};
	const entry = (kind, words) => {
		const e = make('span', 'entry');

		e.append(make('i', 'swatch ' + kind), make('span', '', words));
		return e;
	};
	const entries = [];
	let merged = 0;

	for (const t of s.areas) {
		sums[t.kind] = (sums[t.kind] || 0) + (t.area.areas || 1);
		merged += t.area.areas || 0;
	}
	for (const kind in WORD_OF)
		if (sums[kind])
			entries.push(entry(kind, WORD_OF[kind] + ' ' + sums[kind].toLocaleString('en')));
	entries.push(entry('guard', 'guard page'));
	for (const kind in FREED)
		if (s.data[kind].length)
			entries.push(entry(kind, FREED[kind]));
	entries.push(entry('hole', 'hole'));
	if (s.usable < s.end)
		entries.push(entry('never', 'never given out'));
	const text = entries.map(e => e.textContent).join('|');

	if (legend.text !== text)
		legend.replaceChildren(...entries);
	legend.text = text;

	$('note').hidden = !merged && (s.areas.length > 0 || s.data.of_past);
	set($('note'), 'textContent', merged ?
		'There are too many areas for a page: ' + merged.toLocaleString('en') +
		' of them are drawn as ' +
		s.areas.filter(t => t.area.areas).length.toLocaleString('en') +
		' blocks of neighbours, which a click takes apart by kind. status.json has each.' :
		'There is no area yet. Make one: truncate -s 64K mnt/a');
}

function draw(s) {
	drawFigures(s);
	drawLegend(s);
}

return { draw };
})();
