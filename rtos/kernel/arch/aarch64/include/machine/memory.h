/* Tables, the TLB and caches: the work that a change of memory needs beside the change itself. */
#ifndef MACHINE_MEMORY_H
#define MACHINE_MEMORY_H

#include <kernel/table.h>
#include <kernel/types.h>

/* Writes an entry of a live table. The table walker sees the entry before this CPU goes on. */
static inline void machine_write_entry(uint64_t *entry, uint64_t value)
{
	*(volatile uint64_t *)entry = value;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/* Writes entries one behind the other. Each value is `more` higher than the value before. */
static inline void machine_write_entries(uint64_t *entry, uint64_t value, uint64_t more,
                                         uint64_t count)
{
	for (volatile uint64_t *at = entry, *end = entry + count; at < end; at++, value += more)
		*at = value;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/* Writes entries one behind the other, each for a page of its own. */
static inline void machine_write_entries_at(uint64_t *entry, const pa_t *pa, uint64_t bits,
                                            uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		((volatile uint64_t *)entry)[i] = pa[i].at | bits;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/* The TLBs of these CPUs (a bit for each) forget a page; pages one behind the other; or a whole
 * address space, which isn't used any more. */
void machine_forget_page(uint32_t asid, uint64_t address, uint32_t on);
void machine_forget_pages(uint32_t asid, uint64_t address, uint64_t pages, uint32_t on);
void machine_forget_space(uint32_t asid, uint32_t on);

/* Zeroes `size` bytes: a power of two, and `from` is a multiple of it. */
void machine_zero(void *from, uint64_t size);

/* Nothing of this page is in a cache afterwards: a reader that bypasses caches sees what was
 * written. */
void machine_flush_page(void *page);

/* Code that was written to this page can be fetched after machine_publish_code(). */
void machine_clean_code(void *page);
void machine_publish_code(void);

#endif
