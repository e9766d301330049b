/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of FUSE operations.
 *
 * What is not here is left to the kernel: access (default_permissions),
 * copy_file_range (it copies), opendir (directories need no handle).
 */
#include "fs/inode/mount.h"
#include "fs/requests/ops.h"

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct fs *fs = userdata;

	conn->max_read = fs->config.max_read; /* libfuse insists on hearing it twice */
	/*
	 * Pages of *_user files change behind the kernel's back only where
	 * coherence.c says so; a new mtime alone is no reason to drop them.
	 */
	conn->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA;
	/* We clear setuid bits: writes with direct I/O leave it to us anyway. */
	conn->want |= conn->capable & FUSE_CAP_HANDLE_KILLPRIV;
}

const struct fuse_lowlevel_ops fs_operations = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.symlink = op_symlink,
	.link = op_link,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.rename = op_rename,
	.create = op_create,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.fallocate = op_fallocate,
	.lseek = op_lseek,
	.poll = op_poll,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
};
