/*
 * The page as one of two in another page's frames (beside.js): that page has the time
 * line and the keys, and this one shows what it is told.
 */
const Guest = (() => {

const active = window !== window.parent && window.name === 'vmallocfs-guest';
const KEYS = /^(Arrow(Left|Right)|Home|End|[plc]|\+|=|-|0|s)$/;

function say(what) {
	window.parent.postMessage(Object.assign({ guest: true }, what), '*');
}

/* What the page around needs to know of this one's events. */
function tell() {
	if (!active)
		return;
	say({
		events: Moment.events().map(e => ({ seq: e.seq, us: e.us, what: e.what, name: e.name, text: e.text })),
		bytes: View.state.byHand ? 0 : View.state.bytes,
	});
}

function obey(event) {
	const told = event.data && event.data.beside;

	if (event.source !== window.parent || !told)
		return;
	if (told.bytes)
		View.setBytes(told.bytes);
	if (told.at !== undefined) {
		Moment.goTo(told.at);
		say({ shown: { at: told.at, areas: Number(View.state.s.figures.areas),
			failed: !document.getElementById('failure').hidden, bytes: View.state.bytes } });
	}
	if (told.pin !== undefined)
		Moment.pin(told.pin);
	if (told.key === 's')
		Live.chooseNext();
}

/* True: the key is one of the page around. */
function passOn(event) {
	if (!active || !KEYS.test(event.key))
		return false;
	say({ key: event.key, shiftKey: event.shiftKey });
	return true;
}

function start() {
	if (!active)
		return;
	document.documentElement.dataset.guest = 'yes';
	window.addEventListener('message', obey);
}

return { start, tell, passOn };
})();
