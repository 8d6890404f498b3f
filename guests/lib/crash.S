/* SPDX-License-Identifier: MIT-0 */
/*
 * The stacks for crashes, one for each CPU, and the end of a crash. Below each stack lies a page
 * that cpu.c takes out of the map. The program's own stack isn't changed: Kumiki's report follows
 * the callers there.
 */
#include <kumiki/hypercall.h>

#define CRASH_STACK_BITS 13 /* the size, with the page below */

/* In: x0 = frame, x1 = kind. If the kind is 16, the frame is already on this stack and stays
 * there. */
	.text
	.globl crash_on_own_stack
crash_on_own_stack:
	cmp	x1, #16
	b.eq	crash_say
	mov	x2, x0
	bl	crash_stack
	mov	sp, x0
	mov	x0, x2
	b	crash_say

/* Out: x0 = the end of this CPU's stack for crashes. Changes x3 and the flags only. */
crash_stack:
	mrs	x0, tpidr_el1
	cmp	x0, #GUEST_CPUS_MAX
	csel	x0, x0, xzr, lo
	add	x0, x0, #1
	lsl	x0, x0, #CRASH_STACK_BITS
	adrp	x3, crash_stacks
	add	x3, x3, :lo12:crash_stacks
	add	x0, x0, x3
	ret

/*
 * vectors.S comes here if the stack pointer is useless: x0 is in TPIDRRO_EL0, all other registers
 * are as they were. TPIDRRO_EL0, TPIDR_EL0 and PAR_EL1 are lost here, and no report has them.
 */
	.globl crash_no_stack
crash_no_stack:
	mov	x0, sp
	msr	tpidr_el0, x0
	mrs	x0, tpidr_el1
	cmp	x0, #GUEST_CPUS_MAX
	csel	x0, x0, xzr, lo
	lsl	x0, x0, #CRASH_STACK_BITS
	mov	sp, x0
	adrp	x0, crash_stacks + (1 << CRASH_STACK_BITS)
	add	x0, x0, :lo12:crash_stacks + (1 << CRASH_STACK_BITS)
	add	sp, sp, x0
	sub	sp, sp, #288
	mrs	x0, tpidrro_el0
	stp	x0, x1, [sp, #0]
	mrs	x1, tpidr_el0
	str	x1, [sp, #280]
	mov	x1, #16
	b	guest_save

/* In: x0 = frame, x1 = the stack pointer at the crash. */
	.globl crash_tell
crash_tell:
	ldp	x2, x3, [x0, #248]	/* ELR, SPSR */
	ldp	x4, x5, [x0, #264]	/* ESR, FAR */
	msr	elr_el1, x2
	msr	spsr_el1, x3
	msr	esr_el1, x4
	msr	far_el1, x5
	mov	sp, x1
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	hvc	#KUMIKI_HVC_CRASH
1:	wfi				/* an older Kumiki doesn't know this call */
	b	1b

	.bss
	.balign	4096
	.globl crash_stacks
crash_stacks:
	.skip	GUEST_CPUS_MAX << CRASH_STACK_BITS
	.section .note.GNU-stack, "", %progbits
