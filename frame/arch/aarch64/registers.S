/*
 * EL1's registers and FP/SIMD's change hands: resident_exchange_el1(), see machine/resident.h. Most
 * of what a switch of vCPUs is, so in one piece and in pairs. x0: struct resident_el1 to save to,
 * x1: the one to load; a struct resident_float lies behind each.
 */
#include <frame/asm.h>

	.macro	system first, second
	mrs	x2, \first
	mrs	x3, \second
	ldp	x4, x5, [x1, #at]
	stp	x2, x3, [x0, #at]
	msr	\first, x4
	msr	\second, x5
	.set	at, at + 16
	.endm

	.macro	floating first, second
	stp	\first, \second, [x0, #at]
	ldp	\first, \second, [x1, #at]
	.set	at, at + 32
	.endm

	.arch	armv8-a+fp+simd
	.text
	.global	resident_exchange_el1
resident_exchange_el1:
	.set	at, 0
	system	sctlr_el1, ttbr0_el1
	system	ttbr1_el1, tcr_el1
	system	mair_el1, amair_el1
	system	contextidr_el1, vbar_el1
	system	cpacr_el1, csselr_el1
	system	par_el1, esr_el1
	system	far_el1, afsr0_el1
	system	afsr1_el1, elr_el1
	system	spsr_el1, sp_el0
	system	sp_el1, tpidr_el0
	system	tpidrro_el0, tpidr_el1
	system	cntkctl_el1, vmpidr_el2
	system	fpcr, fpsr
	.if	at - RESIDENT_FLOAT
	.error	"struct resident_el1"
	.endif
	floating q0, q1
	floating q2, q3
	floating q4, q5
	floating q6, q7
	floating q8, q9
	floating q10, q11
	floating q12, q13
	floating q14, q15
	floating q16, q17
	floating q18, q19
	floating q20, q21
	floating q22, q23
	floating q24, q25
	floating q26, q27
	floating q28, q29
	floating q30, q31
	ret
