/*
 * The exchange of the frame's image and the spare area (docs/update.md). The start copies this code
 * to a page of its own, which each core's way in maps at LAYOUT_EXCHANGE: so nobody runs what is
 * exchanged. Later frames find the page as the first one left it; its arguments belong to
 * LAYOUT_REVISION.
 */
#include <frame/asm.h>

	.section .boot.exchange, "ax"
	.balign	2048
/*
 * x0: what the frame's entry gets; x1: that entry; x2: struct update; w3: this core's bit; w4: the
 * bits of all cores that take part; x5: the image, writable; 0: another core does the exchange; x6:
 * the spare area; x7: their size. All cores wait until the last one is here. The image is cleaned
 * to the point of coherency, as cores enter it with caches off.
 */
	.global	exchange_code, exchange_code_end
exchange_code:
	adr	x8, exchange_code
	msr	vbar_el2, x8
	isb
	add	x8, x2, #UPDATE_EXCHANGES
	ldr	w9, [x8]
1:	ldaxr	w10, [x2]
	orr	w10, w10, w3
	stlxr	w11, w10, [x2]
	cbnz	w11, 1b
	cbz	x5, 6f
2:	yield
	ldar	w10, [x2]
	cmp	w10, w4
	b.ne	2b
	mov	x15, x5
	add	x16, x5, x7
3:	.irp	at, 0, 16, 32, 48
	ldp	x10, x11, [x5, #\at]
	ldp	x12, x13, [x6, #\at]
	stp	x12, x13, [x5, #\at]
	stp	x10, x11, [x6, #\at]
	.endr
	add	x5, x5, #64
	add	x6, x6, #64
	cmp	x5, x16
	b.lo	3b
	mrs	x10, ctr_el0
	ubfx	x10, x10, #16, #4
	mov	x11, #4
	lsl	x11, x11, x10
4:	dc	civac, x15	/* also where a clean alone fails: Cortex-A53 819472 and others */
	add	x15, x15, x11
	cmp	x15, x16
	b.lo	4b
	dsb	sy
	str	wzr, [x2]
	add	w9, w9, #1
	stlr	w9, [x8]
	b	7f
6:	yield
	ldar	w10, [x8]
	cmp	w10, w9
	b.eq	6b
7:	dsb	sy
	ic	iallu
	dsb	sy
	isb
	br	x1

/* An exception in here: the image is in pieces. */
	.org	exchange_code + 0x200
	.rept	4
	ldr	x0, =0x84000008		/* SYSTEM_OFF */
	smc	#0
9:	wfe
	b	9b
	.balign	128
	.endr
	.ltorg
exchange_code_end:
