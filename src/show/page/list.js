/*
 * A list of the areas: it can be searched and sorted, and a click goes to the area.
 */
const List = (() => {

const { $, make, set } = Dom;
const { size, count, hex } = Space;

const LINES = 100;	/* that are shown at most */
const COLUMNS = [
	['name', 'Name', (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)],
	['size', 'Size', (a, b) => b.to - b.from - (a.to - a.from)],
	['from', 'Address', (a, b) => a.from - b.from],
];

const list = { by: 'from', back: false, calls: null, s: null, text: null };

function matches(t, word) {
	if (!word)
		return true;
	return [t.name, t.area.first, t.area.last, hex(t.from)].concat(t.callers)
		.some(text => text && text.toLowerCase().includes(word));
}

function found() {
	const word = $('search').value.trim().toLowerCase();
	const compare = COLUMNS.find(c => c[0] === list.by)[2];
	const areas = list.s.areas.filter(t => matches(t, word));

	areas.sort((a, b) => (list.back ? compare(b, a) : compare(a, b)) || a.from - b.from);
	return areas;
}

function lineOf(t) {
	const tr = make('tr');
	const b = make('button', 'link', t.area.areas ? count(t.area.areas, 'area') : t.name);

	b.onclick = () => list.calls.show(t);
	b.title = t.area.areas ? t.area.first + ' to ' + t.area.last : t.name;
	const name = make('td');

	name.append(make('i', 'swatch ' + t.kind), b);
	tr.append(name, make('td', 'number', size(t.to - t.from)), make('td', 'at', hex(t.from)));
	return tr;
}

function sortBy(by) {
	list.back = list.by === by && !list.back;
	list.by = by;
	drawLines();
}

function drawLines() {
	const areas = found();
	const body = $('list').querySelector('tbody');
	const text = areas.slice(0, LINES).map(t => [t.key, t.print, t.kind].join()).join('|') + areas.length;

	for (const th of $('list').querySelectorAll('th'))
		th.setAttribute('aria-sort', th.by !== list.by ? 'none' : list.back ? 'descending' : 'ascending');
	if (list.text === text)
		return;
	list.text = text;
	body.replaceChildren(...areas.slice(0, LINES).map(lineOf));
	set($('list').querySelector('.words'), 'textContent', areas.length > LINES ?
		'and ' + (areas.length - LINES).toLocaleString('en') + ' more' :
		areas.length ? '' : 'No area matches.');
}

/* New data.  The lines are made when they can be seen. */
function draw(s) {
	const panel = $('list');

	list.s = s;
	panel.hidden = !s.areas.length;
	set(panel.querySelector('summary'), 'textContent', 'Areas: ' +
		Number(s.figures.areas).toLocaleString('en'));
	if (panel.querySelector('details').open)
		drawLines();
}

/* calls.show: goes to an area. */
function start(calls) {
	const panel = $('list');
	const details = make('details');
	const search = make('input');
	const table = make('table', 'list');
	const head = make('tr');

	list.calls = calls;
	search.id = 'search';
	search.type = 'search';
	search.placeholder = 'Name, caller or address (/)';
	search.setAttribute('aria-label', 'Search the areas');
	search.oninput = drawLines;
	for (const [by, title] of COLUMNS) {
		const th = make('th');
		const b = make('button', 'link', title);

		th.by = by;
		b.title = 'Sort by it; a second time the other way round';
		b.onclick = () => sortBy(by);
		th.append(b);
		head.append(th);
	}
	table.append(make('thead'), make('tbody'));
	table.firstChild.append(head);
	details.append(make('summary', '', 'Areas'), search, table, make('p', 'words'));
	details.addEventListener('toggle', () => {
		if (details.open && list.s)
			drawLines();
	});
	panel.replaceChildren(details);
}

function search() {
	$('list').querySelector('details').open = true;
	$('search').focus();
}

return { start, draw, search };
})();
