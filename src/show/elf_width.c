/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF structures of 64 bits as those of 32, and back, member by member.
 */
#include "show/elf_width.h"

#include <string.h>

static void append_elf(GByteArray *out, const void *bytes, size_t size)
{
	g_byte_array_append(out, bytes, (guint)size);
}

void elf_put_ehdr(GByteArray *out, bool is_32bit, const Elf64_Ehdr *h)
{
	Elf32_Ehdr narrow = {
		.e_type = h->e_type,
		.e_machine = h->e_machine,
		.e_version = (Elf32_Word)h->e_version,
		.e_entry = (Elf32_Addr)h->e_entry,
		.e_phoff = (Elf32_Off)h->e_phoff,
		.e_shoff = (Elf32_Off)h->e_shoff,
		.e_flags = (Elf32_Word)h->e_flags,
		.e_ehsize = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = h->e_phnum,
		.e_shentsize = h->e_shnum ? sizeof(Elf32_Shdr) : 0,
		.e_shnum = h->e_shnum,
		.e_shstrndx = h->e_shstrndx,
	};
	Elf64_Ehdr wide = *h;

	memcpy(narrow.e_ident, h->e_ident, EI_NIDENT);
	narrow.e_ident[EI_CLASS] = ELFCLASS32;
	wide.e_ident[EI_CLASS] = ELFCLASS64;
	wide.e_ehsize = sizeof(Elf64_Ehdr);
	wide.e_phentsize = sizeof(Elf64_Phdr);
	wide.e_shentsize = h->e_shnum ? sizeof(Elf64_Shdr) : 0;
	if (is_32bit)
		append_elf(out, &narrow, sizeof(narrow));
	else
		append_elf(out, &wide, sizeof(wide));
}

Elf64_Ehdr elf_get_ehdr(bool is_32bit, const void *bytes)
{
	Elf32_Ehdr n;
	Elf64_Ehdr w;

	if (!is_32bit) {
		memcpy(&w, bytes, sizeof(w));
		return w;
	}
	memcpy(&n, bytes, sizeof(n));
	w = (Elf64_Ehdr){
		.e_type = n.e_type,
		.e_machine = n.e_machine,
		.e_version = n.e_version,
		.e_entry = n.e_entry,
		.e_phoff = n.e_phoff,
		.e_shoff = n.e_shoff,
		.e_flags = n.e_flags,
		.e_ehsize = n.e_ehsize,
		.e_phentsize = n.e_phentsize,
		.e_phnum = n.e_phnum,
		.e_shentsize = n.e_shentsize,
		.e_shnum = n.e_shnum,
		.e_shstrndx = n.e_shstrndx,
	};
	memcpy(w.e_ident, n.e_ident, EI_NIDENT);
	return w;
}

void elf_put_phdr(GByteArray *out, bool is_32bit, const Elf64_Phdr *p)
{
	const Elf32_Phdr narrow = {
		.p_type = (Elf32_Word)p->p_type,
		.p_flags = (Elf32_Word)p->p_flags,
		.p_offset = (Elf32_Off)p->p_offset,
		.p_vaddr = (Elf32_Addr)p->p_vaddr,
		.p_paddr = (Elf32_Addr)p->p_paddr,
		.p_filesz = (Elf32_Word)p->p_filesz,
		.p_memsz = (Elf32_Word)p->p_memsz,
		.p_align = (Elf32_Word)p->p_align,
	};

	if (is_32bit)
		append_elf(out, &narrow, sizeof(narrow));
	else
		append_elf(out, p, sizeof(*p));
}

Elf64_Phdr elf_get_phdr(bool is_32bit, const void *bytes)
{
	Elf32_Phdr n;
	Elf64_Phdr w;

	if (!is_32bit) {
		memcpy(&w, bytes, sizeof(w));
		return w;
	}
	memcpy(&n, bytes, sizeof(n));
	return (Elf64_Phdr){
		.p_type = n.p_type,
		.p_flags = n.p_flags,
		.p_offset = n.p_offset,
		.p_vaddr = n.p_vaddr,
		.p_paddr = n.p_paddr,
		.p_filesz = n.p_filesz,
		.p_memsz = n.p_memsz,
		.p_align = n.p_align,
	};
}

void elf_put_shdr(GByteArray *out, bool is_32bit, const Elf64_Shdr *s)
{
	const Elf32_Shdr narrow = {
		.sh_name = (Elf32_Word)s->sh_name,
		.sh_type = (Elf32_Word)s->sh_type,
		.sh_flags = (Elf32_Word)s->sh_flags,
		.sh_addr = (Elf32_Addr)s->sh_addr,
		.sh_offset = (Elf32_Off)s->sh_offset,
		.sh_size = (Elf32_Word)s->sh_size,
		.sh_link = (Elf32_Word)s->sh_link,
		.sh_info = (Elf32_Word)s->sh_info,
		.sh_addralign = (Elf32_Word)s->sh_addralign,
		.sh_entsize = (Elf32_Word)s->sh_entsize,
	};

	if (is_32bit)
		append_elf(out, &narrow, sizeof(narrow));
	else
		append_elf(out, s, sizeof(*s));
}

Elf64_Shdr elf_get_shdr(bool is_32bit, const void *bytes)
{
	Elf32_Shdr n;
	Elf64_Shdr w;

	if (!is_32bit) {
		memcpy(&w, bytes, sizeof(w));
		return w;
	}
	memcpy(&n, bytes, sizeof(n));
	return (Elf64_Shdr){
		.sh_name = n.sh_name,
		.sh_type = n.sh_type,
		.sh_flags = n.sh_flags,
		.sh_addr = n.sh_addr,
		.sh_offset = n.sh_offset,
		.sh_size = n.sh_size,
		.sh_link = n.sh_link,
		.sh_info = n.sh_info,
		.sh_addralign = n.sh_addralign,
		.sh_entsize = n.sh_entsize,
	};
}

void elf_put_sym(GByteArray *out, bool is_32bit, const Elf64_Sym *s)
{
	const Elf32_Sym narrow = {
		.st_name = (Elf32_Word)s->st_name,
		.st_info = s->st_info,
		.st_other = s->st_other,
		.st_shndx = s->st_shndx,
		.st_value = (Elf32_Addr)s->st_value,
		.st_size = (Elf32_Word)s->st_size,
	};

	if (is_32bit)
		append_elf(out, &narrow, sizeof(narrow));
	else
		append_elf(out, s, sizeof(*s));
}

Elf64_Sym elf_get_sym(bool is_32bit, const void *bytes)
{
	Elf32_Sym n;
	Elf64_Sym w;

	if (!is_32bit) {
		memcpy(&w, bytes, sizeof(w));
		return w;
	}
	memcpy(&n, bytes, sizeof(n));
	return (Elf64_Sym){
		.st_name = n.st_name,
		.st_info = n.st_info,
		.st_other = n.st_other,
		.st_shndx = n.st_shndx,
		.st_value = n.st_value,
		.st_size = n.st_size,
	};
}
