/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes: the inodes of the tree, what they are, and how long they live.
 *
 *	root --names--> "a"             struct inode: ops = area_ops, addr, size
 *	     --names--> "status"        struct inode: ops = text_ops, row
 *	     --names--> "vmap" --names--> "t"
 *
 * An inode id that the kernel holds is the inode's address (the root's is
 * FUSE_ROOT_ID).  st_ino is a running number, never used twice.
 *
 * An inode is kept by its name, by the kernel's lookups, by opens, and by whoever
 * holds it; when the last of these goes, the inode goes.  Its area goes earlier: once it has no
 * name and is not open.
 *
 *	unlink		name gone; the area too, if nobody has it open
 *	last release	area gone, if the name is
 *	last forget	inode gone, if the name is
 *
 * An open can lose a race: the kernel has looked the name up, another process
 * unlinks it, the area goes, and then the open arrives.  It fails with ESTALE,
 * and the kernel tries once more from the lookup on.  That must not happen to
 * it again, so for a while after an ESTALE a lookup pins the inode: its area
 * then stays for the open that follows, at the latest until the forget.
 *
 * The kernel sends no FORGET for an inode while a request that names it waits
 * for its answer.  So an operation is done with its inodes before it replies.
 * One that finds an inode by itself, by name or by address, holds it meanwhile:
 * ctl makes and removes files that the kernel has never heard of.
 *
 * Locks, outermost first:
 *	inode->lock	attributes, and the area or text behind them
 *	fs->addr_lock	held for reading while a file gets an area, gives it
 *			back or moves it; for writing by who looks for the file
 *			that has an address
 *	fs->tree_lock	names, directories, lookup and open counts; held for a
 *			few instructions, nothing is called under it
 * Two inodes are never locked at once.  The core's locks come below inode->lock;
 * its frames are written under an inode's lock, never under the tree's.
 */
#ifndef FS_INODE_H
#define FS_INODE_H

#include <glib.h>
#include <pthread.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <time.h>

#include "fs/start/fs.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

struct coherence;
struct forget;
struct tasks;
struct trace_pipe;
struct dir;
struct file_ops;
struct knob_type;
struct inode;

/* What a directory holds: one row of the table in tree.c. */
struct dir_kind {
	const char *path; /* below the mount, "" for the root */
	mode_t mode;	  /* permission bits; 0: 0755 */
	/*
	 * The allocator of its files: one of the two, or none where files come
	 * into being otherwise.
	 */
	vaddr_t (*alloc)(struct machine *m, uint64_t size, const char *caller);
	vaddr_t (*alloc_node)(struct machine *m, uint64_t size, int node, const char *caller);
	const struct file_ops *ops; /* of its files; NULL: none can be made */
	bool link_only;		    /* files come from link(2) alone */
	bool each_node;		    /* stands for PATH/0, PATH/1, ...: a row for each node */
};

/* A file that is always there: one row of the table in tree.c, or of that in knob.c. */
struct fixed_file {
	const char *path;
	mode_t mode; /* permission bits */
	const struct file_ops *ops;
	GBytes *(*show)(struct machine *m); /* text files: what they say */
	/* or this, for those that have options */
	GBytes *(*show_with)(struct machine *m, const struct show_options *options);
	bool sized;    /* text files: st_size is the text's, of the moment; else 0, as in /proc */
	bool uncached; /* text files: may read otherwise with show_generation() unchanged */
	bool zones;    /* text files: show_zones_state() and that tell when they may */
	void (*clear)(struct machine *m); /* clearable ones: what truncating does */

	const struct knob_type *knob; /* knobs: how the value is read and written */
	size_t field;		      /* and where it is in struct machine */
};

struct inode {
	/* Fixed when the inode is made. */
	const struct file_ops *ops;	/* NULL: a directory */
	const struct dir_kind *kind;	/* a directory's own; a file's: where it was made */
	const struct fixed_file *fixed; /* its row, or NULL */
	int nid;			/* machine node of vmalloc_node/N, or NUMA_NO_NODE */
	ino_t ino;

	/* Under the tree lock. */
	struct inode *parent;
	char *name;
	size_t slot;	  /* its place in the parent's list */
	struct dir *dir;  /* a directory's entries, else NULL */
	uint64_t nlookup; /* of the kernel */
	unsigned nheld;	  /* see inode_hold() */
	unsigned nopen;
	bool unlinked;
	int64_t pinned_until; /* seconds of CLOCK_MONOTONIC_COARSE */
	LIST_ENTRY(inode) all;

	/* Under the inode's lock. */
	pthread_rwlock_t lock;
	mode_t mode; /* with the type, which never changes */
	uid_t uid;
	gid_t gid;
	struct timespec atime, mtime, ctime;
	uint64_t size;		  /* area files: as asked for; 0: no area */
	bool gone;		  /* the area was given back for good */
	vaddr_t addr;		  /* of the area, 0 without one; see addr_lock */
	paddr_t phys;		  /* ioremap files: the device range */
	struct vma *vma;	  /* *_user files: while open */
	GBytes *made;		  /* fixed files: what was made of the machine last, */
	uint64_t made_at;	  /* when its generation was this */
	_Atomic uint64_t told_at; /* the generation whose st_size the kernel knows, plus 1; or 0 */

	/* *_user files: opens. Changed under fs->user_lock, as is the list. */
	_Atomic unsigned nr_user;
	LIST_ENTRY(inode) user;
};

LIST_HEAD(inode_list, inode);

struct fs {
	struct machine *m;
	struct fs_config config;
	struct inode *root;
	struct show_options options; /* what is no property of the machine */
	GHashTable *opens; /* what opens put into fi->fh -> struct held; under the tree lock */
	GPtrArray *sized;  /* the inodes of text_ops whose st_size is the text's */

	pthread_mutex_t tree_lock; /* see above */
	int64_t racing_until;	   /* lookups pin inodes; seconds as above */
	ino_t last_ino;
	uint64_t nr_inodes;
	struct inode_list all;

	pthread_rwlock_t addr_lock; /* see above; a writer goes first */
	/*
	 * For reading while somebody has references to frames that no area has,
	 * for writing by who counts both.  Taken before an inode's; who has it
	 * for reading locks no fixed file.
	 */
	pthread_rwlock_t gather_lock; /* a writer goes first, too */

	/*
	 * Open *_user files, and how many opens.  The lock is taken before a
	 * inode's.  While the count is 0 no view can be stale.
	 */
	pthread_mutex_t user_lock;
	struct inode_list user;
	_Atomic unsigned nr_user;
	_Atomic unsigned nr_remapping; /* their frames may lack PG_user just now */

	pthread_mutex_t buffer_lock; /* innermost */
	GPtrArray *buffers;	     /* spare ones, of IO_MAX bytes each */

	struct coherence *coherence;
	struct forget *forget;
	struct trace_pipe *trace_pipe;
	struct tasks *tasks;
	struct fuse_session *se; /* NULL once there is none any more */
};

/* The most that one read or write request carries. */
#define IO_MAX (UINT64_C(1) << 20)
/* Frames that so many bytes can touch, and iovecs they can need. */
#define IO_FRAMES (IO_MAX / PAGE_SIZE + 2)

/* For how long the kernel may believe what it was told; what changes otherwise is invalidated. */
#define LONG_TIMEOUT 3600.0

/*
 * What a kind of file does.  A member may be NULL where "NULL:" says what that
 * means.  Functions return 0, or a count, or -errno.
 */
struct file_ops {
	bool direct_io;	 /* no page cache in between */
	bool fixed_size; /* resize only says so; free ends the area */

	/* NULL: nothing to do. fi->flags may have O_TRUNC. */
	int (*open)(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);
	/* fi has fh and nothing else if the mount ended before the file was closed. */
	void (*release)(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);

	/*
	 * Answers a read, now or, from another thread, later.  NULL: pread is
	 * called with a buffer, and the request answered with what it gave.
	 */
	void (*read)(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count, uint64_t off,
		     struct fuse_file_info *fi);
	/* Copies; 0 is the end of the file. One of read and pread is there. */
	ssize_t (*pread)(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off);
	/* NULL: the file cannot be opened for writing, unless there is a write. */
	ssize_t (*pwrite)(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			  uint64_t off, const struct fuse_file_info *fi);

	/* Takes the place of pwrite: answers the request, now or from another thread. */
	void (*write)(struct fs *fs, fuse_req_t req, struct inode *inode, const char *buf,
		      size_t count, struct fuse_file_info *fi);
	/* Each close(2) of an open for writing. Answers. NULL: nothing to do. */
	void (*flush)(struct fs *fs, fuse_req_t req, struct inode *inode,
		      struct fuse_file_info *fi);

	/*
	 * The frames under a range, for coherence: at most IO_FRAMES go to ret.
	 * NULL: none that another view could have.
	 */
	size_t (*frames)(struct fs *fs, struct inode *inode, uint64_t off, size_t count,
			 pfn_t *ret);

	/*
	 * Events of poll(2) that are there now; if none, ph is told later, and
	 * belongs to the file in any case (NULL: nobody wants to be told).
	 * NULL: reads and writes never wait.
	 */
	unsigned (*poll)(struct fs *fs, struct inode *inode, struct fuse_file_info *fi,
			 struct fuse_pollhandle *ph);

	/* Inode's lock held for writing. NULL: the size cannot be set, EPERM. */
	int (*resize)(struct fs *fs, struct inode *inode, uint64_t size);
	/* SEEK_DATA and SEEK_HOLE, -ENXIO at the end. NULL: data from 0 to st_size. */
	int (*seek)(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret);
	/* st_size and st_blocks. NULL: both 0, as of all that is made up on reading. */
	void (*size)(struct fs *fs, struct inode *inode, struct stat *st);
	/* Gives the area back; inode's lock held for writing. NULL: a fixed file. */
	void (*free)(struct fs *fs, struct inode *inode);
};

/* The inode for an id that the kernel sent. */
static inline struct inode *inode_of(struct fs *fs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? fs->root : (struct inode *)(uintptr_t)ino;
}

static inline fuse_ino_t inode_id(const struct fs *fs, const struct inode *inode)
{
	return inode == fs->root ? FUSE_ROOT_ID : (fuse_ino_t)(uintptr_t)inode;
}

static inline bool inode_is_dir(const struct inode *inode)
{
	return !inode->ops;
}

/*
 * A new inode without a name, a lookup or an area, and held; times are now.  Tree lock
 * held, or nobody else there yet.
 */
struct inode *inode_new(struct fs *fs, const struct file_ops *ops, mode_t mode, uid_t uid,
			gid_t gid);

/* Counts a lookup that an open may follow. Tree lock held. */
void inode_looked_up(struct fs *fs, struct inode *inode);

/* From here on it stays until inode_drop(). Tree lock held. */
static inline void inode_hold(struct inode *inode)
{
	inode->nheld++;
}

/* The inode may be gone afterwards. */
void inode_drop(struct fs *fs, struct inode *inode);

/* The same, but the kernel will be told of it: counts a lookup. */
void inode_drop_to_kernel(struct fs *fs, struct inode *inode);

/* Nothing keeps it any more: it goes by itself. Tree lock held. */
bool inode_is_unused(const struct inode *inode);

/* Drops n lookups; the inode may be gone afterwards. */
void inode_forget(struct fs *fs, struct inode *inode, uint64_t n);

/*
 * Opening and closing.  -ESTALE: the last name and the area went while the
 * request was on its way; the kernel then looks the path up again.
 */
int inode_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);
void inode_close(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);

/* After its name went (or its last open): gives the area back unless it is still in use. */
void inode_settle(struct fs *fs, struct inode *inode);

/* Its path below the mount, with " (deleted)" if it has none any more; for g_free. */
char *inode_path(struct fs *fs, struct inode *inode);

/*
 * Before any answer to a request that may have changed what a text says: the
 * kernel forgets the sizes that it was told of texts that now read otherwise.
 * Cheap when there are none.
 */
void texts_announce(struct fs *fs);

/* After a rename or an unlink: tells the core, in whose listings the name stands. */
void inode_renamed(struct fs *fs, struct inode *inode);

/* Fills in all of st. */
void inode_stat(struct fs *fs, struct inode *inode, struct stat *st);

/*
 * Takes the lock for reading on behalf of a reader: atime moves as under
 * relatime.  The lock is then held across the reply: whoever frees the inode
 * takes it for writing first.
 */
void inode_lock_to_read(struct fs *fs, struct inode *inode);

/* Now, in the kernel's own granularity, so that times compare well. */
struct timespec inode_now(void);

/* Contents changed: mtime and ctime. Inode's lock held for writing. */
void inode_modified(struct inode *inode);

/* Directory entries changed. */
void inode_dir_modified(struct inode *dir);

/* As the kernel does when a file is written or given away. Inode's lock held for writing. */
void inode_kill_suid(struct inode *inode);

/*
 * Directories.  Entries keep their order and have a position each, which a
 * reader may return to whatever happened meanwhile; a rename leaves it.  Tree
 * lock held.
 */
struct dir *dir_new(void);
void dir_free(struct dir *dir);
struct inode *dir_find(const struct inode *dir, const char *name);
void dir_insert(struct inode *dir, struct inode *inode, const char *name);
void dir_remove(struct inode *inode);			   /* afterwards it is unlinked */
void dir_rename(struct inode *inode, const char *newname); /* newname is not taken */
void dir_exchange(struct inode *a, struct inode *b);
/* The first entry behind position `after` (0: from the start), whose position goes to ret. */
struct inode *dir_next(const struct inode *dir, uint64_t after, uint64_t *ret);
unsigned dir_nlink(const struct inode *dir);

/* tree.c: the fixed part of the tree. */
void tree_build(struct fs *fs);

/*
 * Answers a read straight out of the machine's RAM: iov[] names bytes of
 * frames, which others may be writing at this moment.  0, or -EIO if nobody
 * waits for the answer any more.
 */
int reply_guest(fuse_req_t req, const struct iovec *iov, int n);

/* Answers a read of `count` bytes from `off` out of a text; NULL is an empty one. */
void reply_text(fuse_req_t req, GBytes *text, size_t count, uint64_t off);

/* Buffers of IO_MAX bytes, kept for the next one. */
void *buffer_get(struct fs *fs);
void buffer_put(struct fs *fs, void *buf);

#endif
