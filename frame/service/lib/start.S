/*
 * The first instructions of a service, at SERVICE_TEXT. They set up a stack, clear .bss, 64 bytes
 * at a time, and call service_main(x0) in C. So a service that is started again finds nothing of
 * its last life. service_main doesn't return. If it did, the trap would be a fault that the frame
 * reports.
 */
	.section .text.start, "ax"
	.global service_start
	.type service_start, %function
service_start:
	ldr	x1, =service_stack_top
	mov	sp, x1
	mov	x29, xzr
	mov	x30, xzr
	ldr	x1, =service_bss_start
	ldr	x2, =service_data_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1]
	stp	xzr, xzr, [x1, #16]
	stp	xzr, xzr, [x1, #32]
	stp	xzr, xzr, [x1, #48]
	add	x1, x1, #64
	b	1b
2:	bl	service_main
	brk	#0
	.size service_start, . - service_start
	.ltorg
