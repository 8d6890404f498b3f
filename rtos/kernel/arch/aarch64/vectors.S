/*
 * Exception vectors of EL1. While a program runs, SP_EL1 points to its thread's registers
 * (THREAD_REGISTERS behind the thread), so they are saved without a scratch register; the handler
 * then runs on this CPU's stack, which is empty, and returns the thread that runs next. An
 * exception of the kernel itself is its end.
 *
 * There are two tables: a CPU that is traced has the other one, whose handlers say what they do.
 */
#include <machine/offsets.h>

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
	.rept	6			/* AArch32 has no programs here */
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

/* The stack may be what is broken: this CPU's starts anew. */
crash_here:
	mrs	x0, tpidr_el1
	mov	x1, sp
	ldr	x2, [x0, #CPU_STACK]
	mov	sp, x2
	mov	x2, x30
	bl	crash_report
1:	wfe
	b	1b
	.section .note.GNU-stack, "", %progbits
