/*
 * What stands beside the map: callers, frames, and what has changed lately.
 */
const Panel = (() => {

const { $, make, set, table } = Dom;
const { PAGE, size, count, percent } = Space;
const { state, draw, show } = View;
const { hover } = Pointer;

const CHANGES = 8;		/* lines of the list of changes */
const changes = [];

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

/* --- changes --------------------------------------------------------------------- */

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

/* --- all of it ------------------------------------------------------------------- */

/* An earlier moment, of which no frames and no callers are known. */
function drawMoment(s) {
	Figures.draw(s);
	show(s);
	Details.draw();
	List.draw(s);
	hover();
}

function drawAll(s) {
	drawMoment(s);
	drawCallers(s);
	drawFrames(s);
	Chart.draw(s);
	drawChanges();
}

return { light, notice, drawSpaces, drawAll, drawMoment };
})();
