/*
 * Two pages side by side, in step: map.html?with=FILE.
 *
 * Each is in a frame of its own, where it draws itself (guest.js).  This page has the
 * time line of both and tells them which moment to show, and how many bytes a row has.
 */
const Beside = (() => {

const { $, make, set } = Dom;

const file = window === window.parent && new URLSearchParams(window.location.search).get('with');
const here = window.location.href.replace(/[?#].*$/, '');
const pages = [];	/* { frame, events, bytes, shown }, left and right */
const beside = { line: null, steps: [], bytes: 0 };

function nameOf(url) {
	return decodeURIComponent(url.replace(/^.*\//, ''));
}

function tell(i, what) {
	pages[i].frame.contentWindow.postMessage({ beside: what }, '*');
}

function tellBoth(what) {
	pages.forEach((page, i) => tell(i, what));
}

/* A step as an event of the time line: a failure if one of the two failed. */
function eventOf(step, i) {
	const before = i ? beside.steps[i - 1] : [0, 0];
	const happened = pages.map((page, k) => (step[k] > before[k] ? page.events[step[k] - 1] : null));
	const e = happened[0] || happened[1];

	return {
		seq: i + 1, us: e.us, text: e.text,
		what: happened.some(h => h && h.what === 'fail') ? 'fail' : e.what,
	};
}

function show(at) {
	const step = at ? beside.steps[at - 1] : [0, 0];

	pages.forEach((page, i) => tell(i, { at: step[i] }));
	document.documentElement.dataset.step = step.join('/');
}

function pin(at) {
	const step = at ? beside.steps[at - 1] : [0, 0];

	pages.forEach((page, i) => tell(i, { pin: at === null ? null : step[i] }));
}

function scaleTo(bytes) {
	beside.bytes = bytes;
	tellBoth({ bytes: bytes });
}

/* Both pages have a scale of their own at first; the coarser one is taken for both. */
function fit() {
	scaleTo(Math.max(...pages.map(page => page.bytes)));
}

function key(event) {
	if (beside.line.key(event))
		return true;
	if (event.key === '+' || event.key === '=')
		scaleTo(Math.max(16384, beside.bytes / 2));
	else if (event.key === '-')
		scaleTo(beside.bytes * 2);
	else if (event.key === '0')
		fit();
	else if (event.key === 's')
		tellBoth({ key: 's' });
	else
		return false;
	return true;
}

function arrived(event) {
	const page = pages.find(p => p.frame.contentWindow === event.source);

	if (!page || !event.data || !event.data.guest)
		return;
	if (event.data.key) {
		key(event.data);
		return;
	}
	if (event.data.shown) {
		page.shown = event.data.shown;
		return;
	}
	const first = !page.events;

	page.events = event.data.events;
	page.bytes = event.data.bytes || page.bytes;
	if (!pages.every(p => p.events))
		return;
	beside.steps = Pairs.align(pages[0].events, pages[1].events);
	beside.line.setEvents(beside.steps.map(eventOf));
	if (first)
		fit();
	show(Number($('timeline').dataset.at));
}

function makePage(url) {
	const box = make('section', 'half');
	const frame = make('iframe');

	frame.name = 'vmallocfs-guest';
	frame.title = nameOf(url);
	frame.src = url;
	box.append(make('h2', '', nameOf(url)), frame);
	pages.push({ frame: frame, events: null, bytes: 0 });
	return box;
}

function start() {
	const halves = make('div', 'halves');
	const past = $('past');

	document.documentElement.dataset.beside = 'yes';
	set($('state').lastChild, 'textContent', '');
	halves.append(makePage(here), makePage(new URL(file, here).href));
	document.querySelector('header').replaceChildren(make('h1', '', nameOf(here) + ' and ' + nameOf(file) + ', in step'));
	document.querySelector('main').replaceChildren(halves, past);
	$('figures').remove();
	document.documentElement.dataset.theme = 'auto';
	beside.line = Timeline.make($('timeline'), { show: show, live: () => show(beside.steps.length), pin: pin });
	window.addEventListener('message', arrived);
	window.addEventListener('resize', () => beside.line.draw());
	window.addEventListener('keydown', event => {
		if (!event.ctrlKey && !event.altKey && !event.metaKey && !/^(SELECT|INPUT)$/.test(event.target.tagName) &&
			!(event.target.closest('button') && event.key === 'Enter') && key(event))
			event.preventDefault();
	});
}

return {
	wanted: !!file, start,
	/* For those who look at the page from outside, such as its test. */
	shown: () => pages.map(page => page.shown),
};
})();
