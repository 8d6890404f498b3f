/*
 * Exception vectors of EL1. While a program runs, SP_EL1 points to its thread's registers
 * (THREAD_REGISTERS behind the thread), so they are saved without a scratch register; the handler
 * then runs on this CPU's stack, which is empty, and returns the thread that runs next. An
 * exception of the kernel itself is its end.
 *
 * There are two tables: a CPU that is traced has the other one, whose handlers say what they do.
 */
#include <machine/offsets.h>

#define RTOS_CPUS   8
#define CRASH_STACK 4096

	.macro	next_slot
	.balign	128
	.endm

	.macro	enter handler
	next_slot
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x20, sp_el0
	mrs	x21, elr_el1
	mrs	x22, spsr_el1
	stp	x30, x20, [sp, #240]
	stp	x21, x22, [sp, #256]
	mrs	x0, tpidr_el1
	sub	x1, sp, #THREAD_REGISTERS
	ldr	x2, [x0, #CPU_STACK]
	mov	sp, x2
	bl	\handler
	b	leave_kernel
	.endm

	.macro	crash
	next_slot
	b	crash_here
	.endm

	.macro	table name, sync, irq
	.balign	2048
	.global	\name
\name:
	.rept	8
	crash
	.endr
	enter	\sync
	enter	\irq
	.rept	6			/* no program runs in AArch32 */
	crash
	.endr
	.org	\name + 2048
	.endm

	.section .vectors, "ax"
	table	vectors, trap_sync, trap_irq
	table	vectors_traced, trap_sync_traced, trap_irq_traced

/* x0: the thread that runs now. */
	.text
	.global	leave_kernel
leave_kernel:
	add	sp, x0, #THREAD_REGISTERS
	ldp	x30, x20, [sp, #240]
	ldp	x21, x22, [sp, #256]
	ldr	x23, [sp, #272]
	msr	sp_el0, x20
	msr	elr_el1, x21
	msr	spsr_el1, x22
	msr	tpidr_el0, x23
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp]
	eret
	dsb	nsh			/* never executed: a core mustn't go on ahead of time */
	isb

/*
 * The kernel's end. The code trusts only this CPU's place in the table of saved registers, as the
 * stack may be what is broken. The first CPU that comes here reports, on a stack of its own.
 * TPIDR_EL0 and TPIDRRO_EL0 are free, as no program runs any more. After a crash in here, the
 * remaining steps follow.
 */
crash_here:
	msr	tpidr_el0, x0
	msr	tpidrro_el0, x1
	mrs	x0, tpidr_el1
	ldr	w1, [x0, #CPU_INDEX]
	and	w1, w1, #(RTOS_CPUS - 1)
	adr	x0, crash_saved
	add	x0, x0, x1, lsl #SAVED_SHIFT
	ldr	x1, [x0, #SAVED_DEPTH]
	add	x1, x1, #1
	str	x1, [x0, #SAVED_DEPTH]
	cmp	x1, #1
	b.ne	2f
	stp	x2, x3, [x0, #16]
	mrs	x2, tpidr_el0
	mrs	x3, tpidrro_el0
	stp	x2, x3, [x0]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	mov	x1, sp
	stp	x30, x1, [x0, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [x0, #256]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [x0, #272]
	adr	x1, crash_stack_end
	mov	sp, x1
	adr	x1, crash_first
1:	ldaxr	w2, [x1]
	cbnz	w2, crash_other
	mov	w3, #1
	stxr	w2, w3, [x1]
	cbnz	w2, 1b
	bl	crash_report
2:	adr	x2, crash_stack_end
	mov	sp, x2
	bl	crash_again

/* Another CPU was first. This one comes to rest, on its own stack. */
crash_other:
	mrs	x0, tpidr_el1
	ldr	x1, [x0, #CPU_STACK]
	mov	sp, x1
	bl	crash_rest

	.bss
	.balign	16
	.skip	CRASH_STACK
crash_stack_end:
	.section .note.GNU-stack, "", %progbits
