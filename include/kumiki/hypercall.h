/* SPDX-License-Identifier: MIT-0 */
/*
 * The calls of a guest to Kumiki, by HVC #0 or SMC #0 after the SMC Calling Convention 1.1+
 * (Arm DEN0028): function in w0, arguments in x1.., result in x0 (and up to x3). A guest needs none
 * of them to be a full citizen. docs/reference/reference.md says what each does. This header may be
 * copied into any guest.
 */
#ifndef KUMIKI_HYPERCALL_H
#define KUMIKI_HYPERCALL_H

#define KUMIKI_ABI_MAJOR 1
#define KUMIKI_ABI_MINOR 5

/* Discovery, as SMCCC says for the vendor range: the UUID in w0 to w3. */
#define KUMIKI_CALL_UID      0x8600ff01u
#define KUMIKI_UID_0         0x0d7a9c4bu /* 4b9c7a0d-36e1-4c52-9a57-6b756d696b69 */
#define KUMIKI_UID_1         0x524ce136u
#define KUMIKI_UID_2         0x756b579au
#define KUMIKI_UID_3         0x696b696du
#define KUMIKI_CALL_REVISION 0x8600ff03u /* w0: major, w1: minor */

/* Own identity: x0: partition's index, x1: vCPU's index, x2: vCPUs of the partition, x3: how often
 * the partition was started (since 1.1). */
#define KUMIKI_CALL_SELF 0xc6000000u
/* x0: the partition's name, 8 bytes at offset x1 (0, 8, 16, 24), as in memory. */
#define KUMIKI_CALL_NAME 0xc6000001u
/* Does nothing: measures a round trip. */
#define KUMIKI_CALL_NOP 0xc6000002u

/* ---- since 1.1 ---- */

/* x0: how many partitions there are, x1: the partitions that the caller manages, a bit for each
 * index. */
#define KUMIKI_CALL_PARTITIONS 0xc6000010u
/* Of partition x1, which is managed, or the caller's own: x0: enum life_state, x1: enum stop_reason
 * of its last end, x2: how often it was started, x3: restarts without a command, in the present
 * window. kumiki/life.h has the numbers. */
#define KUMIKI_CALL_STATE 0xc6000011u
/* Asks for enum life_command x2 of partition x1, which is managed. x0: 0: the command was sent; the
 * partition's state shows its result. */
#define KUMIKI_CALL_COMMAND 0xc6000012u
/* x0: the name of partition x1, 8 bytes at offset x2, as with KUMIKI_CALL_NAME. */
#define KUMIKI_CALL_NAME_OF 0xc6000013u
/* Moves vCPU x2 of partition x1, which is managed, to core x3, if its description lets it run
 * there. x0: 0: the request was sent. */
#define KUMIKI_CALL_MOVE 0xc6000014u
/* Rings doorbell x1 (its number is in the device tree). x0: 0, whether or not anything hears it. */
#define KUMIKI_CALL_RING 0xc6000020u

/* ---- since 1.2 ---- */

/* Sets the calling vCPU's priority, x1, until the vCPU or its partition begins anew. The
 * description sets the bounds; without bounds only the own priority is allowed. x0: 0, or
 * KUMIKI_INVALID_PARAMETERS out of bounds. */
#define KUMIKI_CALL_PRIORITY 0xc6000030u

/* ---- since 1.3 ---- */

/* Asks that partition x2 holds core x1, within x3 ticks of hold.h. If x2 is the holder, the core
 * stays. If x2 is HOLD_WITHDRAW, request x3 is withdrawn, provided that it is still the last
 * request. The caller must hold the core, or manage its holder. x0: the number of the request; the
 * core's record shows its result. */
#define KUMIKI_CALL_HOLD 0xc6000040u
/* x0: the record of core x1, as in hold.h. */
#define KUMIKI_CALL_HOLDER 0xc6000041u

/* ---- since 1.4 ---- */

/* Sets the policy of which cores are on: enum power_policy x1 of kumiki/power.h. KUMIKI_POWER_SAME
 * changes nothing. x0: the former policy. The caller's description must allow it
 * (kumiki,manages-power).
 */
#define KUMIKI_CALL_POWER 0xc6000050u
#define KUMIKI_POWER_SAME (~0ull)

/* ---- since 1.5 ---- */

/* HVC #KUMIKI_HVC_CRASH is no call: it takes no arguments, and ends the partition by a crash. (SMC
 * with this number isn't supported.) The report has all registers of the calling vCPU as they are.
 * A handler first puts back what its exception found: x0 to x30, the stack pointer, ELR_EL1,
 * SPSR_EL1, ESR_EL1 and FAR_EL1. */
#define KUMIKI_HVC_CRASH 0x4b4d /* "KM" */

/* Results that are errors: SMCCC's, and Kumiki's own KUMIKI_DENIED. PSCI's calls have PSCI's. */
#define KUMIKI_NOT_SUPPORTED      (-1)
#define KUMIKI_INVALID_PARAMETERS (-3)
#define KUMIKI_DENIED             (-4) /* the caller has no right to ask */

#endif
