// SPDX-License-Identifier: GPL-2.0
/*
 * An attack with stage 1 off: every address is a physical one. The code that switches it off lies
 * in this module's text, in a page that tables of its own show at its physical address, too. So it
 * goes on there, and has its own vectors there: they lead back if the kernel mayn't execute the
 * page.
 */
#include "intruder.h"
#include <asm/cacheflush.h>
#include <asm/daifflags.h>
#include <asm/pgtable.h>
#include <asm/tlbflush.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#define FLAT_RETURN 0xd65f03c0u
#define FLAT_LEVELS 4
#define FLAT_MMU    1ul /* of SCTLR_EL1 */
#define FLAT_CODE                                                                                  \
	(PTE_TYPE_PAGE | PTE_AF | PTE_SHARED | PTE_RDONLY | PTE_UXN | PTE_ATTRINDX(MT_NORMAL))

/* x0: SCTLR_EL1 without stage 1; x1: the page; x2, x3: SCTLR_EL1 and VBAR_EL1 to go back with; x4:
 * where this lies. Returns 1 if the page was executed. */
extern u8 intruder_flat_code[];
asm(".pushsection .text\n"
    "	.balign 2048\n"
    "intruder_flat_code:\n"
    "	mov	x9, x30\n"
    "	msr	vbar_el1, x4\n"
    "	msr	sctlr_el1, x0\n"
    "	isb\n"
    "	blr	x1\n"
    "	mov	x0, #1\n"
    "0:	msr	vbar_el1, x3\n"
    "	msr	sctlr_el1, x2\n"
    "	isb\n"
    "	ret	x9\n"
    "	.org	intruder_flat_code + 0x200\n" /* an exception at EL1 */
    "	mov	x0, #0\n"
    "	b	0b\n"
    "	.balign 128\n"
    ".popsection\n");

typedef unsigned long (*flat_code)(unsigned long off, unsigned long page, unsigned long sctlr,
                                   unsigned long vbar, unsigned long own);

/* Tables by which this page is at its physical address. */
static u64 flat_tables(unsigned long at)
{
	u64 entry = (at & PAGE_MASK) | FLAT_CODE;
	int level;

	for (level = 0; level < FLAT_LEVELS; level++) {
		const unsigned int shift = PAGE_SHIFT + level * (PAGE_SHIFT - 3);
		u64 *table = (u64 *)get_zeroed_page(GFP_KERNEL);

		if (!table)
			return 0;
		table[at >> shift & (PTRS_PER_PTE - 1)] = entry;
		entry = virt_to_phys(table) | PMD_TYPE_TABLE;
	}
	return entry & PAGE_MASK;
}

static void flat_use(u64 tables)
{
	write_sysreg(tables, ttbr0_el1);
	isb();
	local_flush_tlb_all();
}

int intruder_flat(void)
{
	const unsigned long own =
	    page_to_phys(vmalloc_to_page(intruder_flat_code)) + offset_in_page(intruder_flat_code);
	const unsigned long sctlr = read_sysreg(sctlr_el1);
	const u64 tables = flat_tables(own), former = read_sysreg(ttbr0_el1);
	u32 *page = (u32 *)get_zeroed_page(GFP_KERNEL);
	unsigned long flags, executed;

	if (!tables || !page)
		return -ENOMEM;
	*page = FLAT_RETURN;
	caches_clean_inval_pou((unsigned long)page, (unsigned long)page + sizeof(*page));
	flags = local_daif_save();
	flat_use(tables);
	executed = ((flat_code)own)(sctlr & ~FLAT_MMU, virt_to_phys(page), sctlr,
	                            read_sysreg(vbar_el1), own);
	flat_use(former);
	local_daif_restore(flags);
	return executed ? -EPERM : 0;
}
