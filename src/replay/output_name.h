/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files that the program writes.
 */
#ifndef REPLAY_OUTPUT_NAME_H
#define REPLAY_OUTPUT_NAME_H

/*
 * `format` is what an option writes, as its files' names end: "svg".  If the name
 * ends as those of another format do, returns that ending without its dot (static);
 * else NULL.  A name with any other ending is fine.
 */
const char *output_name_other(const char *name, const char *format);

#endif
