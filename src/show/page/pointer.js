/*
 * What the pointer is on: a tip beside it, and all pieces of that thing lit up.
 */
const Pointer = (() => {

const { $, make } = Dom;
const { WORD_OF, FREED, hex, size, count } = Space;
const { state } = View;

/* The lines of the tip for an element of the map; null: it has none. */
function tipText(e) {
	const t = e.thing;
	const range = r => hex(r.from) + '-' + hex(r.to);

	if (e.classList.contains('never'))
		return ['the last page of the window', 'never given out'];
	if (e.classList.contains('guard'))
		return ['guard page of ' + t.name, 'never mapped'];
	if (t && t.what === 'freed')
		return [FREED[t.kind], range(t), size(t.to - t.from) +
			(t.area.ranges > 1 ? ', ' + t.area.ranges + ' ranges' : '')];
	if (t && t.area.areas)
		return [count(t.area.areas, 'area') + ' drawn as one', range(t), Space.kindsOf(t.area),
			t.area.first + ' … ' + t.area.last];
	if (t && t.what === 'hole')
		return ['hole', range(t), size(t.to - t.from)];
	if (t)
		return [t.name, range(t), size(t.to - t.from) + ', ' +
			count(t.area.pages, 'page') + ', ' + (t.area.flags.join(' ') || WORD_OF[t.kind])];
	return null;
}

/* Called after each picture as well: what is below a pointer at rest may change. */
function hover() {
	const tip = $('tip');
	const p = state.pointer;
	const e = p && document.elementFromPoint(p.x, p.y);
	const text = e && e.closest('#map') && tipText(e);
	const key = text && e.thing ? e.thing.key : null;

	for (const old of document.querySelectorAll('.hovered'))
		if (!old.thing || old.thing.key !== key)
			old.classList.remove('hovered');
	tip.hidden = !text;
	if (!text)
		return;
	if (key)
		for (const piece of document.querySelectorAll('.piece'))
			if (piece.thing && piece.thing.key === key)
				piece.classList.add('hovered');
	tip.replaceChildren(...text.map((line, i) => make(i ? 'div' : 'b', '', line)));
	const left = Math.min(p.x + 14, window.innerWidth - tip.offsetWidth - 8);
	const below = p.y + 18 + tip.offsetHeight < window.innerHeight;

	tip.style.left = left + 'px';
	tip.style.top = (below ? p.y + 18 : p.y - tip.offsetHeight - 10) + 'px';
}

return { hover };
})();
