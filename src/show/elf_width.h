/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF headers and symbols of either width.  Code that makes or reads them handles those of
 * 64 bits, and these functions turn them into those of 32 bits where a file has these.
 * What such a file says has to fit into 32 bits, or is -1.
 */
#ifndef SHOW_ELF_WIDTH_H
#define SHOW_ELF_WIDTH_H

#include <elf.h>
#include <glib.h>
#include <stdbool.h>

/* The bytes of each. */
static inline size_t elf_ehdr_size(bool is_32bit)
{
	return is_32bit ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
}

static inline size_t elf_phdr_size(bool is_32bit)
{
	return is_32bit ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
}

static inline size_t elf_shdr_size(bool is_32bit)
{
	return is_32bit ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
}

static inline size_t elf_sym_size(bool is_32bit)
{
	return is_32bit ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
}

/* Appends one.  The class and the sizes in an ELF header are set here. */
void elf_put_ehdr(GByteArray *out, bool is_32bit, const Elf64_Ehdr *h);
void elf_put_phdr(GByteArray *out, bool is_32bit, const Elf64_Phdr *p);
void elf_put_shdr(GByteArray *out, bool is_32bit, const Elf64_Shdr *s);
void elf_put_sym(GByteArray *out, bool is_32bit, const Elf64_Sym *s);

/* Reads one from its bytes. */
Elf64_Ehdr elf_get_ehdr(bool is_32bit, const void *bytes);
Elf64_Phdr elf_get_phdr(bool is_32bit, const void *bytes);
Elf64_Shdr elf_get_shdr(bool is_32bit, const void *bytes);
Elf64_Sym elf_get_sym(bool is_32bit, const void *bytes);

#endif
