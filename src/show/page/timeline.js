/*
 * A time line: a strip of events, and what steps along it.
 *
 * It knows events and the place among them, and calls back when the place changes.  So it
 * serves any page that has events: it is given the element it is drawn in.
 *
 *	const line = Timeline.make(element, { show: at => ..., live: () => ..., pin: at => ... });
 *
 * Without `live` there is no now to go back to, and without `pin` nothing to compare.
 *
 *	line.setEvents(events);		// at the end of them, unless it was put elsewhere
 *	line.key(event);		// true: it was a key of the time line
 */
const Timeline = (() => {

const { make, set, canvasContext, canvasColour } = Dom;
const SPEEDS = [1, 5, 20];
const STRIP = 28;	/* height in pixels, as in the style */

function seconds(us) {
	return (us / 1e6).toFixed(3) + ' s';
}

function button(text, title, action) {
	const b = make('button', '', text);

	b.title = title;
	b.onclick = action;
	return b;
}

/* What was said last, up to a moment; says are the places of all that was said. */
function captionAt(events, says, at) {
	let caption = '';

	for (const i of says)
		if (i < at)
			caption = events[i].text;
	return caption;
}

/* A tick for each event, as far as they can be told apart; failures and what was said on top. */
function paint(canvas, events, at, pinned) {
	const width = canvas.clientWidth;
	const c = canvasContext(canvas, STRIP);
	const x = i => events.length ? (i + 0.5) / events.length * width : 0;
	const wide = Math.max(1, Math.min(6, width / Math.max(1, events.length) - 1));

	for (const failures of [false, true]) {
		c.fillStyle = canvasColour(canvas, failures ? '--bad' : '--vmalloc');
		events.forEach((e, i) => {
			if ((e.what === 'fail') === failures)
				c.fillRect(x(i) - wide / 2, failures ? 0 : 10, wide, STRIP);
		});
	}
	c.fillStyle = canvasColour(canvas, '--ink');
	events.forEach((e, i) => {
		if (e.what === 'say')
			c.fillRect(x(i) - 1.5, 0, 3, 8);
	});
	const mark = (i, colour) => {
		const where = i ? x(i - 1) + Math.max(wide, 2) / 2 : 0;

		c.fillStyle = canvasColour(canvas, colour);
		c.fillRect(Math.min(width - 2, where), 0, 2, STRIP);
	};

	if (pinned !== null)
		mark(pinned, '--fresh');
	mark(at, '--ink');
}

function makeTimeline(element, calls) {
	const line = { events: [], says: [], at: 0, live: true, pinned: null, timer: 0, speed: SPEEDS[0] };
	const canvas = make('canvas', 'strip');
	const caption = make('p', 'caption');
	const where = make('span', 'where');
	const play = button('Play', 'Play the events from here on (p)', () => toggle());
	const speed = make('select');
	const live = button('Now', 'Back to the last moment (l)', () => toLive());
	const pin = button('Pin', 'Pin this moment, to compare another one with it (c)', () => togglePin());

	function draw() {
		const e = line.at ? line.events[line.at - 1] : null;

		paint(canvas, line.events, line.at, line.pinned);
		set(caption, 'textContent', captionAt(line.events, line.says, line.at));
		caption.hidden = !caption.textContent;
		set(where, 'textContent', !line.events.length ? 'No event yet.' : !e ?
			'Before event ' + line.events[0].seq :
			'Event ' + e.seq + ' of ' + line.events[line.events.length - 1].seq +
			(e.us === null ? '' : ', ' + seconds(e.us)));
		canvas.setAttribute('aria-valuemax', line.events.length);
		canvas.setAttribute('aria-valuenow', line.at);
		live.setAttribute('aria-pressed', line.live);
		pin.setAttribute('aria-pressed', line.pinned !== null);
		set(play, 'textContent', line.timer ? 'Stop' : 'Play');
		element.dataset.at = line.at;
	}

	function stop() {
		clearInterval(line.timer);
		line.timer = 0;
	}

	function goTo(at) {
		line.at = Math.max(0, Math.min(line.events.length, at));
		line.live = false;
		draw();
		calls.show(line.at);
	}

	function toLive() {
		stop();
		line.live = true;
		line.at = line.events.length;
		draw();
		calls.live();
	}

	function step() {
		if (line.at >= line.events.length) {
			stop();
			draw();
			return;
		}
		goTo(line.at + 1);
	}

	function toggle() {
		if (line.timer) {
			stop();
		} else {
			if (line.at >= line.events.length)
				goTo(0);
			line.timer = setInterval(step, 1000 / line.speed);
		}
		draw();
	}

	function togglePin() {
		line.pinned = line.pinned === null ? line.at : null;
		draw();
		calls.pin(line.pinned);
	}

	function drag(event) {
		const box = canvas.getBoundingClientRect();

		if (event.type === 'pointermove' && !event.buttons)
			return;
		if (event.type === 'pointerdown')
			canvas.setPointerCapture(event.pointerId);
		stop();
		goTo(Math.round((event.clientX - box.left) / Math.max(1, box.width) * line.events.length));
	}

	/* The same moment, where older events are gone and newer ones have come. */
	line.setEvents = events => {
		const e = line.at ? line.events[line.at - 1] : null;
		const first = events.length ? events[0].seq : 0;
		const moved = at => Math.max(0, at + (line.events.length ? line.events[0].seq - first : 0));

		if (line.pinned !== null)
			line.pinned = moved(line.pinned);
		line.at = line.live ? events.length : e ? Math.max(0, e.seq - first + 1) : 0;
		line.at = Math.min(events.length, line.at);
		line.events = events;
		line.says = Array.from(events.keys()).filter(i => events[i].what === 'say');
		element.hidden = !events.length;
		draw();
	};

	line.key = event => {
		const far = event.shiftKey ? 10 : 1;
		const keys = {
			ArrowLeft: () => goTo(line.at - far), ArrowRight: () => goTo(line.at + far),
			Home: () => goTo(0), End: () => goTo(line.events.length),
			p: toggle, l: calls.live && toLive, c: calls.pin && togglePin,
		};

		if (!line.events.length || !keys[event.key])
			return false;
		if (event.key.length > 1)
			stop();
		keys[event.key]();
		return true;
	};
	line.draw = draw;
	line.goTo = at => {
		stop();
		goTo(at);
	};

	SPEEDS.forEach(n => {
		const option = make('option', '', n + ' a second');

		option.value = n;
		speed.append(option);
	});
	speed.setAttribute('aria-label', 'Speed');
	speed.onchange = () => {
		line.speed = Number(speed.value);
		if (line.timer) {
			toggle();
			toggle();
		}
	};
	canvas.tabIndex = 0;
	canvas.setAttribute('role', 'slider');
	canvas.setAttribute('aria-label', 'Events');
	canvas.setAttribute('aria-valuemin', 0);
	canvas.addEventListener('pointerdown', drag);
	canvas.addEventListener('pointermove', drag);
	const bar = make('div', 'controls');

	bar.append(button('|◀', 'The first moment (Home)', () => { stop(); goTo(0); }),
		button('◀', 'One event back (←; ten with Shift)', () => { stop(); goTo(line.at - 1); }),
		button('▶', 'One event on (→; ten with Shift)', () => { stop(); goTo(line.at + 1); }),
		button('▶|', 'The last moment (End)', () => { stop(); goTo(line.events.length); }),
		play, speed, ...(calls.pin ? [pin] : []), ...(calls.live ? [live] : []), where);
	caption.setAttribute('role', 'status');
	element.replaceChildren(caption, canvas, bar);
	element.hidden = true;
	return line;
}

return { make: makeTimeline, seconds };
})();
