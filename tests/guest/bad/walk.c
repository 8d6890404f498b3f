/*
 * Lets the translation of its own code lead through a device that answers no table walk, just when
 * the frame has to look at an instruction there: a pair of the GIC's registers is loaded while only
 * the TLB still knows where the code is. The emulator's fw-cfg answers no read of eight bytes.
 * Either the code's own fetch says so, or the load is tried again until the timer puts the way
 * right.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/gic.h>
#include <stdio.h>

#define WALK_DEVICE 0x09020000ull
#define WALK_BLOCK  (1ull | 1ull << 10 | 3ull << 8) /* accessed, inner shareable */
#define WALK_MEMORY (1ull << 30 | WALK_BLOCK | 1ull << 2)
#define WALK_LINK   3ull
#define WALK_ALIAS  (1ull << 30) /* the gigabyte of memory is there once more, above itself */

/* Stores `link` in the table, loads a pair of registers and returns the first. */
uint64_t walk_code(volatile uint64_t *entry, uint64_t link, uint64_t device);
__asm__(".balign 16\n"
        "walk_code: str x1, [x0]\n\tldp w3, w4, [x2]\n\tmov x0, x3\n\tret");

static uint64_t walk_table[512] __attribute__((aligned(4096)));

static volatile uint32_t walk_mended;

static void walk_set_timer(void)
{
	cpu_write(cntv_cval_el0, cpu_read(cntvct_el0) + cpu_read(cntfrq_el0) / 100);
	cpu_write(cntv_ctl_el0, 1);
}

/* Again and again: a slow host may let it come before the try has begun. */
static void walk_mend(uint32_t intid)
{
	(void)intid;
	walk_set_timer();
	((volatile uint64_t *)walk_table)[2] = WALK_MEMORY;
	walk_mended = 1;
}

static void walk_translate(void)
{
	walk_table[0] = WALK_BLOCK;
	walk_table[1] = walk_table[2] = WALK_MEMORY;
	cpu_write(mair_el1, 0xff00);
	cpu_write(tcr_el1, 2ull << 32 | 1ull << 23 | 3ull << 12 | 1ull << 10 | 1ull << 8 | 25);
	cpu_write(ttbr0_el1, (uintptr_t)walk_table);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

/* What the load in the alias came to if the alias' entry becomes `link` before it. */
static void walk_try(const char *name, uint64_t link)
{
	uint64_t (*code)(volatile uint64_t *, uint64_t, uint64_t);
	const struct guest_frame *fault;
	uint64_t value;

	code = (__typeof__(code))((uintptr_t)walk_code + WALK_ALIAS);
	fault_expect();
	walk_mended = 0;
	walk_set_timer();
	cpu_unmask_interrupts();
	value = code(&walk_table[2], link, BOARD_GICD);
	cpu_mask_interrupts();
	cpu_write(cntv_ctl_el0, 0);
	fault = fault_taken();
	if (fault != NULL)
		printf("walk: %s: syndrome 0x%lx\n", name, (unsigned long)fault->esr);
	else
		printf("walk: %s: 0x%x, %s\n", name, (unsigned int)value,
		       walk_mended ? "when it was mended" : "at once");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	gic_enable(BOARD_VTIMER_INTERRUPT, walk_mend);
	walk_translate();
	walk_try("memory", WALK_MEMORY);
	walk_try("device", WALK_DEVICE | WALK_LINK);
}
