/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of texts: made, shared, counted.  text_copy.h has the rules.
 */
#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "fs/files/announce.h"
#include "fs/files/text_copy.h"
#include "fs/inode/inode.h"
#include "fs/requests/loop.h"
#include <vmallocfs/vmalloc.h>

/* A text of so many bytes takes long to make, and so does one of so many areas. */
#define LONG_TEXT 16384
#define MANY_AREAS 256

/* So many bytes take long to free. */
#define LONG_RELEASE (UINT64_C(1) << 20)

/* A larger text is not kept for an open that may come. */
#define KEEP_MAX (UINT64_C(16) << 20)

/* So many bytes less in use than before, and the host gets back what is free. */
#define TRIM_BYTES (UINT64_C(64) << 20)

struct text_copy {
	GBytes *bytes;
	struct machine *m;
	unsigned opens; /* that have it; while there are any it counts for uid */
	uid_t uid;
};

void text_add(struct fs *fs, struct inode *inode)
{
	struct text *text = g_new0(struct text, 1);

	text->inode = inode;
	inode->text = text;
	g_ptr_array_add(fs->texts, text);
}

GBytes *text_bytes(const struct text_copy *copy)
{
	return copy->bytes;
}

/*
 * What it counts for against hostmem=.  A short one does not count, so that status can
 * be read at the limit.
 */
static uint64_t counted_bytes(GBytes *bytes)
{
	uint64_t size = g_bytes_get_size(bytes);

	return size > LONG_TEXT ? size : 0;
}

static void text_copy_free(struct text_copy *copy)
{
	host_uncharge(copy->m, counted_bytes(copy->bytes));
	g_bytes_unref(copy->bytes);
	g_free(copy);
}

void text_free(void *p)
{
	struct text *text = p;

	if (text->last)
		text_copy_free(text->last);
	g_free(text);
}

static const struct text_row *row_of(const struct inode *inode)
{
	return (const struct text_row *)inode->fixed;
}

static struct text_generation generation_of(struct fs *fs, const struct inode *inode)
{
	struct text_generation now = text_generation(fs);

	if (row_of(inode)->zones)
		now.zones = show_zones_state(fs->m);
	return now;
}

static bool is_current(const struct text *text, const struct text_row *row,
		       const struct text_generation *now)
{
	return text->made && !row->uncached && !memcmp(&text->made_at, now, sizeof(*now));
}

/* The kept one is kept no longer. Inode's lock held for writing. */
static void drop_last(struct text *text)
{
	if (text->last && !text->last->opens)
		text_copy_free(text->last);
	text->last = NULL;
}

static GBytes *show_text(struct fs *fs, const struct inode *inode)
{
	const struct text_row *row = row_of(inode);

	if (row->show_of)
		return row->show_of(fs->m, (unsigned)inode->nid);
	return row->show ? row->show(fs->m) : row->show_with(fs->m, &fs->options);
}

/* Inode's lock held for writing. */
static int make_text(struct fs *fs, struct inode *inode, const struct text_generation *now)
{
	struct text *text = inode->text;
	GBytes *bytes;

	if (!text->made || text->size > LONG_TEXT || vmlist_count(fs->m) > MANY_AREAS)
		loop_may_take_long();
	drop_last(text);
	/* What grows with the machine may be refused; the rest of a text is small. */
	host_recheck(fs->m);
	bytes = host_has(0) ? show_text(fs, inode) : NULL;
	if (bytes && !host_charge(fs->m, counted_bytes(bytes)))
		g_clear_pointer(&bytes, g_bytes_unref);
	text->made = bytes;
	if (!bytes)
		return -ENOMEM;
	text->last = g_new0(struct text_copy, 1);
	text->last->bytes = bytes;
	text->last->m = fs->m;
	text->size = g_bytes_get_size(bytes);
	text->made_at = *now;
	return 0;
}

/* Sees to it that text->last is the text of now. Inode's lock held for writing. */
static int text_update(struct fs *fs, struct inode *inode)
{
	/* First this, then the text: so that it is no older. */
	struct text_generation now = generation_of(fs, inode);

	if (inode->text->last && is_current(inode->text, row_of(inode), &now))
		return 0;
	return make_text(fs, inode, &now);
}

/* The bytes that a user's opens have; a new user has none. texts_lock held. */
static uint64_t *bytes_of_user(struct fs *fs, uid_t uid)
{
	uint64_t *bytes = g_hash_table_lookup(fs->text_users, GUINT_TO_POINTER(uid));

	if (!bytes) {
		bytes = g_new0(uint64_t, 1);
		g_hash_table_insert(fs->text_users, GUINT_TO_POINTER(uid), bytes);
	}
	return bytes;
}

/* False: that would be too much for one user. */
static bool charge_user(struct fs *fs, uid_t uid, uint64_t size)
{
	uint64_t *bytes;
	bool fits;

	handover_lock(&fs->texts_lock);
	bytes = bytes_of_user(fs, uid);
	fits = !*bytes || (*bytes <= TEXTS_MAX && size <= TEXTS_MAX - *bytes);
	if (fits) {
		*bytes += size;
		fs->text_bytes += size;
		fs->text_peak = MAX(fs->text_peak, fs->text_bytes);
	}
	pthread_mutex_unlock(&fs->texts_lock);
	return fits;
}

/* True: the host should get memory back. */
static bool discharge_user(struct fs *fs, uid_t uid, uint64_t size)
{
	uint64_t *bytes;
	bool trim;

	handover_lock(&fs->texts_lock);
	bytes = bytes_of_user(fs, uid);
	*bytes -= size;
	if (!*bytes)
		g_hash_table_remove(fs->text_users, GUINT_TO_POINTER(uid));
	fs->text_bytes -= size;
	trim = fs->text_peak - fs->text_bytes >= TRIM_BYTES;
	if (trim)
		fs->text_peak = fs->text_bytes;
	pthread_mutex_unlock(&fs->texts_lock);
	return trim;
}

int text_take(struct fs *fs, struct inode *inode, uid_t uid, struct text_copy **ret)
{
	int err = text_update(fs, inode);
	struct text_copy *copy = inode->text->last;

	if (err)
		return err;
	if (!copy->opens) {
		if (!charge_user(fs, uid, inode->text->size)) {
			drop_last(inode->text);
			return -ENOMEM;
		}
		copy->uid = uid;
	}
	copy->opens++;
	*ret = copy;
	return 0;
}

/* Whether the text made last is of no use to an open that may come. */
static bool is_useless(struct fs *fs, struct inode *inode)
{
	struct text_generation now;

	if (inode->text->size > KEEP_MAX)
		return true;
	now = generation_of(fs, inode);
	return !is_current(inode->text, row_of(inode), &now);
}

void text_give_back(struct fs *fs, struct inode *inode, struct text_copy *copy)
{
	uint64_t size = g_bytes_get_size(copy->bytes);
	uid_t uid = copy->uid;

	if (--copy->opens)
		return;
	if (size > LONG_RELEASE)
		loop_may_take_long();
	if (copy != inode->text->last)
		text_copy_free(copy);
	else if (is_useless(fs, inode))
		drop_last(inode->text);
	if (discharge_user(fs, uid, size))
		malloc_trim(0);
}

GBytes *text_look(struct fs *fs, struct inode *inode)
{
	return text_update(fs, inode) ? NULL : g_bytes_ref(inode->text->last->bytes);
}

uint64_t text_length(struct fs *fs, struct inode *inode)
{
	struct text_generation now = generation_of(fs, inode);

	if (is_current(inode->text, row_of(inode), &now))
		return inode->text->size;
	return make_text(fs, inode, &now) ? 0 : inode->text->size;
}
