/*
 * Staying current, and what keys and buttons do.
 *
 * A page from a file cannot read files, not even its own.  But it can show itself
 * in a frame: each time the frame loads, the file is opened once more, and the
 * script in it (carrier.js) sends the data up.  The page has one such frame.  It
 * loads again some time after the last data came, but not while the page is paused
 * or hidden.
 */
const Live = (() => {

const { $, make, set } = Dom;
const { state, draw, show, zoom, move, hover } = View;
const { select, light, notice, drawHistory, drawSpaces } = Panel;

const PERIOD = 1000;	/* milliseconds from one look to the next */
const PATIENCE = 5000;	/* until the page gives up waiting for a look */
const FRESH = 2500;	/* how long a change stays marked */
const STATES = {
	live: 'live',
	paused: 'paused',
	lost: 'connection lost: unmounted?',
};
const source = window.location.href.replace(/[?#].*$/, '') + '?data';

const live = {
	frame: null,
	text: null,		/* the data as last read, to see whether it changed */
	paused: false,
	lost: false,
	timer: 0,
	space: null,		/* as last read; state.s may be an earlier moment of it */
	since: 0,		/* when the page began to wait for a look; 0: it does not wait */
};

function drawState() {
	const now = live.paused ? 'paused' : live.lost ? 'lost' : 'live';
	const e = $('state');

	if (e.dataset.state !== now) {
		e.dataset.state = now;
		e.lastChild.textContent = STATES[now];
	}
	$('pause').setAttribute('aria-pressed', live.paused);
	set($('pause'), 'textContent', live.paused ? 'Go on' : 'Pause');
}

function later(ms) {
	clearTimeout(live.timer);
	live.timer = setTimeout(look, ms);
}

function look() {
	clearTimeout(live.timer);
	if (live.paused || document.hidden)
		return;
	live.since = performance.now();
	if (!live.frame) {
		live.frame = make('iframe');
		live.frame.name = 'vmallocfs-data';
		live.frame.hidden = true;
		live.frame.tabIndex = -1;
		live.frame.setAttribute('aria-hidden', 'true');
		live.frame.src = source;
		document.body.append(live.frame);
	} else {
		/* Replaces the frame's entry in the history, so that Back leaves this page. */
		live.frame.contentWindow.location.replace(source);
	}
	live.timer = setTimeout(() => {
		live.since = 0;
		live.lost = true;
		drawState();
		/* A frame that shows an error may have lost its name. */
		live.frame.remove();
		live.frame = null;
		look();
	}, PATIENCE);
}

function arrived(event) {
	if (!live.frame || event.source !== live.frame.contentWindow || !live.since ||
		!event.data || typeof event.data.vmallocfs !== 'string')
		return;
	const took = performance.now() - live.since;

	live.since = 0;
	live.lost = false;
	if (!live.paused)
		update(event.data.vmallocfs);
	drawState();
	later(Math.max(PERIOD - took, 4 * took));
}

function update(text) {
	const old = live.space;

	if (text === live.text && old) {
		drawHistory(old);
		return;
	}
	let data;

	try {
		data = JSON.parse(text);
	} catch (e) {
		return;		/* the file was cut short while the machine changed; the next one will be whole */
	}
	live.text = text;
	const s = Space.read(data, state.space);

	if (old && old.name === s.name)
		notice(old, s);
	live.space = s;
	drawSpaces(s, choose);
	Moment.arrived(s);
	if (state.fresh.size)
		setTimeout(fade, FRESH + 50);
}

/* Shows another space of the data that are there. */
function choose(name) {
	const s = Space.read(live.space.data, name);

	state.space = s.name;
	state.byHand = false;
	state.current = null;
	select(null);
	window.scrollTo(0, 0);
	live.space = s;
	drawSpaces(s, choose);
	Moment.chosen(s);
}

function chooseNext() {
	const names = live.space.data.spaces.map(w => w.name);

	choose(names[(names.indexOf(live.space.name) + 1) % names.length]);
}

function fade() {
	const now = performance.now();

	state.fresh.forEach((since, key) => {
		if (now - since >= FRESH)
			state.fresh.delete(key);
	});
	draw();
	hover();
}

function pause() {
	live.paused = !live.paused;
	live.since = 0;
	drawState();
	look();
}

/* --- colours -------------------------------------------------------------------- */

const THEMES = ['auto', 'light', 'dark'];

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	set($('theme'), 'textContent', theme[0].toUpperCase() + theme.slice(1));
	try {
		window.localStorage.setItem('vmallocfs-theme', theme);
	} catch (e) {
		/* the choice is then forgotten */
	}
}

function nextTheme() {
	const now = document.documentElement.dataset.theme;

	setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

function savedTheme() {
	try {
		const theme = window.localStorage.getItem('vmallocfs-theme');

		return THEMES.includes(theme) ? theme : 'auto';
	} catch (e) {
		return 'auto';
	}
}

/* --- keys and buttons ------------------------------------------------------------- */

function openCurrent() {
	const t = state.s.byKey.get(state.current);

	if (t)
		select(t);
}

const KEYS = {
	' ': pause,
	Escape: () => {
		select(null);
		if (state.caller !== null)
			light(state.caller);
	},
	'+': () => zoom(0.5),
	'=': () => zoom(0.5),
	'-': () => zoom(2),
	0: () => zoom(0),
	t: nextTheme,
	s: chooseNext,
};

/*
 * Whether a key is one of the time line.  The arrows are the map's where it has the
 * focus, and while the page is live and an area was chosen.
 */
function steps(event) {
	const onMap = event.target === $('map') ||
		(event.target === document.body && state.current && !Moment.inPast());

	return /^[plc]$/.test(event.key) || (/^(ArrowLeft|ArrowRight|Home|End)$/.test(event.key) && !onMap);
}

function key(event) {
	const button = event.target.closest('button');

	if (event.ctrlKey || event.altKey || event.metaKey || !state.s || event.target.tagName === 'SELECT')
		return;
	if (button && (event.key === ' ' || event.key === 'Enter'))
		return;
	if (steps(event)) {
		if (Moment.key(event))
			event.preventDefault();
		return;
	}
	if (event.key === 'Enter') {
		openCurrent();
	} else if (/^(Arrow|Home$|End$)/.test(event.key)) {
		if (event.target !== $('map') && event.target !== document.body)
			return;
		/* Outside of the map these keys scroll as usual, until an area is chosen. */
		if (event.target !== $('map')) {
			if (!state.current)
				return;
			$('map').focus({ preventScroll: true });
		}
		move(event.key);
	} else if (KEYS[event.key]) {
		KEYS[event.key]();
	} else {
		return;
	}
	event.preventDefault();
}

function click(event) {
	const t = event.target.thing;

	$('map').focus({ preventScroll: true });
	if (t && t.what === 'area')
		select(t);
}

function start() {
	const map = $('map');

	setTheme(savedTheme());
	window.addEventListener('message', arrived);
	window.addEventListener('keydown', key);
	window.addEventListener('scroll', () => { draw(); hover(); }, { passive: true });
	window.addEventListener('resize', () => {
		if (state.s)
			show(state.s);
		Moment.redraw();
		hover();
	});
	document.addEventListener('visibilitychange', () => {
		live.since = 0;
		look();
	});
	map.addEventListener('click', click);
	map.addEventListener('focus', () => draw());
	map.addEventListener('pointermove', e => {
		state.pointer = { x: e.clientX, y: e.clientY };
		hover();
	});
	map.addEventListener('pointerleave', () => {
		state.pointer = null;
		hover();
	});
	$('pause').onclick = pause;
	$('in').onclick = () => zoom(0.5);
	$('out').onclick = () => zoom(2);
	$('fit').onclick = () => zoom(0);
	$('theme').onclick = nextTheme;
	Moment.start();
	update($('data').textContent);
	drawState();
	later(PERIOD);
}

return { PERIOD, start };
})();
