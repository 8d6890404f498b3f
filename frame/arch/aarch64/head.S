/*
 * Entry of the frame: the first core comes from the boot loader, the others from the firmware's
 * CPU_ON; all at EL2, with the MMU and data caches off. Both ways lead to C code at its linked
 * address.
 */
#include <board.h>
#include <firmware/end.inc>
#include <frame/layout.h>
#include <frame/asm.h>
#include <uart/say.inc>

	.section .head, "ax"
	.global _start
_start:
	b	boot_entry
	.long	0
	.quad	0			/* text_offset, completed by the packer */
	.quad	frame_bare_size		/* memory needed, the bundle's added by the packer */
	.quad	2			/* little-endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.global	frame_header
frame_header:
	.quad	0x00454d4152464d4b	/* FRAME_HEADER_MAGIC */
	.long	FRAME_BUNDLE_REVISION
	.long	frame_image_size
1:	.ascii	BOARD_NAME
	.space	32 - (. - 1b)
frame_uart:
	.quad	BOARD_UART
frame_uart_registers:
	.long	BOARD_UART_REGISTERS
	.long	0
1:	.ascii	KUMIKI_VERSION
	.space	32 - (. - 1b)
	.long	frame_layout
	.long	FRAME_KEEP_REVISION
	.quad	frame_state		/* update_state.c */

/*
 * The machine's end, or a recovery. Their code (crash.c, stop.c, recover.c) isn't mapped while
 * guests run. If it isn't mapped now, this switches to the tables of the way in. Their root is the
 * second page of a pair (tables.c), so this finds the root without a read from memory, which may be
 * broken.
 */
	.global	stop_machine
stop_machine:
	ldr	x2, =end_machine
	b	1f
	.global	crash_end
crash_end:
	ldr	x2, =crash_exception
	b	1f
/* Goes to recover_core(), on an empty stack. */
	.global	rest_in_start
rest_in_start:
	ldr	x1, =(LAYOUT_STACK_TOP - TRAP_FRAME_SIZE)
	mov	sp, x1
	ldr	x2, =recover_core
1:	msr	daifset, #2
	mrs	x3, par_el1		/* a guest's */
	at	s1e2r, x2
	isb
	mrs	x1, par_el1
	msr	par_el1, x3
	tbz	x1, #0, 2f
	mrs	x1, ttbr0_el2
	orr	x1, x1, #0x1000
	msr	ttbr0_el2, x1
	isb
	tlbi	alle2
	dsb	nsh
	isb
2:	br	x2
	.ltorg

/*
 * Call power_change(x0, x1), recover_hung(x0), update_begin(x0) and service_text_mend(x0) in the
 * tables of the way in, which map the start's own code, too. No other mapping changes: some come,
 * then they go. hung_in_start and mend_in_start are where there is room for them.
 */
	.global	power_in_start, update_in_start
update_in_start:
	ldr	x4, =update_begin
	b	in_start
power_in_start:
	ldr	x4, =power_change
in_start:
	msr	daifset, #2
	stp	x29, x30, [sp, #-16]!
	mrs	x3, ttbr0_el2
	orr	x3, x3, #0x1000
	msr	ttbr0_el2, x3
	isb
	tlbi	alle2
	dsb	nsh
	isb
	blr	x4
	str	x0, [sp, #-16]!
	bl	tables_leave_start
	ldr	x0, [sp], #16
	ldp	x29, x30, [sp], #16
	ret
	.ltorg

/*
 * The boot core's first steps, with the MMU off, until it has found that the image is intact. They
 * are at the image's beginning, and so are the functions that they call (frame.ld.S). So they can
 * report an image file that was cut off behind them. x0: the firmware's device tree. Keeps in x19
 * where the image lies, in x20 the tree, in x21 the scratch memory.
 */
boot_entry:
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	not_el2
	mov	x20, x0
	msr	spsel, #1
	adr	x19, _start
	tst	x19, #(LAYOUT_SLOT - 1)
	b.ne	misplaced
	msr	vbar_el2, x19
	isb
	bl	find_scratch
	mov	x0, x21
	bl	invalidate_boot_memory
	ldr	x1, =LAYOUT_BOOT_SIZE
	add	sp, x21, x1
	str	x19, [sp, #-16]!
	ldr	x1, [sp], #16
	cmp	x1, x19
	b.ne	boot_failed		/* there is no memory, but no fault either */
	mov	x0, x19
	ldr	x1, =frame_image_size
	bl	bundle_verify_frame
	cbz	w0, boot_intact
	cmp	w0, #BUNDLE_NONE
	adr	x1, no_bundle_text
	adr	x0, damaged_text
	csel	x0, x1, x0, eq
	b	boot_end

/* The vector of exceptions at EL2 until the MMU is on: VBAR_EL2 is the image's beginning.
 * Interrupts and SErrors are masked. */
	.org	_start + 0x200
boot_failed:
	adr	x0, failed_text
	b	boot_end
misplaced:
	adr	x0, misplaced_text
boot_end:
	bl	say
	adr	x0, end_text
	bl	say
	firmware_off
	b	park
not_el2:
	adr	x0, not_el2_text
	bl	say
park:
	wfe
	b	park

/* Prints a text (x0) with the MMU off and without a stack, if the frame has a UART. */
say:
	adr	x1, frame_uart
	ldr	x1, [x1]
	cbz	x1, 2f
	adr	x4, frame_uart_registers
	ldr	w4, [x4]
	uart_begin x1, w4, w2
1:	ldrb	w2, [x0], #1
	cbz	w2, 2f
	uart_send x1, w4, w2, w3
	b	1b
2:	ret

/*
 * Finds the scratch memory (x21), at the end of the memory that the image's header asks for. The
 * image's header must agree with the bundle's, which nothing has verified yet. If it doesn't, the
 * scratch memory is right behind the frame's own image, which tells that to start_machine().
 */
find_scratch:
	ldr	x1, [x19, #16]
	ldr	x2, =frame_image_size
	add	x21, x19, x2
	ldr	x2, [x21, #BUNDLE_MEMORY_BASE]
	ldr	x3, [x21, #BUNDLE_MEMORY_SIZE]
	ldr	x4, [x21, #BUNDLE_IMAGE_BASE]
	add	x2, x2, x3
	sub	x2, x2, x4
	cmp	x1, x2
	b.ne	1f
	ldr	x2, =LAYOUT_BOOT_SIZE
	sub	x1, x1, x2
	add	x21, x19, x1
1:	ret

#include <machine/boot_memory.inc>

	.global	hung_in_start, mend_in_start
hung_in_start:
	ldr	x4, =recover_hung
	b	in_start
mend_in_start:
	ldr	x4, =service_text_mend
	b	in_start
	.ltorg
	firmware_board

not_el2_text:
	.asciz	"kumiki: not started at EL2, where a hypervisor belongs\r\n"
misplaced_text:
	.asciz	"kumiki: loaded at an address that is no multiple of 2 MiB"
failed_text:
	.asciz	"kumiki: the first steps failed: the image is damaged, or there is less memory than described: load it again, or give the machine more (QEMU's -m)"
no_bundle_text:
	.asciz	"kumiki: no bundle behind the frame: the image was cut short, or isn't one that `kumiki pack` made"
damaged_text:
	.asciz	"kumiki: the frame's image is damaged, by its CRC-32C: load the image again"
end_text:
	.asciz	"\r\nkumiki: the machine stops here\r\n"
	.balign	4

	.section .boot, "ax"
boot_intact:
	bl	settle_el2
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	bl	boot_tables		/* C code with the MMU off; returns the root in x0 */
	mov	x22, x0
	mov	x0, x21
	bl	invalidate_boot_memory_tables
	mov	x0, x22
	bl	mmu_on
	ldr	x1, =LAYOUT_STACK_TOP	/* the same memory, where every stack is */
	mov	sp, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	isb
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	ldr	x3, =start_machine
	blr	x3			/* doesn't return */
	.ltorg

/*
 * The way in, with the MMU off. This code is in the first page of the start's own part, each entry
 * at a fixed place (layout.h). The tables of each core's way in map that page at its physical
 * address, too. x0 is the root of the tables of this core's way in; nothing else is read from
 * memory before they are in use. core_reenter: for a core that has other tables, or these, in use.
 */
	.section .trampoline, "ax"
	.global	core_entry, core_reenter
core_reenter:
	mrs	x1, sctlr_el2
	bic	x1, x1, #1
	bic	x1, x1, #4
	msr	sctlr_el2, x1
	isb
	b	core_entry
	.org	core_reenter + IMAGE_ENTRY - IMAGE_REENTER
core_entry:
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.eq	2f
1:	wfe
	b	1b
2:	bl	settle_el2
	bl	mmu_on
	ldr	x1, =MMU_SCTLR
	msr	sctlr_el2, x1
	isb
	ldr	x1, =(LAYOUT_STACK_TOP - TRAP_FRAME_SIZE)
	mov	sp, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	isb
	mov	x30, xzr
	ldr	x1, =core_main
	br	x1

#include <machine/enter_el2.inc>
