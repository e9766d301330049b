/*
 * What stands around the map: key figures, the legend, the details of an area,
 * frames, and what happened while the page has been open.
 */
const Panel = (() => {

const { $, make, set, table, svg } = Dom;
const { PAGE, WORD_OF, FREED, size, count, percent } = Space;
const { state, draw, show, hover, sentence } = View;

const SAMPLES = 300;		/* of the history */
const CHANGES = 8;		/* lines of the list of changes */
const samples = [];		/* [fragmentation, largest hole in bytes] */
let sampled = null;		/* name of the space that they are of */
const changes = [];

/* --- figures and legend --------------------------------------------------------- */

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
		['free frames', Number(all.frames) ? percent(all.free_frames / all.frames) : '–'],
		['policy', all.policy],
	];
	const old = Array.from($('figures').children);

	if (Number(f.pooled))
		cards.splice(3, 0, [FREED.pooled, size(f.pooled)]);
	if (Number(f.lazy))
		cards.splice(3, 0, [FREED.lazy, size(f.lazy)]);
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
	const text = entries.map(e => e.textContent).join('|');

	if (legend.text !== text)
		legend.replaceChildren(...entries);
	legend.text = text;

	$('note').hidden = !merged && (s.areas.length > 0 || s.data.of_past);
	set($('note'), 'textContent', merged ?
		'There are too many areas for a page: ' + merged.toLocaleString('en') +
		' of them are drawn as ' +
		s.areas.filter(t => t.area.areas).length.toLocaleString('en') +
		' blocks of neighbours. status.json has each.' :
		'There is no area yet. Make one: truncate -s 64K mnt/a');
}

/* --- details ------------------------------------------------------------------- */

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

/* The page tables have so many levels; with four there is no P4D. */
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

function drawDetails() {
	const panel = $('details');
	const t = state.s.byKey.get(state.selected);
	const text = !state.selected ? '' : t ? JSON.stringify(t.area) : 'gone' + state.selected;

	if (panel.text === text)
		return;
	panel.text = text;
	panel.hidden = !state.selected;
	if (!state.selected)
		return;
	if (!t) {
		panel.classList.add('gone');
		panel.querySelector('.fate').textContent = 'This area is gone.';
		return;
	}
	const close = make('button', 'close', '×');
	const title = make('h2');
	const had = panel.contains(document.activeElement);

	title.append(make('i', 'swatch ' + t.kind), make('span', '', t.area.areas ? count(t.area.areas, 'area') : t.name));
	close.setAttribute('aria-label', 'Close the details');
	close.title = 'Close (Esc)';
	close.onclick = () => select(null);
	panel.classList.remove('gone');
	panel.replaceChildren(close, title, make('p', 'fate'), table(areaRows(t.area, t), 'pairs'));
	if (t.area.runs)
		panel.append(make('h3', '', 'Frames'), runList(t.area));
	if (t.area.walk) {
		panel.append(make('h3', '', 'Page table walk of its first page'), walkTable(t.area, state.s.data.machine.levels));
		if (t.area.fault)
			panel.append(make('p', 'words', t.kind === 'ioremap' ?
				'The frame is device memory, not RAM.' :
				'A CPU ends here: ' + t.area.fault + '.'));
	}
	if (had)
		close.focus();
}

function select(t) {
	const inside = $('details').contains(document.activeElement);

	state.selected = t ? t.key : null;
	if (t)
		state.current = t.key;
	drawDetails();
	draw();
	if (!t && inside)
		$('map').focus({ preventScroll: true });
	if (t)
		$('say').textContent = 'Details of ' + sentence(t);
}

/* --- callers -------------------------------------------------------------------- */

/* Lights up the areas of a caller; a second time puts the light out. */
function light(name) {
	state.caller = state.caller === name ? null : name;
	for (const b of $('callers').querySelectorAll('button'))
		b.setAttribute('aria-pressed', b.caller === state.caller);
	set($('say'), 'textContent', state.caller === null ? 'All areas' : 'Areas of ' + name);
	draw();
}

function callerButton(c) {
	const b = make('button', '', c.caller);

	b.caller = c.caller;
	b.title = 'Light up its areas; the largest has ' + size(c.largest);
	b.setAttribute('aria-pressed', c.caller === state.caller);
	b.onclick = () => light(c.caller);
	return b;
}

function drawCallers(s) {
	const panel = $('callers');
	const list = s.data.callers;
	const text = JSON.stringify([list, s.data.callers_more]);
	const focused = panel.contains(document.activeElement) && document.activeElement.caller;

	if (panel.text === text)
		return;
	panel.text = text;
	panel.hidden = !list.length;
	if (state.caller !== null && !list.some(c => c.caller === state.caller))
		light(state.caller);
	panel.replaceChildren(make('h2', '', 'Who uses it'), table(list.map(c =>
		[callerButton(c), count(c.areas, 'area'), size(c.bytes)]), 'use'));
	if (s.data.callers_more)
		panel.append(make('p', 'words', count(s.data.callers_more, 'more caller') +
			' in sys/kernel/mm/vmalloc/callers'));
	for (const b of panel.querySelectorAll('button'))
		if (b.caller === focused)
			b.focus();
}

/* --- frames -------------------------------------------------------------------- */

function bar(parts, total, label) {
	const e = make('div', 'stack');

	e.setAttribute('role', 'img');
	e.setAttribute('aria-label', label);
	for (const [kind, n, words] of parts) {
		const part = make('i', 'part ' + kind);

		part.style.width = 100 * n / Math.max(1, total) + '%';
		part.title = words;
		e.append(part);
	}
	return e;
}

function orders(zone) {
	const most = Math.max(1, ...zone.blocks.map((n, order) => n * Math.pow(2, order)));
	const e = make('div', 'orders');

	zone.blocks.forEach((n, order) => {
		const share = n * Math.pow(2, order) / most;
		const column = make('div', 'order');
		const fill = make('i');

		fill.style.height = n ? Math.max(2, 28 * share) + 'px' : '0';
		column.title = count(n, 'free block') + ' of order ' + order + ' (' +
			size(PAGE * Math.pow(2, order)) + ')';
		column.append(fill, make('span', '', String(order)));
		e.append(column);
	});
	e.setAttribute('role', 'img');
	e.setAttribute('aria-label', 'Free blocks by order: ' +
		zone.blocks.map((n, order) => order + ': ' + n).join(', '));
	return e;
}

function drawFrames(s) {
	const d = s.data;
	const total = Number(d.figures.frames);
	const use = d.use;
	const free = Number(d.figures.free_frames);
	const other = Math.max(0, total - free - use.areas - use.arrays - use.tables);
	const text = JSON.stringify([d.zones, use, free]);
	const panel = $('frames');
	const part = (kind, n, word) => [kind, n, count(n, 'frame') + ' ' + word];
	const parts = [
		part('vmalloc', use.areas, 'of areas'),
		part('pages', use.arrays, 'of page arrays'),
		part('tables', use.tables, 'of page tables'),
		part('other', other, 'reserved or held by mappings alone'),
		part('free', free, 'free'),
	];

	if (panel.text === text)
		return;
	panel.text = text;
	panel.replaceChildren(make('h2', '', 'Page frames'),
		bar(parts, total, parts.map(p => p[2]).join(', ')),
		table(parts.filter(p => p[1]).map(p => {
			const swatch = make('span');

			swatch.append(make('i', 'swatch ' + p[0]), p[2].replace(/^\S+ \S+ /, ''));
			return [swatch, p[1].toLocaleString('en'), size(p[1] * PAGE)];
		}), 'use'));
	d.zones.filter(z => z.managed).slice(0, 24).forEach(z => {
		const zone = make('div', 'zone');
		const taken = z.managed - z.free;

		zone.append(make('h3', '', (d.machine.nodes > 1 ? 'Node ' + z.node + ', ' : '') +
			z.name + ': ' + size(z.managed * PAGE) + ', ' +
			size(z.free * PAGE) + ' free'),
			bar([['taken', taken - z.tables, count(taken - z.tables, 'frame') + ' of data'],
				['tables', z.tables, count(z.tables, 'frame') + ' of page tables'],
				['free', z.free, count(z.free, 'frame') + ' free']], z.managed,
			percent(taken / z.managed) + ' in use'),
			orders(z));
		panel.append(zone);
	});
	panel.append(make('p', 'words', 'Free blocks by order, as tall as the memory in them.'));
}

/* --- history and changes -------------------------------------------------------- */

function line(values, most, className) {
	const step = 320 / (Math.max(60, values.length) - 1);
	const from = 320 - (values.length - 1) * step;

	return svg('polyline', {
		class: className, fill: 'none', 'vector-effect': 'non-scaling-stroke',
		points: values.map((v, i) =>
			(from + i * step).toFixed(1) + ',' + (58 - 56 * v / (most || 1)).toFixed(1)).join(' '),
	});
}

function drawHistory(s) {
	const f = s.figures;
	const panel = $('history');
	const hole = Number(f.largest_hole);

	if (sampled !== s.name)
		samples.length = 0;
	sampled = s.name;
	samples.push([f.span_fragmentation, hole]);
	if (samples.length > SAMPLES)
		samples.shift();
	const most = Math.max(...samples.map(h => h[1]));
	const picture = svg('svg', {
		viewBox: '0 0 320 60', preserveAspectRatio: 'none', role: 'img',
		'aria-label': 'Fragmentation ' + percent(f.span_fragmentation) + ', largest hole ' +
			size(hole) + ', at most ' + size(most) + ' so far',
	});
	const key = make('p', 'words');

	picture.append(line(samples.map(h => h[1]), most, 'hole-line'),
		line(samples.map(h => h[0]), 1, 'frag-line'));
	key.append(make('i', 'dash frag'), 'fragmentation ' + percent(f.span_fragmentation) + '  ',
		make('i', 'dash hole'), 'largest hole ' + size(hole) + ' of ' + size(most));
	panel.replaceChildren(make('h2', '', 'While this page is open'), picture, key);
}

/* Compares two states of the machine: marks what is new for a while, and lists it. */
function notice(before, now) {
	const at = performance.now();
	const news = [];
	const blocks = now.areas.concat(before.areas).some(t => t.area.areas);

	for (const t of now.areas) {
		const old = before.byKey.get(t.key);

		if (old && old.print === t.print)
			continue;
		state.fresh.set(t.key, at);
		if (!blocks)
			news.push([!old || old.name !== t.name ? '+' : old.from === t.from ? '~' : '→', t]);
	}
	for (const t of before.areas) {
		const later = now.byKey.get(t.key);

		if (!blocks && (!later || later.name !== t.name))
			news.push(['−', t]);
	}
	if (blocks && before.figures.areas !== now.figures.areas) {
		const n = now.figures.areas - before.figures.areas;

		changes.unshift([n > 0 ? '+' : '−', count(Math.abs(n), 'area'), new Date()]);
	}
	for (const [sign, t] of news.slice(0, CHANGES))
		changes.unshift([sign, t.name + '  ' + size(t.to - t.from), new Date()]);
	if (news.length > CHANGES)
		changes.unshift(['…', count(news.length - CHANGES, 'more change'), new Date()]);
	changes.length = Math.min(changes.length, CHANGES);
}

const WORDS = { '+': 'new', '−': 'freed', '~': 'resized', '→': 'moved', '…': '' };

function drawChanges() {
	const panel = $('changes');

	panel.hidden = !changes.length;
	panel.replaceChildren(make('h2', '', 'Last changes'), table(changes.map(c => {
		const sign = make('span', 'sign', c[0]);

		sign.setAttribute('aria-label', WORDS[c[0]]);
		return [sign, c[1], c[2].toLocaleTimeString('en-GB')];
	}), 'news'));
}

/* A button for each space, with how many areas it has. */
function drawSpaces(s, choose) {
	const panel = $('spaces');

	panel.hidden = s.data.spaces.length < 2;
	while (panel.children.length < s.data.spaces.length)
		panel.append(make('button'));
	s.data.spaces.forEach((w, i) => {
		const b = panel.children[i];

		set(b, 'textContent', w.name + ' ' + Number(w.areas).toLocaleString('en'));
		b.setAttribute('aria-pressed', w.name === s.name);
		b.title = 'Show the space of ' + w.name + ' (s)';
		b.onclick = () => choose(w.name);
	});
}

/* An earlier moment, of which no frames and no callers are known. */
function drawMoment(s) {
	drawFigures(s);
	drawLegend(s);
	show(s);
	drawDetails();
	hover();
}

function drawAll(s) {
	drawFigures(s);
	drawLegend(s);
	show(s);
	drawDetails();
	drawCallers(s);
	drawFrames(s);
	drawHistory(s);
	drawChanges();
	hover();
}

return { select, light, notice, drawHistory, drawSpaces, drawAll, drawMoment };
})();
