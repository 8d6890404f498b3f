/*
 * resident_exchange_el1() exchanges EL1's registers and those of FP/SIMD: see machine/resident.h.
 * This is most of a switch of vCPUs, so it is in one piece, and handles registers in pairs. x0: the
 * struct resident_el1 to save to, x1: the one to load; a struct resident_float lies behind each. x2
 * is stored at x3 between the two: from there on memory has all that was saved.
 */
#include <frame/asm.h>

	/* All system registers, in pairs. */
	.macro	each_pair do
	\do	sctlr_el1, ttbr0_el1
	\do	ttbr1_el1, tcr_el1
	\do	mair_el1, amair_el1
	\do	contextidr_el1, vbar_el1
	\do	cpacr_el1, csselr_el1
	\do	par_el1, esr_el1
	\do	far_el1, afsr0_el1
	\do	afsr1_el1, elr_el1
	\do	spsr_el1, sp_el0
	\do	sp_el1, tpidr_el0
	\do	tpidrro_el0, tpidr_el1
	\do	cntkctl_el1, vmpidr_el2
	\do	fpcr, fpsr
	.endm

	/* All FP/SIMD registers, four at a time. */
	.macro	each_four do, at
	\do	{v0.2d, v1.2d, v2.2d, v3.2d}, [\at], #64
	\do	{v4.2d, v5.2d, v6.2d, v7.2d}, [\at], #64
	\do	{v8.2d, v9.2d, v10.2d, v11.2d}, [\at], #64
	\do	{v12.2d, v13.2d, v14.2d, v15.2d}, [\at], #64
	\do	{v16.2d, v17.2d, v18.2d, v19.2d}, [\at], #64
	\do	{v20.2d, v21.2d, v22.2d, v23.2d}, [\at], #64
	\do	{v24.2d, v25.2d, v26.2d, v27.2d}, [\at], #64
	\do	{v28.2d, v29.2d, v30.2d, v31.2d}, [\at], #64
	.endm

	/* These two move x0 or x1 on. */
	.macro	save first, second
	mrs	x4, \first
	mrs	x5, \second
	stp	x4, x5, [x0], #16
	.set	at, at + 16
	.endm

	.macro	load first, second
	ldp	x4, x5, [x1], #16
	msr	\first, x4
	msr	\second, x5
	.endm

	.arch	armv8-a+fp+simd
	.text
	.global	resident_exchange_el1
resident_exchange_el1:
	.set	at, 0
	each_pair save
	.if	at - RESIDENT_FLOAT
	.error	"struct resident_el1"
	.endif
	each_four st1, x0
	str	x2, [x3]
	each_pair load
	each_four ld1, x1
	ret
