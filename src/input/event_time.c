/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers with a fraction, which are read as whole numbers of a smaller unit.
 */
#include "input/event_time.h"

#define NS UINT64_C(1000000000)

static bool decimal_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * DIGITS or DIGITS.DIGITS in units of `unit` nanoseconds, up to the first other
 * character.  *ret is in nanoseconds.  False if it does not fit in 64 bits.
 */
static bool read_time(const char *p, const char *end, uint64_t unit, uint64_t *ret)
{
	uint64_t whole = 0, fraction = 0;

	for (; p < end && decimal_digit(*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return false;
	if (p < end && *p == '.')
		for (uint64_t part = unit / 10; ++p < end && decimal_digit(*p); part /= 10)
			fraction += part * (uint64_t)(*p - '0');
	return !__builtin_mul_overflow(whole, unit, ret) &&
	       !__builtin_add_overflow(*ret, fraction, ret);
}

bool event_time_before(const char *line, const char *name, uint64_t *ret)
{
	const char *p = name, *end;

	/* perf script has the name of the group before that of the event. */
	while (p > line && p[-1] != ' ' && p[-1] != '\t')
		p--;
	while (p > line && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	if (p == line || *--p != ':')
		return false;
	end = p;
	while (p > line && decimal_digit(p[-1]))
		p--;
	if (p == end || p == line || p[-1] != '.')
		return false;
	p--;
	while (p > line && decimal_digit(p[-1]))
		p--;
	return decimal_digit(*p) && read_time(p, end, NS, ret);
}

bool event_time_first(const char *line, const char *end, uint64_t *ret)
{
	const char *p = line;
	const char *first;

	while (p < end && *p == ' ')
		p++;
	first = p;
	while (p < end && decimal_digit(*p))
		p++;
	if (p == first || p == end)
		return false;
	return read_time(first, end, *p == '.' ? NS / 1000 : 1, ret);
}
