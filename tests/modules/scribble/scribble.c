// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel module that overwrites all of its Linux's memory with one word: `insmod scribble.ko
 * word=…`. It destroys everything: the kernel, page tables, stacks, and at last the loop itself.
 * The loop has a page and page tables of its own; the tables map all memory writable at its
 * physical address. At the end the loop overwrites its page. The other CPUs run into whatever is
 * left. tests/system/test_abuse.py uses it.
 */
#include <asm/cacheflush.h>
#include <asm/daifflags.h>
#include <asm/pgtable-hwdef.h>
#include <asm/sysreg.h>
#include <linux/gfp.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/module.h>

#define SCRIBBLE_RANGES 30
#define SCRIBBLE_GB     (1UL << 30)
#define SCRIBBLE_MAP                                                                               \
	(PMD_TYPE_SECT | PMD_SECT_AF | PMD_SECT_S | PMD_SECT_UXN | PMD_ATTRINDX(MT_NORMAL))

static ulong scribble_word;
module_param_named(word, scribble_word, ulong, 0);
MODULE_PARM_DESC(word, "what is written everywhere");

/* The only page that is needed at the end. */
struct scribble {
	struct {
		u64 begin, end;
	} range[SCRIBBLE_RANGES + 1]; /* physical addresses; the last range is 0, 0 */
	u8 code[256];
	u64 rest[(PAGE_SIZE - (SCRIBBLE_RANGES + 1) * 16 - 256) / 8];
};

struct scribble_plan {
	struct scribble *page;
	u64 *tables[2];
	int count;
};

extern const u8 scribble_loop[], scribble_loop_end[];
/* In: x0 = ranges, x1 = the word, x2 = its own page. */
asm(".pushsection .rodata\n"
    "scribble_loop:\n"
    "1:	ldp	x3, x4, [x0], #16\n"
    "	cbz	x4, 3f\n"
    "2:	cmp	x3, x4\n"
    "	b.hs	1b\n"
    "	stp	x1, x1, [x3], #16\n"
    "	stp	x1, x1, [x3], #16\n"
    "	stp	x1, x1, [x3], #16\n"
    "	stp	x1, x1, [x3], #16\n"
    "	b	2b\n"
    "3:	add	x4, x2, #4096\n"
    "4:	str	x1, [x4, #-8]!\n" /* it ends when it overwrites itself */
    "	b	4b\n"
    "scribble_loop_end:\n"
    ".popsection\n");

static bool scribble_spared(const struct scribble_plan *plan, u64 page)
{
	return page == virt_to_phys(plan->page) || page == virt_to_phys(plan->tables[0]) ||
	       page == virt_to_phys(plan->tables[1]);
}

static void scribble_add(struct scribble_plan *plan, u64 begin, u64 end)
{
	if (begin == end || plan->count == SCRIBBLE_RANGES)
		return;
	plan->page->range[plan->count].begin = begin;
	plan->page->range[plan->count++].end = end;
}

/* Adds all memory that Linux was given, reserved or not, except the pages that the loop needs. */
static int scribble_range(struct resource *memory, void *argument)
{
	struct scribble_plan *plan = argument;
	u64 begin = memory->start;

	for (u64 page = begin; page < memory->end; page += PAGE_SIZE) {
		if (!scribble_spared(plan, page))
			continue;
		scribble_add(plan, begin, page);
		begin = page + PAGE_SIZE;
	}
	scribble_add(plan, begin, memory->end + 1);
	return 0;
}

/* Maps everything in two levels, for 39 bits: blocks of a GiB at their physical addresses. */
static void scribble_map(struct scribble_plan *plan)
{
	plan->tables[0][0] = virt_to_phys(plan->tables[1]) | PMD_TYPE_TABLE;
	for (u64 i = 0; i < PTRS_PER_PTE; i++)
		plan->tables[1][i] = i * SCRIBBLE_GB | SCRIBBLE_MAP;
}

static void scribble_switch(u64 table)
{
	u64 tcr = read_sysreg(tcr_el1);

	tcr &= ~(TCR_T0SZ_MASK | TCR_EPD0_MASK | TCR_TG0_MASK);
	write_sysreg(table, ttbr0_el1);
	write_sysreg(tcr | TCR_T0SZ(48) | TCR_TG0_4K, tcr_el1);
	isb();
	asm volatile("tlbi vmalle1\n	dsb nsh\n	isb" ::: "memory");
}

static int __init scribble_init(void)
{
	struct scribble_plan plan = {
	    (void *)get_zeroed_page(GFP_KERNEL),
	    {(void *)get_zeroed_page(GFP_KERNEL), (void *)get_zeroed_page(GFP_KERNEL)}};
	struct scribble *there;

	if (!plan.page || !plan.tables[0] || !plan.tables[1])
		return -ENOMEM;
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1, &plan,
	                    scribble_range);
	if (!plan.count || plan.count == SCRIBBLE_RANGES)
		return -E2BIG;
	memcpy(plan.page->code, scribble_loop, (size_t)(scribble_loop_end - scribble_loop));
	caches_clean_inval_pou((ulong)plan.page->code, (ulong)plan.page->code + 256);
	scribble_map(&plan);
	pr_emerg("scribble: from now on, %d ranges\n", plan.count);
	local_daif_mask();
	scribble_switch(virt_to_phys(plan.tables[0]));
	there = (void *)virt_to_phys(plan.page);
	((void (*)(void *, ulong, void *))there->code)(there->range, scribble_word, there);
	return 0;
}

module_init(scribble_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Overwrites all memory");
