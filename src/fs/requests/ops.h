/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FUSE operations, as struct fuse_lowlevel_ops describes them.
 *
 * Each comes in by one door, which ops.c makes of these lists: it notes on whose
 * behalf the thread works, and then calls the operation, op_NAME().  The way out
 * is one of the functions of reply.h, which announce what changed.  An operation
 * does neither by hand.
 */
#ifndef FS_OPS_H
#define FS_OPS_H

#include "fs/start/fs.h"

/* X(NAME, PARAMETERS, ARGUMENTS) */
/* clang-format off */
/*
 * These change nothing of the machine.  So no event names the process that asked, and
 * their doors do not read its name from /proc, which takes a system call.
 */
#define LOOKING_OPERATIONS(X)                                                                      \
	X(lookup, (fuse_req_t req, fuse_ino_t parent, const char *name), (req, parent, name))      \
	X(getattr, (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi), (req, ino, fi))    \
	X(flush, (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi), (req, ino, fi))      \
	X(lseek,                                                                                   \
	  (fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi),      \
	  (req, ino, off, whence, fi))                                                             \
	X(readdir,                                                                                 \
	  (fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi),     \
	  (req, ino, size, off, fi))                                                               \
	X(readdirplus,                                                                             \
	  (fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi),     \
	  (req, ino, size, off, fi))                                                               \
	X(statfs, (fuse_req_t req, fuse_ino_t ino), (req, ino))                                    \
	X(getxattr, (fuse_req_t req, fuse_ino_t ino, const char *name, size_t size),               \
	  (req, ino, name, size))                                                                  \
	X(listxattr, (fuse_req_t req, fuse_ino_t ino, size_t size), (req, ino, size))

#define CHANGING_OPERATIONS(X)                                                                     \
	X(forget, (fuse_req_t req, fuse_ino_t ino, uint64_t nlookup), (req, ino, nlookup))         \
	X(forget_multi, (fuse_req_t req, size_t count, struct fuse_forget_data *forgets),          \
	  (req, count, forgets))                                                                   \
	X(setattr,                                                                                 \
	  (fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,                          \
	   struct fuse_file_info *fi),                                                             \
	  (req, ino, attr, to_set, fi))                                                            \
	X(mknod, (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev),   \
	  (req, parent, name, mode, rdev))                                                         \
	X(mkdir, (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode),               \
	  (req, parent, name, mode))                                                               \
	X(symlink, (fuse_req_t req, const char *target, fuse_ino_t parent, const char *name),      \
	  (req, target, parent, name))                                                             \
	X(link, (fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname),       \
	  (req, ino, newparent, newname))                                                          \
	X(unlink, (fuse_req_t req, fuse_ino_t parent, const char *name), (req, parent, name))      \
	X(rmdir, (fuse_req_t req, fuse_ino_t parent, const char *name), (req, parent, name))       \
	X(rename,                                                                                  \
	  (fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,              \
	   const char *newname, unsigned flags),                                                   \
	  (req, parent, name, newparent, newname, flags))                                          \
	X(create,                                                                                  \
	  (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,                       \
	   struct fuse_file_info *fi),                                                             \
	  (req, parent, name, mode, fi))                                                           \
	X(open, (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi), (req, ino, fi))       \
	X(read,                                                                                    \
	  (fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi),     \
	  (req, ino, size, off, fi))                                                               \
	X(write,                                                                                   \
	  (fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,                \
	   struct fuse_file_info *fi),                                                             \
	  (req, ino, buf, size, off, fi))                                                          \
	X(release, (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi), (req, ino, fi))    \
	X(fsync, (fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi),        \
	  (req, ino, datasync, fi))                                                                \
	X(fallocate,                                                                               \
	  (fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,                   \
	   struct fuse_file_info *fi),                                                             \
	  (req, ino, mode, offset, length, fi))                                                    \
	X(poll,                                                                                    \
	  (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,                              \
	   struct fuse_pollhandle *ph),                                                            \
	  (req, ino, fi, ph))                                                                      \
	X(setxattr,                                                                                \
	  (fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,       \
	   int flags),                                                                             \
	  (req, ino, name, value, size, flags))                                                    \
	X(removexattr, (fuse_req_t req, fuse_ino_t ino, const char *name), (req, ino, name))
/* clang-format on */
#define OPERATIONS(X) LOOKING_OPERATIONS(X) CHANGING_OPERATIONS(X)

#define DECLARE_OPERATION(name, params, args) void op_##name params;
OPERATIONS(DECLARE_OPERATION)
#undef DECLARE_OPERATION

static inline struct fs *op_fs(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

#endif
