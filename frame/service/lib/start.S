/*
 * The first instructions of a service, at SERVICE_TEXT: a stack, then service_main(x0) in C. Its
 * memory is zero already. service_main doesn't return; if it does, the trap is a fault that the
 * frame reports.
 */
	.section .text.start, "ax"
	.global service_start
	.type service_start, %function
service_start:
	ldr	x1, =service_stack_top
	mov	sp, x1
	mov	x29, xzr
	mov	x30, xzr
	bl	service_main
	brk	#0
	.size service_start, . - service_start
	.ltorg
