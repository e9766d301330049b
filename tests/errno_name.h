/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name of an error number, for C libraries that have no strerrorname_np()
 * (glibc before 2.32, musl).  It has the errors that tests see or print.
 */
#ifndef ERRNO_NAME_H
#define ERRNO_NAME_H

#include <errno.h>
#include <stddef.h>

/* A string that stays, or "another error". */
static inline const char *errno_name(int err)
{
#define NAME(e)                                                                                    \
	{                                                                                          \
		e, #e                                                                              \
	}
	static const struct {
		int err;
		const char *name;
	} names[] = {
		NAME(E2BIG),	 NAME(EACCES),	NAME(EADDRNOTAVAIL), NAME(EAGAIN),
		NAME(EBADF),	 NAME(EBUSY),	NAME(EEXIST),	     NAME(EFAULT),
		NAME(EFBIG),	 NAME(EINTR),	NAME(EINVAL),	     NAME(EIO),
		NAME(EISDIR),	 NAME(EMLINK),	NAME(ENAMETOOLONG),  NAME(ENODATA),
		NAME(ENODEV),	 NAME(ENOENT),	NAME(ENOMEM),	     NAME(ENOSPC),
		NAME(ENOSYS),	 NAME(ENOTTY),	NAME(ENOTCONN),	     NAME(ENOTDIR),
		NAME(ENOTEMPTY), NAME(ENXIO),	NAME(EOPNOTSUPP),    NAME(EOVERFLOW),
		NAME(EPERM),	 NAME(ERANGE),	NAME(EROFS),	     NAME(ESPIPE),
		NAME(ESTALE),	 NAME(ETXTBSY), NAME(EXDEV),
	};
#undef NAME
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].err == err)
			return names[i].name;
	return "another error";
}

#endif
