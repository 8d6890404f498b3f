/*
 * A loop like the frame's code: loads that depend on each other, stores, branches that are taken and
 * not, and a system register. A turn has LOOP_INSTRUCTIONS (doctor/loop.h). x0: how many turns, x1:
 * memory of 4 KiB, all zero.
 */
#include <doctor/loop.h>

	.section .text, "ax"
	.balign	64
	.global	loop_run
loop_run:
	mov	x8, #0
1:	add	x9, x1, x8
	ldr	x10, [x9]
	add	x9, x9, x10
	ldp	x11, x12, [x9, #16]
	add	x11, x11, #1
	cmp	x11, x12
	csel	x13, x11, x12, hi
	cbz	x13, 2f
	stp	xzr, x12, [x9, #16]
2:	mrs	x14, tpidr_el1
	ubfx	x15, x14, #8, #8
	orr	x15, x15, x13, lsl #3
	ldr	w16, [x9, #40]
	tbnz	w16, #3, 3f
	str	w16, [x9, #44]
3:	clz	x17, x15
	lsr	x17, x17, x13
	add	x8, x8, #64
	and	x8, x8, #0xfc0
	sub	x0, x0, #1
	cmp	x0, #0
	b.ne	1b
	ret
