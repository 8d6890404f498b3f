/* SPDX-License-Identifier: MIT-0 */
/*
 * Stands in front of an unmodified Linux Image, and says when the machine came to it: it prints one
 * line with the physical and the virtual counter. Then it enters Linux at the next 2 MiB, with all
 * registers as they were. The line costs the same instructions on the bare machine. Under Kumiki it
 * takes some microseconds more, which count as Linux's boot.
 */
	.section .head, "ax"
	.globl _start
_start:
	b	enter
	.word	0
	.quad	0			/* text_offset */
	.quad	LINUX_START_IMAGE_SIZE	/* these 2 MiB and Linux */
	.quad	(1 << 3) | (1 << 1)
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

	.text
enter:
	mov	x19, x0
	mrs	x0, cntpct_el0
	mrs	x1, cntvct_el0
	adrp	x2, __bss_end		/* the stack is in the room up to Linux */
	add	x2, x2, #16, lsl #12
	mov	sp, x2
	bl	linux_start_announce
	adrp	x4, _start
	add	x4, x4, #0x200, lsl #12
	mov	x0, x19
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4
	.section .note.GNU-stack, "", %progbits
