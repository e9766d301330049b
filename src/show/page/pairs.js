/*
 * Two histories in step: which events of one belong to which of the other.
 *
 * Two machines that got the same requests have much the same events, but a request that
 * fails in one has no area that is freed later, and where one purges the other may not.
 * So events are matched by what was asked for: a request for an area is the same whether
 * it got a place or not.
 *
 *	left	alloc a   alloc b   fail c              free a
 *	right	alloc a   alloc b   alloc c   free c    free a
 *	steps	[1, 1]    [2, 2]    [3, 3]    [3, 4]    [4, 5]
 *
 * A step says how many events of each have happened after it.
 */
const Pairs = (() => {

const AHEAD = 64;	/* events that are looked at for one that matches */
const CLASSES = { alloc: 'request', fail: 'request', reserve: 'request', abandon: 'free' };

function keyOf(e) {
	return (CLASSES[e.what] || e.what) + ' ' + (e.name || e.text || '');
}

/* How many events of a list come before the next with this key; -1: none soon. */
function distance(list, from, key) {
	for (let d = 0; d < AHEAD && from + d < list.length; d++)
		if (keyOf(list[from + d]) === key)
			return d;
	return -1;
}

/* What comes next: one event of each, or some of one side first. */
function advance(left, right, i, j) {
	if (i === left.length || j === right.length)
		return [i < left.length ? 1 : 0, j < right.length ? 1 : 0];
	const inLeft = distance(left, i, keyOf(right[j]));
	const inRight = distance(right, j, keyOf(left[i]));

	if (inLeft === 0 || (inLeft < 0 && inRight < 0))
		return [1, 1];
	return inRight < 0 || (inLeft >= 0 && inLeft <= inRight) ? [1, 0] : [0, 1];
}

function align(left, right) {
	const steps = [];
	let i = 0;
	let j = 0;

	while (i < left.length || j < right.length) {
		const [a, b] = advance(left, right, i, j);

		i += a;
		j += b;
		steps.push([i, j]);
	}
	return steps;
}

return { align };
})();
