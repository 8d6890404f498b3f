/*
 * What frame/hardware.h declares, for AArch64: stores of descriptors, TLB and cache maintenance.
 * frame/core calls this on any core, at EL2 without VHE, with interrupts masked. The sequences are
 * those of the Arm ARM (DDI 0487), chapters D7 ("Cache maintenance") and D8 ("TLB maintenance").
 */
#include <frame/hardware.h>

void hw_write_entry(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELAXED);
}

AT_START void hw_zero_pages(void *pages, uint64_t size)
{
	uint8_t *at = pages;
	uint64_t ability, step;

	__asm__ volatile("mrs %0, dczid_el0" : "=r"(ability));
	step = 4ULL << (ability & 0xf);
	if ((ability & 0x10) != 0 || 32 * step > PAGE_SIZE) {
		for (uint64_t i = 0; i < size; i += sizeof(uint64_t))
			*(volatile uint64_t *)(at + i) = 0;
		return;
	}
	for (const uint8_t *end = at + size; at < end;)
		__asm__ volatile(".rept 32\n\tdc zva, %0\n\tadd %0, %0, %1\n\t.endr"
		                 : "+r"(at)
		                 : "r"(step)
		                 : "memory");
}

AT_START void hw_zero_table(uint64_t *table)
{
	hw_zero_pages(table, PAGE_SIZE);
}

void hw_barrier_tables(void)
{
	/* the isb: this core itself mustn't have walked ahead with the old tables */
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

/*
 * TLBI operations on stage 2 use the VMID in VTTBR_EL2. Nothing is translated by that register
 * while this core is at EL2, so it can have another value during the invalidation. A core may still
 * walk ahead by it (DDI 0487, D8.2, "Out-of-context translation regimes"): so it has the very
 * tables of the VMID, never a base where there are none. Returns the register's old value.
 */
static uint64_t borrow_stage2(uint64_t vttbr)
{
	uint64_t own;

	__asm__ volatile("mrs %0, vttbr_el2" : "=r"(own));
	if (own != vttbr)
		__asm__ volatile("msr vttbr_el2, %0\n\tisb" ::"r"(vttbr) : "memory");
	return own;
}

static void return_stage2(uint64_t own, uint64_t vttbr)
{
	if (own != vttbr)
		__asm__ volatile("msr vttbr_el2, %0\n\tisb" ::"r"(own) : "memory");
}

void hw_invalidate_stage2(uint64_t vttbr)
{
	uint64_t own = borrow_stage2(vttbr);

	/* Twice, as some cores need it (docs/proof/limits.md, "Hardware errata"). */
	__asm__ volatile("dsb ishst\n\t"
	                 "tlbi vmalls12e1is\n\t"
	                 "dsb ish\n\t"
	                 "tlbi vmalls12e1is\n\t"
	                 "dsb ish\n\t"
	                 "isb" ::
	                     : "memory");
	return_stage2(own, vttbr);
}

/* Returns the size in bytes of the machine's smallest data cache line. */
static uint64_t line_size(void)
{
	uint64_t ctr;

	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	return 4ULL << (ctr >> 16 & 0xf);
}

AT_START void hw_clean_invalidate_to_poc(const void *from, uint64_t size)
{
	uint64_t line = line_size();
	uint64_t end = va_of(from).at + size;

	for (uint64_t at = va_of(from).at & ~(line - 1); at < end; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb sy" ::: "memory");
}

void hw_invalidate_instructions(void)
{
	__asm__ volatile("ic ialluis\n\t"
	                 "dsb ish\n\t"
	                 "isb" ::
	                     : "memory");
}
