/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of files: one struct file_ops each.
 */
#ifndef FS_FILES_H
#define FS_FILES_H

#include "fs/inode/file_ops.h"

extern const struct file_ops area_ops;	      /* area_file.c: vmalloc and its sisters */
extern const struct file_ops ioremap_ops;     /* area_file.c */
extern const struct file_ops vmap_ops;	      /* area_file.c */
extern const struct file_ops reserved_ops;    /* area_file.c: get_vm_area of ctl */
extern const struct file_ops loaded_ops;      /* area_file.c: an area of a layout, with frames */
extern const struct file_ops loaded_bare_ops; /* area_file.c: one without */
extern const struct file_ops user_ops;	      /* user_file.c: vmalloc_user, vmalloc_32_user */
extern const struct file_ops text_ops;	      /* text.c: one open is one snapshot */
extern const struct file_ops clear_ops;	      /* text.c: a text that truncating makes empty */
extern const struct file_ops log_ops;	      /* text.c: a text that grows while it is read */
extern const struct file_ops pipe_ops;	      /* trace_pipe.c */
extern const struct file_ops knob_ops;	      /* knob.c */
extern const struct file_ops ctl_ops;	      /* ctl.c */
extern const struct file_ops mem_ops;	      /* dev.c */
extern const struct file_ops kmem_ops;	      /* dev.c */
extern const struct file_ops cpu_mem_ops;     /* cpu_mem.c */
extern const struct file_ops cpu_user_ops;    /* cpu_mem.c */
extern const struct file_ops kcore_ops;	      /* kcore.c */
extern const struct file_ops vmcore_ops;      /* vmcore.c */

#endif
