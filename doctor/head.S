/*
 * Entry of the doctor: the first core comes from the boot loader, the others from the firmware; all
 * with the MMU off. At another level than EL2 the report is one defect, and written here.
 */
#include <doctor/places.h>
#include <frame/asm.h>
#include <frame/layout.h>
#include <uart/say.inc>

	.section .head, "ax"
	.global _start
_start:
	b	boot_entry
	.long	0
	.quad	0			/* text_offset, completed by the host's command */
	.quad	DOCTOR_MEMORY_SIZE
	.quad	2			/* little-endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.global	doctor_header
doctor_header:				/* struct doctor_header */
	.quad	0x524f54434f44
	.long	FRAME_BUNDLE_REVISION
	.long	DOCTOR_FACTS_SIZE
	.long	doctor_image_size
	.long	0
1:	.ascii	KUMIKI_VERSION
	.space	32 - (. - 1b)

/* Keeps in x19 where the image lies, in x20 the UART, in x21 the scratch memory, in x22 the facts. */
boot_entry:
	msr	daifset, #0xf
	adr	x19, _start
	ldr	x1, =doctor_image_size
	add	x22, x19, x1
	ldr	x20, [x22, #DOCTOR_FACTS_UART]
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	not_el2
	adr	x0, misplaced_text
	tst	x19, #(LAYOUT_SLOT - 1)
	b.ne	boot_end
	msr	spsel, #1
	msr	vbar_el2, x19
	isb
	ldr	x1, =DOCTOR_SCRATCH
	add	x21, x19, x1
	mov	x0, x21
	bl	invalidate_boot_memory
	ldr	x1, =LAYOUT_BOOT_SIZE
	add	sp, x21, x1
	bl	settle_el2
	mov	x0, x19
	mov	x1, #0			/* the firmware's tree isn't read */
	mov	x2, x21
	bl	boot_tables		/* C code with the MMU off; returns the root in x0 */
	mov	x23, x0
	mov	x0, x21
	bl	invalidate_boot_memory_tables
	mov	x0, x23
	bl	mmu_on
	ldr	x1, =LAYOUT_STACK_TOP	/* the same memory, where every stack is */
	mov	sp, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	msr	tpidr_el2, xzr		/* no attempt is made yet */
	isb
	mov	x0, x19
	ldr	x3, =doctor_main
	blr	x3			/* doesn't return */
	.ltorg

/* The vector of exceptions at EL2 until the MMU is on: VBAR_EL2 is the image's beginning. */
	.org	_start + 0x200
	adr	x0, failed_text
boot_end:
	bl	say
	adr	x0, one_text
	bl	say
park:
	wfe
	b	park
not_el2:
	adr	x0, el1_text
	cmp	x1, #(1 << 2)
	b.eq	boot_end
	adr	x0, el3_text
	b	boot_end

/* Prints a text (x0) with the MMU off and without a stack. */
say:
	mov	x1, x20
	ldr	w4, [x22, #DOCTOR_FACTS_REGISTERS]
	uart_begin x1, w4, w2
1:	ldrb	w2, [x0], #1
	cbz	w2, 2f
	uart_send x1, w4, w2, w3
	b	1b
2:	ret

/*
 * Another core. It tells its level past the caches, as the first core looks for it, and goes on at
 * EL2 alone.
 */
	.balign	64
	.global	other_entry, other_words
other_entry:
	msr	daifset, #0xf
	adr	x19, other_words
	mrs	x1, CurrentEL
	str	x1, [x19, #DOCTOR_OTHER_LEVEL]
	dsb	sy
	sev
	cmp	x1, #(2 << 2)
	b.ne	park
	bl	settle_el2
	ldr	x20, [x19, #DOCTOR_OTHER_STACK]
	ldr	x0, [x19, #DOCTOR_OTHER_ROOT]
	bl	mmu_on
	mov	sp, x20
	ldr	x1, =vectors
	msr	vbar_el2, x1
	msr	tpidr_el2, xzr
	isb
	ldr	x1, =cores_other
	blr	x1			/* doesn't return */
	.ltorg

#include <machine/boot_memory.inc>
#include <machine/enter_el2.inc>

el1_text:
	.ascii	"DEFECT  level: started at EL1: below it no hypervisor can be. Start the machine with EL2\r\n"
	.asciz	"        (QEMU's -M virt,virtualization=on), or have the boot loader stay at EL2\r\n"
el3_text:
	.asciz	"DEFECT  level: started at EL3: have the firmware (TF-A) go to EL2 before it starts an image\r\n"
misplaced_text:
	.asciz	"DEFECT  place: loaded at an address that is no multiple of 2 MiB: load the image elsewhere\r\n"
failed_text:
	.ascii	"DEFECT  place: the first steps failed: is there memory where the image was loaded? Load it\r\n"
	.asciz	"        where the boot loader starts a Linux\r\n"
one_text:
	.asciz	"doctor: 1 checks, 1 defects\r\n"
	.balign	64

/* What another core reads before it has its tables, and tells: alone in its lines of the caches. */
other_words:
	.space	256
