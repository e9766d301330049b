/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl: a file that takes commands, one a line.
 *
 *	write "vmalloc a 4K\nvfr"	line 1 runs;	pending = "vfr"
 *	write "ee a\n"			line 2 runs;	pending = ""
 *	write "purge"			nothing;	pending = "purge"
 *	close				line 3 runs
 *
 * That is a close by the process which wrote those bytes.  Its children have the
 * descriptor, too, and close it when they end, which says nothing.
 *
 * Each open has its pending bytes and counts its lines.  A line that fails makes
 * its write fail; of that write nothing more is run, and what it began of
 * another line is passed over up to the next newline.  What the last open that ran
 * a line has come to is what ctl reads, through any open: "ok", or which line
 * failed last and why, or the list of commands if help was one of its lines.  Before
 * these come the answers of lines that have one, "LINE: answer".
 *
 * An open that reads as well as writes reads its own answers.  Wherever its file position
 * is, a read that does not continue one gives them from the start, and the next
 * write begins new ones: what was read is not answered twice.
 *
 * The answer to a write goes out after the kernel was told what it has to
 * forget.  For names it is a thread of its own that does both.
 *
 * A line `sleep` parks its write, with what is left of it, and holds no lock meanwhile:
 * sleepers.h.  The lines after it run on the thread that wakes it.
 */
#include <errno.h>
#include <string.h>

#include "fs/ctl/ctl.h"
#include "fs/files/files.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"
#include "fs/threads/forget.h"
#include "fs/threads/sleepers.h"
#include "show/growth.h"
#include "show/show.h"

/* Longer than any line that makes sense, and short enough to be kept. */
#define CTL_LINE_MAX 65536

/* Bytes of answers that are kept of an open; the oldest half of them goes. */
#define ANSWERS_MAX (256 << 10)

/* Bytes of a write that may have so many lines that they take long. */
#define LONG_WRITE 512

struct ctl_open {
	pthread_mutex_t lock; /* outermost; two threads may share an open file */
	GString *pending;     /* the line that has begun */
	uint64_t owner;	      /* and whose it is, as the kernel tells apart tables of descriptors */
	uint64_t lines;	      /* newlines seen */
	bool skip;	      /* the line under way is no more to be run */
	int cpu;	      /* that the lines which follow run on, or -1: see `on` */
	uid_t uid;	      /* who wrote last: a release does not say who it is for */
	gid_t gid;
	GString *answers; /* of its lines so far */
	char *failure;	  /* what the last line that failed has come to, or NULL */

	/* Under the inode's lock: */
	GBytes *own;   /* what its own lines have come to, or NULL: there were none */
	GBytes *text;  /* what a reader of this open reads */
	uint64_t base; /* the offset at which that begins */
	uint64_t next; /* where a read would continue */
	bool was_read; /* its answers were; the next write begins anew */
};

static struct ctl_open *open_of(const struct fuse_file_info *fi)
{
	return (struct ctl_open *)(uintptr_t)fi->fh;
}

static int ctl_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct ctl_open *open = g_new0(struct ctl_open, 1);

	(void)fs;
	(void)inode;
	pthread_mutex_init(&open->lock, NULL);
	open->pending = g_string_new(NULL);
	open->answers = g_string_new(NULL);
	open->cpu = -1;
	fi->fh = (uintptr_t)open;
	return 0;
}

/*
 * What ctl reads from now on.  Takes the text; NULL: nothing was run, and all
 * stays as it is.  So it does after a failure of the same open: a program may
 * write line by line, and look at no result (printf of the shell is one).
 */
static void set_result(struct inode *inode, struct ctl_open *open, GString *text, int err)
{
	GBytes *bytes;

	if (!text)
		return;
	if (err) {
		g_free(open->failure);
		open->failure = g_strdup(text->str);
	}
	if (open->failure)
		g_string_assign(text, open->failure);
	g_string_prepend_len(text, open->answers->str, (gssize)open->answers->len);
	bytes = g_string_free_to_bytes(text);
	inode_lock(inode);
	g_clear_pointer(&inode->more->made, g_bytes_unref);
	inode->more->made = g_bytes_ref(bytes);
	g_clear_pointer(&open->own, g_bytes_unref);
	open->own = g_steal_pointer(&bytes);
	g_clear_pointer(&open->text, g_bytes_unref);
	inode_unlock(inode);
}

/* What was read of an open's answers is not answered again. */
static void begin_answers(struct inode *inode, struct ctl_open *open)
{
	bool was_read;

	inode_lock(inode);
	was_read = open->was_read;
	open->was_read = false;
	inode_unlock(inode);
	if (!was_read)
		return;
	g_string_truncate(open->answers, 0);
	g_clear_pointer(&open->failure, g_free);
}

static void add_answer(struct ctl_open *open, uint64_t line, GString *answer)
{
	GString *all = open->answers;

	if (!answer || !answer->len)
		return;
	g_string_append_printf(all, "%" G_GUINT64_FORMAT ": %s\n", line, answer->str);
	g_string_truncate(answer, 0);
	if (all->len > ANSWERS_MAX)
		g_string_erase(all, 0, strchr(all->str + all->len / 2, '\n') + 1 - all->str);
}

/* "line 3: vmalloc a: File exists" */
static GString *describe(uint64_t line, const struct command *c, int err, const char *why)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "line %" G_GUINT64_FORMAT ": ", line);
	if (c) {
		g_string_append(text, command_word(c->type));
		if (c->name) {
			g_string_append_c(text, ' ');
			show_escape(text, c->name);
		} else if (c->type == COMMAND_ON) {
			g_string_append_printf(text, " %" G_GUINT64_FORMAT, c->size);
		} else if (c->type == COMMAND_VFREE) {
			g_string_append_printf(text, " 0x%" G_GINT64_MODIFIER "x", c->addr);
		}
		g_string_append(text, ": ");
	}
	g_string_append_printf(text, "%s\n", why[0] ? why : g_strerror(-err));
	return text;
}

/* The longest part of a wrong word that is repeated. */
#define WRONG_MAX 64

/* "line 3: vmalloc: 'x': not a number; it is: vmalloc NAME SIZE" */
static GString *describe_bad_line(uint64_t line, const struct command *c, const char *why)
{
	const char *usage = command_usage(c->type);
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "line %" G_GUINT64_FORMAT ": ", line);
	if (usage)
		g_string_append_printf(text, "%s: ", command_word(c->type));
	if (c->wrong) {
		g_autofree char *wrong = g_strndup(c->wrong, MIN(c->wrong_len, WRONG_MAX));

		g_string_append_c(text, '\'');
		show_escape(text, wrong);
		g_string_append(text, c->wrong_len > WRONG_MAX ? "...': " : "': ");
	}
	if (usage)
		g_string_append_printf(text, "%s; it is: %s\n", why, usage);
	else
		g_string_append_printf(text, "%s; the command help lists them\n", why);
	return text;
}

/* The answer to lines that went well: "ok", or what help tells. */
static GString *all_well(const struct ctl_open *open, const struct ctl_run *run)
{
	GString *text = g_string_new(run->asked_help || open->answers->len ? NULL : "ok\n");
	const char *usage, *does;

	for (size_t i = 0; run->asked_help && (usage = command_list(i, &does)); i++)
		g_string_append_printf(text, "%-45s %s\n", usage, does);
	return text;
}

/* Runs line number `number`.  On failure *text says why. */
static int run_line(struct ctl_open *open, struct ctl_run *run, uint64_t number, char *line,
		    size_t len, GString **text)
{
	const char *why = "";
	struct command c;
	int err;

	if (len > CTL_LINE_MAX) {
		*text = describe(number, NULL, 0, "longer than 65536 bytes");
		return -E2BIG;
	}
	err = command_parse(line, len, &c, &why);
	if (err) {
		*text = describe_bad_line(number, &c, why);
		return err;
	}
	err = ctl_run(run, &c);
	add_answer(open, number, run->answer);
	if (err)
		*text = describe(number, &c, err, run->why);
	return err;
}

/*
 * Runs all lines that are complete, up to one that sleeps.  What is left stays pending;
 * after a failure nothing does.  *text says how it went, if there was a line to run.
 * err: if not 0, the line before these has failed, and they are only counted.
 */
static int run_lines(struct ctl_open *open, struct ctl_run *run, int err, GString **text)
{
	GString *pending = open->pending;
	char *end = pending->str + pending->len;
	char *line = pending->str;
	char *newline;
	bool ran = false;

	for (; !run->sleep && (newline = memchr(line, '\n', (size_t)(end - line)));
	     line = newline + 1) {
		open->lines++;
		/* Of a write that failed, lines are only counted. */
		if (!err && !open->skip) {
			err = run_line(open, run, open->lines, line, (size_t)(newline - line),
				       text);
			ran = true;
		}
		open->skip = false;
	}
	if (!err && !open->skip && !run->sleep && end - line > CTL_LINE_MAX)
		err = run_line(open, run, open->lines + 1, line, (size_t)(end - line), text);
	if (err)
		open->skip = line < end;
	else if (ran)
		*text = all_well(open, run);
	g_string_erase(pending, 0, err || open->skip ? -1 : line - pending->str);
	return err;
}

/* The line that no newline ended. */
static int run_rest(struct ctl_open *open, struct ctl_run *run, GString **text)
{
	GString *pending = open->pending;
	int err = 0;

	if (pending->len) {
		err = run_line(open, run, ++open->lines, pending->str, pending->len, text);
		if (!err)
			*text = all_well(open, run);
	} else if (open->skip) {
		open->lines++;
	}
	open->skip = false;
	g_string_truncate(pending, 0);
	return err;
}

static void finish(struct ctl_run *run, fuse_req_t req, ssize_t done, bool flush)
{
	struct fs *fs = run->fs;
	GArray *stale = ctl_run_deinit(run);

	if (stale)
		forget_names(fs, req, stale, done, flush);
	else if (req)
		forget_answer(req, done, flush);
}

/* A write, or the flush of a close, that sleeps. */
struct ctl_sleeper {
	struct sleeper sleeper; /* first */
	struct fs *fs;
	struct inode *inode;
	struct ctl_open *open;
	size_t count;
	GString *rest; /* the lines that were not run yet */
	bool flush;
	bool asked_help;
};

/* Takes what is left of the write. The open's lock is held. */
static struct ctl_sleeper *sleeper_new(struct ctl_run *run, fuse_req_t req, struct inode *inode,
				       struct ctl_open *open)
{
	struct ctl_sleeper *s = g_new0(struct ctl_sleeper, 1);

	s->sleeper.req = req;
	s->fs = run->fs;
	s->inode = inode;
	s->open = open;
	s->asked_help = run->asked_help;
	s->rest = open->pending;
	open->pending = g_string_new(NULL);
	return s;
}

static void wake_write(struct sleeper *sleeper, int err);

/* Ends the run, and parks the write that s stands for.  No lock is held. */
static void go_to_sleep(struct ctl_run *run, struct ctl_sleeper *s)
{
	uint64_t ns = run->sleep;
	int err;

	/* Other processes must not find meanwhile what the lines so far have removed. */
	finish(run, NULL, 0, false);
	s->sleeper.wake = wake_write;
	err = sleepers_park(s->fs, &s->sleeper, ns);
	if (err)
		wake_write(&s->sleeper, err);
}

/*
 * Runs lines that are pending, and answers, or sleeps.  err: 0, or -errno if the write
 * slept and woke early.  The open's lock is held, and dropped.
 */
static void run_write(struct ctl_run *run, fuse_req_t req, struct inode *inode,
		      struct ctl_open *open, size_t count, int err)
{
	const struct command slept = { .type = COMMAND_SLEEP };
	struct ctl_sleeper *s = NULL;
	GString *text = NULL;

	if (err)
		text = describe(open->lines, &slept, err, "");
	err = run_lines(open, run, err, &text);
	open->cpu = run->cpu;
	if (!err && run->sleep) {
		s = sleeper_new(run, req, inode, open);
		s->count = count;
	}
	set_result(inode, open, text, err);
	pthread_mutex_unlock(&open->lock);
	if (s)
		go_to_sleep(run, s);
	else
		finish(run, req, err ? err : (ssize_t)count, false);
}

static void ctl_reply_write(struct fs *fs, fuse_req_t req, struct inode *inode, const char *buf,
			    size_t count, struct fuse_file_info *fi)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct ctl_open *open = open_of(fi);
	struct ctl_run run;

	if (count > LONG_WRITE)
		loop_may_take_long();
	handover_lock(&open->lock);
	begin_answers(inode, open);
	ctl_run_init(&run, fs, ctx->uid, ctx->gid, open->cpu);
	open->uid = ctx->uid;
	open->gid = ctx->gid;
	open->owner = fi->lock_owner;
	if (text_reserve(open->pending, count)) {
		g_string_append_len(open->pending, buf, (gssize)count);
		run_write(&run, req, inode, open, count, 0);
	} else {
		pthread_mutex_unlock(&open->lock);
		finish(&run, req, -ENOMEM, false);
	}
}

/*
 * Runs a last line without a newline, if there is one.  Without a request it is the
 * last close of all, and runs that line whichever process wrote it; a `sleep` is over at
 * once then, as no process waits for an answer.
 */
static void run_at_close(struct fs *fs, fuse_req_t req, struct inode *inode,
			 const struct fuse_file_info *fi)
{
	struct ctl_open *open = open_of(fi);
	struct ctl_sleeper *s = NULL;
	GString *text = NULL;
	struct ctl_run run;
	int err = 0;

	handover_lock(&open->lock);
	ctl_run_init(&run, fs, open->uid, open->gid, open->cpu);
	if (!req || open->owner == fi->lock_owner)
		err = run_rest(open, &run, &text);
	open->cpu = run.cpu;
	if (req && run.sleep) {
		s = sleeper_new(&run, req, inode, open);
		s->flush = true;
	}
	set_result(inode, open, text, err);
	pthread_mutex_unlock(&open->lock);
	if (s)
		go_to_sleep(&run, s);
	else
		finish(&run, req, err, true);
}

static void wake_flush(struct ctl_sleeper *s, int err)
{
	const struct command slept = { .type = COMMAND_SLEEP };

	if (err)
		set_result(s->inode, s->open, describe(s->open->lines, &slept, err, ""), err);
	pthread_mutex_unlock(&s->open->lock);
	forget_answer(s->sleeper.req, err, true);
}

/*
 * Nothing should be pending: the kernel holds back other writes to ctl until this one is
 * answered.  If it lets one in, the rest of this one still comes first.
 */
static void wake_write(struct sleeper *sleeper, int err)
{
	struct ctl_sleeper *s = (struct ctl_sleeper *)sleeper;
	struct ctl_open *open = s->open;
	struct ctl_run run;

	handover_lock(&open->lock);
	if (s->flush) {
		wake_flush(s, err);
	} else {
		g_string_prepend_len(open->pending, s->rest->str, (gssize)s->rest->len);
		ctl_run_init(&run, s->fs, open->uid, open->gid, open->cpu);
		run.asked_help = s->asked_help;
		run_write(&run, sleeper->req, s->inode, open, s->count, err);
	}
	g_string_free(s->rest, TRUE);
	g_free(s);
}

/* Each close of a descriptor of this open by its writer, so that close(2) gives the error. */
static void ctl_reply_flush(struct fs *fs, fuse_req_t req, struct inode *inode,
			    struct fuse_file_info *fi)
{
	run_at_close(fs, req, inode, fi);
}

static void ctl_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct ctl_open *open = open_of(fi);

	if (fs->se)
		run_at_close(fs, NULL, inode, fi);
	/* Take the lock: the thread that answered the last reader may still be unlocking. */
	inode_lock(inode);
	g_clear_pointer(&open->text, g_bytes_unref);
	g_clear_pointer(&open->own, g_bytes_unref);
	inode_unlock(inode);
	pthread_mutex_destroy(&open->lock);
	g_string_free(open->pending, TRUE);
	g_string_free(open->answers, TRUE);
	g_free(open->failure);
	g_free(open);
}

/* A read from the start sees what is new, and reads further on the rest of that. Lock held. */
static GBytes *text_at(const struct inode *inode, struct ctl_open *open, uint64_t off)
{
	bool anew = open->own ? off != open->next : !off;

	if (!anew && open->text)
		return g_bytes_ref(open->text);
	g_clear_pointer(&open->text, g_bytes_unref);
	if (open->own)
		open->text = g_bytes_ref(open->own);
	else
		open->text = inode->more->made ? g_bytes_ref(inode->more->made)
					       : g_bytes_new_static("ok\n", 3);
	open->base = open->own ? off : 0;
	open->was_read = open->own != NULL;
	return g_bytes_ref(open->text);
}

static void ctl_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			   uint64_t off, struct fuse_file_info *fi)
{
	struct ctl_open *open = open_of(fi);
	GBytes *text;

	(void)fs;
	inode_lock(inode);
	text = text_at(inode, open, off);
	off -= open->base;
	if (off < g_bytes_get_size(text))
		open->next = open->base + off + MIN(count, g_bytes_get_size(text) - off);
	inode_unlock(inode);

	reply_text(req, text, count, off);
	inode_lock(inode);
	g_bytes_unref(text);
	inode_unlock(inode);
}

/* O_TRUNC and truncate(2) to 0 come before a write, and have nothing to do. */
static int ctl_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	(void)fs;
	(void)inode;
	return size ? -EINVAL : 0;
}

const struct file_ops ctl_ops = {
	.more = true,
	.direct_io = true,
	.open = ctl_open,
	.release = ctl_release,
	.reply_read = ctl_reply_read,
	.reply_write = ctl_reply_write,
	.reply_flush = ctl_reply_flush,
	.resize = ctl_resize,
};
