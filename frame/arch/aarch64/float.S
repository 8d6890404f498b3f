/*
 * The floating point and SIMD registers of a guest. context_reset_float(): they hold nothing of
 * anybody's. resident_save_float(), resident_load_float(): machine/resident.h.
 */
	.arch armv8-a+fp+simd
	.text
	.global	context_reset_float
context_reset_float:
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	ret

	.macro	all operation
	.irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	all_pair \operation, \n
	.endr
	.endm

	.altmacro
	.macro	all_pair operation, n
	pair	\operation, \n, %(\n + 1)
	.endm
	.macro	pair operation, n, next
	\operation q\n, q\next, [x0, #16 * \n]
	.endm

	.global	resident_save_float, resident_load_float
resident_save_float:
	all	stp
	mrs	x1, fpcr
	mrs	x2, fpsr
	add	x0, x0, #512
	stp	x1, x2, [x0]
	ret

resident_load_float:
	all	ldp
	add	x0, x0, #512
	ldp	x1, x2, [x0]
	msr	fpcr, x1
	msr	fpsr, x2
	ret
