/*
 * Tables and the TLB as the host's tests have them. While an address space is used on a CPU, the
 * CPU's TLB may know every entry that was ever valid, until the kernel has it forget the entry.
 */
#ifndef MACHINE_MEMORY_H
#define MACHINE_MEMORY_H

#include <kernel/table.h>
#include <kernel/types.h>

/* A valid entry may only change to 0. While TLBs may still know an entry that is gone, no new entry
 * is written. */
void machine_write_entry(uint64_t *entry, uint64_t value);
void machine_write_entries(uint64_t *entry, uint64_t value, uint64_t more, uint64_t count);
void machine_write_entries_at(uint64_t *entry, const pa_t *pa, uint64_t bits, uint64_t count);
void machine_forget_page(uint32_t asid, uint64_t address, uint32_t on);
void machine_forget_pages(uint32_t asid, uint64_t address, uint64_t pages, uint32_t on);
void machine_forget_space(uint32_t asid, uint32_t on);
void machine_zero(void *from, uint64_t size);
void machine_flush_page(void *page);
void machine_clean_code(void *page);
void machine_publish_code(void);

/* How often each function was called, and how many entries are gone that TLBs may still know. */
struct fake_memory {
	uint64_t entries, invalidated, forgotten, flushed;
	uint64_t known;
};
extern struct fake_memory fake_memory;

#endif
