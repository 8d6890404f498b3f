/*
 * Exception vectors of EL2. A trap saves the general registers, the PC and PSTATE of the current
 * context in its struct (TPIDR_EL2), calls one C function with it, and returns to the context that
 * is current by then. While the context is current, ELR_EL2 and SPSR_EL2 have its PC and PSTATE,
 * too, unless core.held is set. SP_EL2 points to the struct trap_frame at the stack's top.
 * Interrupts are unmasked while C runs (run/progress.h). Any other exception at EL2 is an error of
 * the frame itself, which doesn't return; or it comes from a translation (translate.S), which
 * restores these registers. Until the exception is saved, CNTHP_CVAL_EL2 has x0: the frame can set
 * that register anew. Each slot has 32 instructions; the ways back are behind the slots.
 */
#include <frame/asm.h>
#include <frame/layout.h>

#define CRASH_STACK_SIZE 976 /* machine/crash.h */

	/* The code before the slot must fit, as the assembler doesn't go back. */
	.set	slot, 0
	.macro	next_slot
	.org	vectors + slot * 128
	.set	slot, slot + 1
9:
	.endm

	/* A vector first reads what a crash overwrites: that is done here, at this place of the slot. A
	 * crash behind it finds all that isn't stored yet in the registers themselves, and x0 to x3
	 * in the trap frame: recover_rest.c. */
	.macro	kept place
	.if	. - 9b - \place
	.error	"asm.h has another place"
	.endif
	.endm

	/* x0 to x3. Then x2 and x3 have PC and PSTATE. */
	.macro	read_place
	stp	x0, x1, [sp, #TRAP_FRAME_X]
	stp	x2, x3, [sp, #TRAP_FRAME_X + 16]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	.endm

	/* PC, PSTATE and all registers. Then x0 points to the context. It doesn't change x1. */
	.macro	store_all
	mrs	x0, tpidr_el2
	stp	x2, x3, [x0, #CONTEXT_PC]
	ldp	x2, x3, [sp, #TRAP_FRAME_X]
	stp	x2, x3, [x0]
	ldp	x2, x3, [sp, #TRAP_FRAME_X + 16]
	stp	x2, x3, [x0, #16]
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
	str	x30, [x0, #240]
	.endm

	/* Loads the registers that C may change, except x0, x1, x18 and x30. x0 points to the
	 * context. */
	.macro	load_x2_to_x17
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	.endm

	/* A core may go on behind an ERET ahead of time ("straight-line speculation"): the barriers
	 * end that. They are never executed. */
	.macro	leave
	eret
	dsb	nsh
	isb
	.endm

	/* The frame's syndrome isn't 0 while the trap is carried out. Its PC, or another value than 0,
	 * is there while all registers of the context are in memory: until the way back has loaded
	 * nearly all of them. */
	.macro	trap handler
	next_slot
	read_place
	mrs	x1, esr_el2
	kept	TRAP_KEPT
	store_all
	mrs	x2, elr_el2
	stp	x1, x2, [sp, #TRAP_FRAME_ESR]
	kept	TRAP_STORED
	msr	daifclr, #2
	bl	\handler
	stp	xzr, x30, [sp, #TRAP_FRAME_ESR] /* done; x30 isn't 0 */
	b	trap_return
	.endm

	/* Rare traps from AArch32 go the way of the same trap from AArch64. */
	.macro	same_as slot_of_64
	next_slot
	b	trap_vectors + \slot_of_64 * 128
	.endm

	.macro	interrupt handler
	next_slot
	read_place
	kept	INTERRUPT_KEPT
	store_all
	str	x0, [sp, #TRAP_FRAME_PC]
	kept	INTERRUPT_STORED
	bl	\handler
	msr	daifclr, #2		/* even if the handler does nothing */
	b	interrupt_return
	.endm

	/* What C may change, of the frame itself. Its PC is there for back traces. */
	.macro	frame_interrupt
	next_slot
	stp	x0, x1, [sp, #-176]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	bl	progress_interrupt
	cbnz	w0, frame_stands
	load_interrupted
	leave
	.endm

	.macro	load_interrupted
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	ldp	x0, x1, [sp], #176
	.endm

	/* An exception of the frame itself. Saves all registers for the report, with which the
	 * machine ends. */
	.macro	crash kind
	next_slot
	msr	cnthp_cval_el2, x0
	ldr	x0, =crash_registers
	stp	x1, x2, [x0, #8]
	mov	x1, #\kind
	b	crash_save
	.endm

	/* An exception of the frame itself, unless it comes from a translation (translate.S), which
	 * is expected. */
	.macro	frame_sync
	next_slot
	msr	cnthp_cval_el2, x0
	ldr	x0, =crash_registers
	stp	x1, x2, [x0, #8]
	mrs	x1, elr_el2
	ldr	x2, =translate_begin
	cmp	x1, x2
	b.lo	1f
	ldr	x2, =translate_end
	cmp	x1, x2
	b.lo	translate_failed
1:	mov	x1, #4
	b	crash_save
	.endm

	.section .vectors, "ax"
	.balign	2048
	.global	vectors
vectors:
	crash	0
	crash	1
	crash	2
	crash	3
	frame_sync
	frame_interrupt
	crash	6
	crash	7
	.org	vectors + 8 * 128	/* from below EL2; their name shows in back traces */
	.global	trap_vectors
trap_vectors:
	trap	trap_sync
	interrupt trap_irq
	trap	trap_fiq
	trap	trap_serror
	trap	trap_sync		/* from AArch32: a guest's 32-bit programs */
	interrupt trap_irq
	same_as	2
	same_as	3
	next_slot

/* A crash at the interrupted instruction. */
frame_stands:
	load_interrupted
	msr	cnthp_cval_el2, x0
	ldr	x0, =crash_registers
	stp	x1, x2, [x0, #8]
	mov	x1, #5

/* x0: crash_registers, x1: which vector. */
crash_save:
	stp	x3, x4, [x0, #24]
	stp	x5, x6, [x0, #40]
	stp	x7, x8, [x0, #56]
	stp	x9, x10, [x0, #72]
	stp	x11, x12, [x0, #88]
	stp	x13, x14, [x0, #104]
	stp	x15, x16, [x0, #120]
	stp	x17, x18, [x0, #136]
	stp	x19, x20, [x0, #152]
	stp	x21, x22, [x0, #168]
	stp	x23, x24, [x0, #184]
	stp	x25, x26, [x0, #200]
	stp	x27, x28, [x0, #216]
	stp	x29, x30, [x0, #232]
	mov	x2, sp
	str	x2, [x0, #248]
	mrs	x2, cnthp_cval_el2
	str	x2, [x0]
	str	x1, [x0, #256]
	ldr	x2, =(crash_stack + CRASH_STACK_SIZE)
	mov	sp, x2
	b	crash_end

	.global	trap_ways_back, trap_ways_back_end
trap_ways_back:
trap_again:
	/* Another interrupt has come, and no other context is to run: takes the interrupt without
	 * leaving EL2. */
	adr	x1, core
	str	wzr, [x1]
	mrs	x0, tpidr_el2
	bl	trap_irq
	b	trap_return
trap_settle:
	bl	progress_settle
	b	trap_return
trap_choose:
	tbnz	w1, #CORE_AGAIN_BIT, trap_again
	cbz	w1, trap_settle
	bl	turn_choose
	.global	trap_return
trap_return:
	msr	daifset, #2
	ldr	x1, core		/* reschedule, held */
	cbnz	x1, trap_choose
trap_load:
	mrs	x0, tpidr_el2
	load_x2_to_x17
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	str	xzr, [sp, #TRAP_FRAME_PC]
	ldp	x0, x1, [x0]
	leave

interrupt_return:
	msr	daifset, #2
	ldr	x1, core
	mrs	x0, tpidr_el2
	cbnz	x1, trap_choose
	load_x2_to_x17
	ldr	x18, [x0, #144]
	ldp	x29, x30, [x0, #232]
	str	xzr, [sp, #TRAP_FRAME_PC]
	ldp	x0, x1, [x0]
	leave

/* Goes from core_run() to the current context. At the next trap the stack has only the trap frame
 * again. */
	.global	core_leave
core_leave:
	ldr	x0, =(LAYOUT_STACK_TOP - TRAP_FRAME_SIZE)
	mov	sp, x0
	str	xzr, [sp, #TRAP_FRAME_ESR]
	b	trap_return
	.ltorg
trap_ways_back_end:
