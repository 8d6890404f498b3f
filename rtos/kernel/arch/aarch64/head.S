/*
 * Entry of the kernel: from the boot loader on the first CPU (x0: the device tree), and from
 * PSCI's CPU_ON on the others (x0: its index); MMU and caches off. Both end in C at the linked
 * address. A CPU at EL2 goes down to EL1 first.
 */
#include <kernel/layout.h>
#include <kernel/table.h>
#include <machine/offsets.h>

#define BOOT_BLOCK  (TABLE_BLOCK | TABLE_NORMAL | TABLE_ACCESSED)
#define BOOT_TABLES 5 /* pages */
#define BLOCK_SHIFT 21

/*
 * MMU, caches, stack alignment at EL1 and EL0, DC ZVA and WFE at EL0, and the bits that are one.
 * Not yet WXN: while the boot's tables hold, all of the image is writable and code.
 */
#define SCTLR_BOOT (1 << 29 | 1 << 28 | 1 << 23 | 1 << 22 | 1 << 20 | 1 << 18 | 1 << 14 | 1 << 12 | \
		    1 << 11 | 1 << 4 | 1 << 3 | 1 << 2 | 1 << 0)

/* MMU, caches, WXN: what is on while the kernel runs. */
#define SCTLR_OFF (1 << 19 | 1 << 12 | 1 << 2 | 1 << 0)

/* 39 bits on both sides, 4 KiB granule, write-back, inner shareable; ASIDs of 8 bits in TTBR0. */
#define TCR (25 | 1 << 8 | 1 << 10 | 3 << 12 | 25 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30)

	.section .head, "ax"
	.global _start
_start:
	b	boot_entry
	.long	0
	.quad	0			/* text_offset */
	.quad	kernel_bare_size	/* memory needed; completed when the boot image is appended */
	.quad	1 << 3 | 1 << 1		/* anywhere, 4 KiB pages, little-endian */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
	/* Behind it is kernel_header (start.c). */

	.section .boot, "ax"
boot_entry:
	msr	daifset, #0xf
	mrs	x21, cntvct_el0
	mov	x20, x0
	mov	x22, xzr
	adr	x19, _start
boot_begin:
	tst	x19, #((1 << BLOCK_SHIFT) - 1)
	b.ne	boot_park
	bl	boot_to_el1
	bl	boot_make_tables
	adrp	x0, boot_tables
	add	x1, x0, #0x2000
	bl	boot_mmu_on
	ldr	x0, =SCTLR_BOOT
	msr	sctlr_el1, x0
	isb
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	mov	x3, x22
	ldr	x4, =cpu_stack_first
	mov	sp, x4
	mov	x30, xzr
	ldr	x4, =start_machine
	br	x4

boot_park:
	wfe
	b	boot_park

/* x0: this CPU's index. The first CPU has made this CPU's stack and the kernel's tables. This CPU
 * reads no data before its caches are on. */
	.global boot_secondary
boot_secondary:
	msr	daifset, #0xf
	mov	x20, x0
	bl	boot_to_el1
	adrp	x0, boot_tables
	adrp	x1, machine_root
	add	x1, x1, :lo12:machine_root
	bl	boot_mmu_on
	ldr	x0, =SCTLR_BOOT
	msr	sctlr_el1, x0
	isb
	mov	x0, x20
	ldr	x1, =cpu_stack_first
	mov	x2, #LAYOUT_STACK_STEP
	madd	x1, x0, x2, x1
	mov	sp, x1
	mov	x30, xzr
	ldr	x1, =start_secondary
	br	x1

/*
 * The way to the next kernel, after a crash. x0: the physical address of kept memory; x1: that of
 * boot_again in the copy of the kernel; x2: the kernel's physical address less its virtual one. The
 * boot's tables have the identity of the kernel's block, read-only.
 */
	.global boot_leave
boot_leave:
	msr	daifset, #0xf
	adr	x3, boot_tables
	add	x3, x3, x2
	msr	ttbr0_el1, x3
	isb
	tlbi	vmalle1
	dsb	sy
	isb
	adr	x3, 1f
	add	x3, x3, x2
	br	x3
1:	mrs	x3, sctlr_el1
	ldr	x4, =SCTLR_OFF
	bic	x3, x3, x4
	msr	sctlr_el1, x3
	isb
	br	x1

/*
 * Runs in the copy that lies in the boot image, with MMU and caches off, at EL1 or EL2. x0: the
 * physical address of kept memory. Lays the kernel out anew and enters it there. These are the
 * loader's own steps, and nothing of the old kernel is used.
 */
	.global boot_again
boot_again:
	msr	daifset, #0xf
	mrs	x21, cntvct_el0
	mov	x22, x0
	ldp	x19, x20, [x22]		/* struct kept: kernel, tree */
	adr	x0, _start
	ldr	x1, =kernel_copy_size
	ldr	x2, =kernel_image_offset
	add	x1, x19, x1
	add	x2, x19, x2
	mrs	x4, ctr_el0
	ubfx	x4, x4, #16, #4
	mov	x3, #4
	lsl	x3, x3, x4
	/* Lines of the old kernel that caches have must not be written back later. */
	mov	x4, x19
1:	dc	civac, x4
	add	x4, x4, x3
	cmp	x4, x2
	b.lo	1b
	dsb	sy
	mov	x4, x19
2:	ldp	x5, x6, [x0], #16
	stp	x5, x6, [x4], #16
	cmp	x4, x1
	b.lo	2b
3:	stp	xzr, xzr, [x4], #16
	cmp	x4, x2
	b.lo	3b
	/* The Image's header tells the size of the kernel with the boot image behind it. */
	ldr	x5, [x2, #IMAGE_SIZE]
	ldr	x6, =kernel_image_offset
	add	x5, x5, x6
	str	x5, [x19, #16]
	dsb	sy
	mov	x4, x19
4:	dc	ivac, x4
	add	x4, x4, x3
	cmp	x4, x2
	b.lo	4b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	adr	x0, _start
	adr	x1, boot_begin
	sub	x1, x1, x0
	add	x1, x1, x19
	br	x1

/* Returns at EL1. EL1 gets the counters and the GIC's system registers; nothing traps. */
boot_to_el1:
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	1f
	mov	x1, #(1 << 31)		/* HCR_EL2.RW */
	msr	hcr_el2, x1
	mov	x1, #3
	msr	cnthctl_el2, x1
	msr	cntvoff_el2, xzr
	mov	x1, #0x33ff		/* the bits that are one: FP traps to nobody */
	msr	cptr_el2, x1
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	mov	x1, #0xf		/* ICC_SRE_EL2: enabled, EL1's too */
	msr	S3_4_C12_C9_5, x1
	isb
	mov	x1, #0x3c5		/* EL1h, masked */
	msr	spsr_el2, x1
	msr	elr_el2, x30
	eret
	dsb	nsh
	isb
1:	ret

/*
 * The boot's tables, by blocks of 2 MiB: level 1 and 2 of the identity (the block of the code that
 * turns the MMU on), level 1 of the kernel's addresses, level 2 of the image and what it needs
 * (64 blocks, or to the end of that level), level 2 of the device tree (two blocks).
 */
boot_make_tables:
	adrp	x0, boot_tables
	mov	x1, x0
	add	x2, x0, #(BOOT_TABLES * 0x1000)
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b
	ldr	x9, =BOOT_BLOCK
	/* identity */
	add	x1, x0, #0x1000
	orr	x2, x1, #TABLE_TABLE
	ubfx	x3, x19, #30, #9
	str	x2, [x0, x3, lsl #3]
	ubfx	x3, x19, #BLOCK_SHIFT, #9
	orr	x2, x19, x9
	str	x2, [x1, x3, lsl #3]
	/* the image */
	add	x1, x0, #0x2000
	add	x4, x0, #0x3000
	orr	x2, x4, #TABLE_TABLE
	ldr	x3, =(LAYOUT_TEXT >> 30 & 511)
	str	x2, [x1, x3, lsl #3]
	ldr	x5, [x19, #16]		/* what the image's header says it needs */
	mov	x6, #(2 << BLOCK_SHIFT)
	sub	x6, x6, #1
	add	x5, x5, x6
	lsr	x5, x5, #BLOCK_SHIFT
	mov	x3, #0
	orr	x2, x19, x9
2:	str	x2, [x4, x3, lsl #3]
	add	x2, x2, #(1 << BLOCK_SHIFT)
	add	x3, x3, #1
	cmp	x3, x5
	b.lo	2b
	/* the device tree, and the block behind it */
	add	x4, x0, #0x4000
	orr	x2, x4, #TABLE_TABLE
	ldr	x3, =(LAYOUT_TREE >> 30 & 511)
	str	x2, [x1, x3, lsl #3]
	lsr	x2, x20, #BLOCK_SHIFT
	lsl	x2, x2, #BLOCK_SHIFT
	orr	x2, x2, x9
	str	x2, [x4]
	add	x2, x2, #(1 << BLOCK_SHIFT)
	str	x2, [x4, #8]
	/* Written past the caches, which may hold older contents of these places. */
	dsb	sy
	mrs	x3, ctr_el0
	ubfx	x3, x3, #16, #4
	mov	x4, #4
	lsl	x4, x4, x3
	mov	x1, x0
	add	x2, x0, #(BOOT_TABLES * 0x1000)
3:	dc	ivac, x1
	add	x1, x1, x4
	cmp	x1, x2
	b.lo	3b
	dsb	sy
	ret

/* x0, x1: roots of programs' and of the kernel's addresses. */
boot_mmu_on:
	ldr	x2, =TABLE_MAIR
	msr	mair_el1, x2
	ldr	x2, =TCR
	mrs	x3, id_aa64mmfr0_el1
	and	x3, x3, #0xf
	mov	x4, #5
	cmp	x3, x4
	csel	x3, x3, x4, ls
	bfi	x2, x3, #32, #3
	msr	tcr_el1, x2
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, x1
	ldr	x2, =vectors
	msr	vbar_el1, x2
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	/* The caller goes on at the address where it runs, in the identity's block. */
	ret
	.ltorg

	.section .bss.boot_tables, "aw", %nobits
	.balign	4096
	.global	boot_tables
boot_tables:
	.skip	BOOT_TABLES * 0x1000

/* Below each stack lies a page that isn't mapped. */
	.section .bss.stacks, "aw", %nobits
	.balign	4096
	.global	cpu_stacks
cpu_stacks:
	.skip	LAYOUT_STACK_STEP
	.global	cpu_stack_first
cpu_stack_first:
	.skip	7 * LAYOUT_STACK_STEP
	.section .note.GNU-stack, "", %progbits
