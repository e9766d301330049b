/* Elements of the page: how they are found, made, and changed. */
const Dom = (() => {

const $ = id => document.getElementById(id);

function make(tag, className, text) {
	const e = document.createElement(tag);

	if (className)
		e.className = className;
	if (text !== undefined)
		e.textContent = text;
	return e;
}

/* Changes an element only where it differs, so that nothing flickers or is laid out anew. */
function set(e, property, value) {
	if (e[property] !== value)
		e[property] = value;
}

/* The same of an attribute; the element remembers it, which is faster than asking the page. */
function setAttribute(e, name, value) {
	e.attributesSet = e.attributesSet || {};
	if (e.attributesSet[name] !== value) {
		e.attributesSet[name] = value;
		e.setAttribute(name, value);
	}
}

/* And of where it stands, which nothing else may change. */
function place(e, left, width) {
	const where = left.toFixed(1) + 'px ' + width.toFixed(1) + 'px';

	if (e.where === where)
		return;
	e.where = where;
	[e.style.left, e.style.width] = where.split(' ');
}

/* And of a property of the style sheet: a change of it styles all that is below anew. */
function setStyle(e, name, value) {
	if (e.style.getPropertyValue(name) !== String(value))
		e.style.setProperty(name, value);
}

function table(rows, className) {
	const t = make('table', className);

	for (const cells of rows) {
		const tr = make('tr');

		cells.forEach((c, i) => {
			const cell = make(i ? 'td' : 'th');

			if (c instanceof Node)
				cell.append(c);
			else
				cell.textContent = c;
			tr.append(cell);
		});
		t.append(tr);
	}
	return t;
}

function svg(tag, attributes) {
	const e = document.createElementNS('http://www.w3.org/2000/svg', tag);

	for (const name in attributes)
		e.setAttribute(name, attributes[name]);
	return e;
}

/* Clears a canvas, as wide as it is laid out, and lets one draw in pixels of the page. */
function canvasContext(canvas, height) {
	const scale = window.devicePixelRatio || 1;
	const c = canvas.getContext('2d');

	canvas.width = canvas.clientWidth * scale;
	canvas.height = height * scale;
	c.scale(scale, scale);
	return c;
}

/* A colour of the style as a canvas takes it: light-dark() is resolved only in an element. */
function canvasColour(canvas, name) {
	canvas.style.color = 'var(' + name + ')';
	return getComputedStyle(canvas).color;
}

return { $, make, set, setAttribute, setStyle, place, table, svg, canvasContext, canvasColour };
})();
