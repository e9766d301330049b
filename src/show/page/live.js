/*
 * Staying current, and what keys and buttons do.
 *
 * A page from a file cannot read files, not even its own.  But it can show itself
 * in a frame: each time the frame loads, the file is opened once more, and the
 * script in it (carrier.js) sends the data up.  The page has one such frame.  It
 * loads again some time after the last data came, but not while the page is paused
 * or hidden.
 *
 * The text of a machine that runs is newer each time.  A saved copy always has the time
 * at which it was made: then the page says that time, and does not look any more.  A
 * frame that has loaded and has sent nothing shows an error: the machine is gone.
 */
const Live = (() => {

const { $, make, set } = Dom;
const { state, draw, show, zoom, move } = View;
const { hover } = Pointer;
const { select } = Details;
const { light, notice, drawSpaces } = Panel;

const PERIOD = 750;	/* milliseconds from one look to the next */
const PATIENCE = 5000;	/* until the page gives up waiting for a look that does not end */
const FRESH = 2500;	/* how long a change stays marked */
const STATES = {
	first: '…',
	live: 'live',
	paused: 'paused',
	lost: 'connection lost: unmounted?',
};
const MADE = /"made": (\d+),/;	/* the first member of the data */
const source = window.location.href.replace(/[?#].*$/, '') + '?data';

const live = {
	frame: null,
	text: null,		/* the data as last read, to see whether it changed */
	paused: false,
	lost: false,
	lostAfter: 0,		/* milliseconds of the look that said so */
	made: 0,		/* when the text was made, in milliseconds of our time */
	seen: 'first',		/* 'live': a newer text came; 'saved': the same came again */
	timer: 0,
	space: null,		/* as last read; state.s may be an earlier moment of it */
	since: 0,		/* when the page began to wait for a look; 0: it does not wait */
};

function twoDigits(n) {
	return String(n).padStart(2, '0');
}

function timeText(ms) {
	const t = new Date(ms);

	return [t.getFullYear(), twoDigits(t.getMonth() + 1), twoDigits(t.getDate())].join('-') + ' ' +
		[t.getHours(), t.getMinutes(), t.getSeconds()].map(twoDigits).join(':');
}

function drawState() {
	const saved = live.seen === 'saved';
	const now = saved ? 'saved' : live.paused ? 'paused' : live.lost ? 'lost' : live.seen;
	const e = $('state');

	if (e.dataset.state !== now) {
		e.dataset.state = now;
		e.lastChild.textContent = saved ? 'as of ' + timeText(live.made) : STATES[now];
	}
	$('pause').hidden = saved;
	document.documentElement.dataset.saved = saved ? 'yes' : 'no';
	$('pause').setAttribute('aria-pressed', live.paused);
	set($('pause'), 'textContent', live.paused ? 'Go on' : 'Pause');
}

function later(ms) {
	clearTimeout(live.timer);
	live.timer = setTimeout(look, ms);
}

function look() {
	clearTimeout(live.timer);
	if (live.paused || document.hidden || live.seen === 'saved')
		return;
	live.since = performance.now();
	if (!live.frame) {
		live.frame = make('iframe');
		live.frame.name = 'vmallocfs-data';
		live.frame.hidden = true;
		live.frame.tabIndex = -1;
		live.frame.setAttribute('aria-hidden', 'true');
		live.frame.src = source;
		live.frame.addEventListener('load', loaded);
		document.body.append(live.frame);
	} else {
		/* Replaces the frame's entry in the history, so that Back leaves this page. */
		live.frame.contentWindow.location.replace(source);
	}
	live.timer = setTimeout(() => {
		lose();
		look();
	}, PATIENCE);
}

function lose() {
	if (!live.lost)
		live.lostAfter = performance.now() - live.since;
	live.since = 0;
	live.lost = live.seen !== 'saved';
	drawState();
	/* A frame that shows an error may have lost its name. */
	if (live.frame)
		live.frame.remove();
	live.frame = null;
}

/* What the frame's script sent arrives before this, unless there was none. */
function loaded() {
	const since = live.since;

	setTimeout(() => {
		if (!since || live.since !== since)
			return;
		lose();
		later(PERIOD);
	}, 50);
}

/* The text without the time at which it was made; notes that. */
function stamped(text) {
	const found = MADE.exec(text.slice(0, 64));
	const made = found ? Number(found[1]) : 0;

	if (live.made)
		live.seen = made === live.made ? 'saved' : 'live';
	live.made = made;
	return text.replace(MADE, '');
}

function arrived(event) {
	if (!live.frame || event.source !== live.frame.contentWindow || !live.since ||
		!event.data || typeof event.data.vmallocfs !== 'string')
		return;
	const took = performance.now() - live.since;

	live.since = 0;
	live.lost = false;
	const text = stamped(event.data.vmallocfs);

	if (!live.paused)
		update(text);
	drawState();
	later(Math.max(PERIOD - took, 4 * took));
}

function update(text) {
	const old = live.space;

	if (text === live.text && old) {
		Chart.draw(old);
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
	set($('theme'), 'textContent', 'Colours: ' + theme);
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

/* --- a slide --------------------------------------------------------------------- */

/* The map and the figures, large, and nothing else; or the page as it was. */
function slide(on) {
	const root = document.documentElement;

	root.dataset.slide = on === undefined ? root.dataset.slide !== 'yes' ? 'yes' : 'no' : on ? 'yes' : 'no';
	window.scrollTo(0, 0);
	if (state.s)
		show(state.s);
	Moment.redraw();
	hover();
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
		if (document.documentElement.dataset.slide === 'yes')
			return slide(false);
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
	f: () => slide(),
	'/': List.search,
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
	if (event.target.tagName === 'INPUT') {
		if (event.key === 'Escape')
			$('map').focus({ preventScroll: true });
		return;
	}
	if (button && (event.key === ' ' || event.key === 'Enter'))
		return;
	if (Guest.passOn(event)) {
		event.preventDefault();
		return;
	}
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
	if (t && t.what !== 'freed')
		select(t);
}

/* What was chosen elsewhere: its details, and the map where it is. */
function goTo(t) {
	select(t);
	View.reveal(t);
}

function start() {
	const map = $('map');

	setTheme(savedTheme());
	Guest.start();
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
	$('slide').onclick = () => slide();
	Moment.start();
	List.start({ show: goTo });
	update(stamped($('data').textContent));
	drawState();
	look();
}

return {
	PERIOD, PATIENCE, start, chooseNext,
	/* For those who look at the page from outside, such as its test. */
	lostAfter: () => live.lostAfter,
};
})();
