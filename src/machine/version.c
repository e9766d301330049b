/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The version of the library.  configure.ac says it; a test holds the macros
 * of types.h against that.
 */
#include <vmallocfs/types.h>

const char *vmallocfs_version(void)
{
	return VMALLOCFS_VERSION;
}
