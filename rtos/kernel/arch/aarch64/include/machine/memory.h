/* Tables, the TLB and caches: what changes of memory need beside the change itself. */
#ifndef MACHINE_MEMORY_H
#define MACHINE_MEMORY_H

#include <kernel/table.h>
#include <kernel/types.h>

/* Writes an entry of a live table; the walker sees it before anything later does. */
static inline void machine_write_entry(uint64_t *entry, uint64_t value)
{
	*(volatile uint64_t *)entry = value;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/* The same for entries one behind the other, each with so much more than the one before. */
static inline void machine_write_entries(uint64_t *entry, uint64_t value, uint64_t more,
                                         uint64_t count)
{
	for (volatile uint64_t *at = entry, *end = entry + count; at < end; at++, value += more)
		*at = value;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/* Or each for a page of its own. */
static inline void machine_write_entries_at(uint64_t *entry, const pa_t *pa, uint64_t bits,
                                            uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		((volatile uint64_t *)entry)[i] = pa[i].at | bits;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/* What the TLBs of these CPUs (a bit for each) know of a page, of pages one behind the other, or of
 * a whole address space that isn't used any more. */
void machine_forget_page(uint32_t asid, uint64_t address, uint32_t on);
void machine_forget_pages(uint32_t asid, uint64_t address, uint64_t pages, uint32_t on);
void machine_forget_space(uint32_t asid, uint32_t on);

/* Some bytes: a power of two, and a multiple of it. */
void machine_zero(void *from, uint64_t size);

/* Nothing of this page is in a cache any more: whoever looks past them sees what was written. */
void machine_flush_page(void *page);

/* What was written to this page can be fetched as code once machine_publish_code() was called. */
void machine_clean_code(void *page);
void machine_publish_code(void);

#endif
