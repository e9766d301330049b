/*
 * A chart of what happened while the page has been open: span_fragmentation, which is
 * status's figure of that name, and the largest hole.
 */
const Chart = (() => {

const { $, make, svg } = Dom;
const { size } = Space;

const SAMPLES = 300;
const samples = [];	/* [span_fragmentation, largest hole in bytes] */
let sampled = null;	/* name of the space that they are of */

function line(values, most, className) {
	const step = 320 / (Math.max(60, values.length) - 1);
	const from = 320 - (values.length - 1) * step;

	return svg('polyline', {
		class: className, fill: 'none', 'vector-effect': 'non-scaling-stroke',
		points: values.map((v, i) =>
			(from + i * step).toFixed(1) + ',' + (58 - 56 * v / (most || 1)).toFixed(1)).join(' '),
	});
}

/* As status has it, to the digit. */
function share(f) {
	return Number(f.span_fragmentation).toFixed(4);
}

function draw(s) {
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
		'aria-label': 'span_fragmentation ' + share(f) + ', largest hole ' +
			size(hole) + ', at most ' + size(most) + ' so far',
	});
	const key = make('p', 'words');

	picture.append(line(samples.map(h => h[1]), most, 'hole-line'),
		line(samples.map(h => h[0]), 1, 'frag-line'));
	key.append(make('i', 'dash frag'), 'span_fragmentation ' + share(f) + '  ',
		make('i', 'dash hole'), 'largest hole ' + size(hole) + ' of ' + size(most));
	panel.replaceChildren(make('h2', '', 'While this page is open'), picture, key);
}

return { draw };
})();
