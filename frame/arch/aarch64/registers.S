/*
 * resident_exchange_el1() exchanges EL1's registers and those of FP/SIMD: see machine/resident.h.
 * This is most of a switch of vCPUs, so it is in one piece, and handles registers in pairs. x0: the
 * struct resident_el1 to save to, x1: the one to load; a struct resident_float lies behind each.
 */
#include <frame/asm.h>

	/* Exchanges two registers, and moves x0 and x1 on. */
	.macro	system first, second
	mrs	x2, \first
	mrs	x3, \second
	ldp	x4, x5, [x1], #16
	stp	x2, x3, [x0], #16
	msr	\first, x4
	msr	\second, x5
	.set	at, at + 16
	.endm

	/* Exchanges four registers at a time. */
	.macro	floating first, second, third, fourth
	st1	{\first\().2d, \second\().2d, \third\().2d, \fourth\().2d}, [x0], #64
	ld1	{\first\().2d, \second\().2d, \third\().2d, \fourth\().2d}, [x1], #64
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
	floating v0, v1, v2, v3
	floating v4, v5, v6, v7
	floating v8, v9, v10, v11
	floating v12, v13, v14, v15
	floating v16, v17, v18, v19
	floating v20, v21, v22, v23
	floating v24, v25, v26, v27
	floating v28, v29, v30, v31
	ret
