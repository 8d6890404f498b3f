// SPDX-License-Identifier: GPL-2.0
/* Attacks on the kernel's code: its text, and where its exceptions go. */
#include "intruder.h"
#include <asm/cacheflush.h>
#include <asm/memory.h>
#include <asm/sysreg.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#define INTRUDER_NOP    0xd503201fu
#define INTRUDER_BREAK  0xd4200080u /* the BRK of a kprobe */
#define INTRUDER_BRANCH 0x14000000u
#define INTRUDER_CALL   0x94000000u
#define INTRUDER_REACH  (128l << 20)

/* ---- instructions ---- */

/* Writes into the kernel's image, whatever its own mapping allows. */
int intruder_write(unsigned long at, const void *from, unsigned long size)
{
	struct page *page = pfn_to_page(PHYS_PFN(at - kimage_voffset));
	u8 *map = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!map)
		return -ENOMEM;
	memcpy(map + offset_in_page(at), from, size);
	vunmap(map);
	return 0;
}

/* Likewise into this module's own code or constants. */
static int intruder_write_own(u8 *at, u32 word)
{
	struct page *page = vmalloc_to_page(at);
	u8 *map = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;

	if (!map)
		return -ENOMEM;
	*(u32 *)(map + offset_in_page(at)) = word;
	caches_clean_inval_pou((unsigned long)at, (unsigned long)at + sizeof(word));
	vunmap(map);
	return 0;
}

/* A branch or a call from one place to another; 0: that is too far. */
static u32 intruder_leap(u32 kind, unsigned long from, unsigned long to)
{
	const long far = (long)(to - from);

	if (far >= INTRUDER_REACH || far < -INTRUDER_REACH)
		return 0;
	return kind | ((u32)(far >> 2) & 0x3ffffff);
}

/* ---- text ---- */

static unsigned long intruder_site;
static u32 intruder_word; /* the instruction that was there */

static int intruder_patch(unsigned long site, u32 word)
{
	int error;

	intruder_site = site;
	intruder_word = *(u32 *)site;
	error = word ? intruder_write(site, &word, sizeof(word)) : -ERANGE;
	caches_clean_inval_pou(site, site + sizeof(word));
	return error;
}

void intruder_text_undo(void)
{
	intruder_undone = *(u32 *)intruder_site == intruder_word;
	if (!intruder_undone)
		(void)intruder_patch(intruder_site, intruder_word);
}

/* The first instruction of panic(), which isn't called. */
int intruder_text(void)
{
	return intruder_patch((unsigned long)panic, INTRUDER_NOP);
}

/* No kprobe is there. */
int intruder_break(void)
{
	return intruder_patch((unsigned long)panic, INTRUDER_BREAK);
}

/* ---- sites where the kernel itself changes its text: they lead to code of this module, which goes
 * back at once ---- */

extern u8 intruder_traced_code[], intruder_jump_code[];
asm(".pushsection .text\n"
    "intruder_traced_code:\n"
    "	mov	x10, x30\n"
    "	mov	x30, x9\n"
    "	ret	x10\n"
    "intruder_jump_code:\n"
    "	nop\n" /* becomes a branch */
    ".popsection\n");

/* The second instruction is for ftrace. */
int intruder_traced(void)
{
	const unsigned long site = (unsigned long)panic + 4;

	return intruder_patch(
	    site, intruder_leap(INTRUDER_CALL, site, (unsigned long)intruder_traced_code));
}

/* A jump label of the kernel, by the key that it belongs to. */
int intruder_jump(void)
{
	const struct static_key *key = &memalloc_socks_key.key;
	const unsigned long code = (unsigned long)intruder_jump_code;
	unsigned long site;
	u32 back;

	if (key->type & JUMP_TYPE_LINKED)
		return -EBUSY;
	site = jump_entry_code((struct jump_entry *)(key->type & ~(unsigned long)JUMP_TYPE_MASK));
	back = intruder_leap(INTRUDER_BRANCH, code, site + 4);
	if (!back || intruder_write_own(intruder_jump_code, back))
		return -ERANGE;
	return intruder_patch(site, intruder_leap(INTRUDER_BRANCH, site, code));
}

/* ---- the kernel's own changes there, timed: no attack ---- */

#define INTRUDER_TOGGLES 200 /* far longer than the watcher looks at this module */

/* A jump label of the kernel is switched on and off by the kernel. */
int intruder_sites(void)
{
	struct static_key *key = &memalloc_socks_key.key;
	const struct jump_entry *entry =
	    (const struct jump_entry *)(key->type & ~(unsigned long)JUMP_TYPE_MASK);
	int i, count = 0;
	u64 begin;

	if (key->type & JUMP_TYPE_LINKED)
		return -EBUSY;
	for (; jump_entry_key(entry) == key; entry++)
		count += !jump_entry_is_init(entry);
	begin = read_sysreg(cntvct_el0);
	for (i = 0; i < INTRUDER_TOGGLES; i++) {
		static_key_slow_inc(key);
		static_key_slow_dec(key);
	}
	pr_alert("intruder: %d stores took %llu ticks\n", 2 * INTRUDER_TOGGLES * count,
	         read_sysreg(cntvct_el0) - begin);
	return 0;
}

/* ---- the same with a place that is no jump label's: the kernel writes it with its lock held ----
 */

/* The second one ends the first one's row. */
static struct jump_entry intruder_forged[2];

int intruder_forge(void)
{
	struct static_key *key = kzalloc(sizeof(*key), GFP_KERNEL);
	struct jump_entry *entry = intruder_forged;

	if (!key)
		return -ENOMEM;
	intruder_site = (unsigned long)panic;
	intruder_word = *(u32 *)intruder_site;
	entry->code = (s32)(intruder_site - (unsigned long)&entry->code);
	entry->target = (s32)(intruder_site + sizeof(u32) - (unsigned long)&entry->target);
	entry->key = (long)((unsigned long)key - (unsigned long)&entry->key);
	key->type = (unsigned long)entry;
	static_key_slow_inc(key);
	return *(u32 *)intruder_site == intruder_word ? -EPERM : 0;
}

/* ---- this module's own text, when it is loaded ---- */

#define INTRUDER_LATER (2 * HZ)

static u32 intruder_own_word;

static void intruder_change_own(struct work_struct *work)
{
	intruder_own_word = *(u32 *)intruder_traced_code;
	pr_alert("intruder: its text is changed: %d\n",
	         intruder_write_own(intruder_traced_code, INTRUDER_NOP));
}

static DECLARE_DELAYED_WORK(intruder_changed, intruder_change_own);

int intruder_own(void)
{
	schedule_delayed_work(&intruder_changed, INTRUDER_LATER);
	return 0;
}

void intruder_own_undo(void)
{
	flush_delayed_work(&intruder_changed);
	intruder_undone = *(u32 *)intruder_traced_code != INTRUDER_NOP;
	if (!intruder_undone)
		(void)intruder_write_own(intruder_traced_code, intruder_own_word);
}

/* ---- a constant of this module's ---- */

extern u8 intruder_seven[];
asm(".pushsection .rodata\n"
    "	.balign 4\n"
    "intruder_seven:\n"
    "	.word 7\n"
    ".popsection\n");

int intruder_own_constant(void)
{
	return intruder_write_own(intruder_seven, 8);
}

void intruder_own_constant_undo(void)
{
	(void)intruder_write_own(intruder_seven, 7);
}

/* ---- data that is executed ---- */

#define INTRUDER_RETURN 0xd65f03c0u
#define INTRUDER_LEVELS 4
#define INTRUDER_TABLE  0xfffffffff000ul
#define INTRUDER_SHIFT  39 /* of the first level's index */

/* The entry of the kernel's page tables for an address that is mapped by a page. */
static u64 *intruder_entry(unsigned long at)
{
	u64 *entry = NULL;
	u64 table = read_sysreg(ttbr1_el1);
	int i;

	for (i = 0; i < INTRUDER_LEVELS; i++) {
		entry = (u64 *)phys_to_virt(table & INTRUDER_TABLE) +
		        (at >> (INTRUDER_SHIFT - 9 * i) & 0x1ff);
		table = *entry;
	}
	return entry;
}

u32 *intruder_page;

int intruder_make_code(void)
{
	u64 *entry;

	intruder_page = vmalloc(PAGE_SIZE);
	if (!intruder_page)
		return -ENOMEM;
	*intruder_page = INTRUDER_RETURN;
	entry = intruder_entry((unsigned long)intruder_page);
	WRITE_ONCE(*entry, *entry & ~PTE_PXN);
	asm volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb");
	caches_clean_inval_pou((unsigned long)intruder_page,
	                       (unsigned long)intruder_page + sizeof(*intruder_page));
	return 0;
}

int intruder_data(void)
{
	const int error = intruder_make_code();

	if (!error)
		((void (*)(void))intruder_page)();
	return error;
}

void intruder_data_undo(void)
{
	intruder_undone = (*intruder_entry((unsigned long)intruder_page) & PTE_PXN) != 0;
	vfree(intruder_page);
}

/* ---- a way to kernel text by which it can be written ---- */

static u32 *intruder_way;

/* Whether the first word can be written, as it is. */
static bool intruder_may_write(void)
{
	u32 word = *intruder_way;

	__put_kernel_nofault(intruder_way, &word, u32, fault);
	return true;
fault:
	return false;
}

int intruder_second(void)
{
	struct page *page = pfn_to_page(PHYS_PFN((unsigned long)panic - kimage_voffset));

	intruder_way = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	return intruder_way && intruder_may_write() ? 0 : -ENOMEM;
}

void intruder_second_undo(void)
{
	intruder_undone = !intruder_may_write();
	vunmap(intruder_way);
}

/* ---- an address of this module's code that leads to another page ---- */

extern u8 intruder_swap_code[];
asm(".pushsection .text\n"
    "	.balign 4096\n" /* a page of its own */
    "intruder_swap_code:\n"
    "	ret\n"
    "	.balign 4096\n"
    ".popsection\n");

static u64 intruder_swapped; /* the entry that was there */

static void intruder_map(u64 value)
{
	WRITE_ONCE(*intruder_entry((unsigned long)intruder_swap_code), value);
	asm volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb");
	caches_clean_inval_pou((unsigned long)intruder_swap_code,
	                       (unsigned long)intruder_swap_code + sizeof(u32));
}

int intruder_swap(void)
{
	intruder_page = vmalloc(PAGE_SIZE);
	if (!intruder_page)
		return -ENOMEM;
	*intruder_page = INTRUDER_RETURN;
	intruder_swapped = *intruder_entry((unsigned long)intruder_swap_code);
	intruder_map((intruder_swapped & ~INTRUDER_TABLE) |
	             page_to_phys(vmalloc_to_page(intruder_page)));
	((void (*)(void))intruder_swap_code)();
	return 0;
}

void intruder_swap_undo(void)
{
	intruder_map(intruder_swapped);
	vfree(intruder_page);
}

/* ---- vectors: each entry of the table goes on to the kernel's own ---- */

#define INTRUDER_ENTRIES 16
#define INTRUDER_ENTRY   128 /* bytes */

extern u8 intruder_table[];
asm(".pushsection .text\n"
    "	.balign 2048\n"
    "intruder_table:\n"
    "	.rept 16\n"
    "	nop\n"
    "	.balign 128\n"
    "	.endr\n"
    ".popsection\n");

static unsigned long intruder_vbar; /* the kernel's own value */
static int intruder_cpu;

static int intruder_fill(void)
{
	int i, error = 0;

	for (i = 0; i < INTRUDER_ENTRIES && !error; i++) {
		const u32 word =
		    intruder_leap(INTRUDER_BRANCH, (unsigned long)intruder_table, intruder_vbar);

		error =
		    word ? intruder_write_own(intruder_table + i * INTRUDER_ENTRY, word) : -ERANGE;
	}
	return error;
}

static long intruder_set(void *vbar)
{
	write_sysreg((unsigned long)vbar, vbar_el1);
	isb();
	return 0;
}

int intruder_vectors(void)
{
	intruder_vbar = read_sysreg(vbar_el1);
	intruder_cpu = raw_smp_processor_id();
	if (intruder_fill())
		return -ENOMEM;
	return (int)work_on_cpu(intruder_cpu, intruder_set, intruder_table);
}

static long intruder_unset(void *unused)
{
	intruder_undone = read_sysreg(vbar_el1) != (unsigned long)intruder_table;
	return intruder_undone ? 0 : intruder_set((void *)intruder_vbar);
}

void intruder_vectors_undo(void)
{
	(void)work_on_cpu(intruder_cpu, intruder_unset, NULL);
}

/* In a page that it makes code: the next exception leads there. */
int intruder_data_vectors(void)
{
	const int error = intruder_make_code();

	if (!error)
		(void)intruder_set(intruder_page);
	return error;
}

/* ---- control registers ---- */

#define INTRUDER_UMA (1ul << 9) /* of SCTLR_EL1 */

static long intruder_let(void *let)
{
	const unsigned long sctlr = read_sysreg(sctlr_el1);

	intruder_undone = !let && !(sctlr & INTRUDER_UMA);
	write_sysreg((sctlr & ~INTRUDER_UMA) | (unsigned long)let, sctlr_el1);
	isb();
	return 0;
}

int intruder_control(void)
{
	intruder_cpu = raw_smp_processor_id();
	return (int)work_on_cpu(intruder_cpu, intruder_let, (void *)INTRUDER_UMA);
}

void intruder_control_undo(void)
{
	(void)work_on_cpu(intruder_cpu, intruder_let, NULL);
}
