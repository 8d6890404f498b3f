/* SPDX-License-Identifier: MIT-0 */
/*
 * The calls of a guest to Kumiki, by HVC #0 or SMC #0 after the SMC Calling Convention 1.1+
 * (Arm DEN0028): function in w0, arguments in x1.., result in x0 (and up to x3). A guest needs none
 * of them to be a full citizen. docs/reference.md says what each does. This header may be copied
 * into any guest.
 */
#ifndef KUMIKI_HYPERCALL_H
#define KUMIKI_HYPERCALL_H

#define KUMIKI_ABI_MAJOR 1
#define KUMIKI_ABI_MINOR 4

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
/* Does nothing; what a round trip costs. */
#define KUMIKI_CALL_NOP 0xc6000002u

/* ---- since 1.1 ---- */

/* x0: how many partitions there are, x1: the partitions that the caller manages, a bit for each
 * index. */
#define KUMIKI_CALL_PARTITIONS 0xc6000010u
/* Of partition x1, which is managed, or the caller's own: x0: enum life_state, x1: enum stop_reason
 * of its last end, x2: how often it was started, x3: restarts without a command, in the present
 * window. kumiki/life.h has the numbers. */
#define KUMIKI_CALL_STATE 0xc6000011u
/* Asks for enum life_command x2 of partition x1, which is managed. x0: 0: it was brought on its
 * way; what came of it is its state. */
#define KUMIKI_CALL_COMMAND 0xc6000012u
/* x0: the name of partition x1, 8 bytes at offset x2, as with KUMIKI_CALL_NAME. */
#define KUMIKI_CALL_NAME_OF 0xc6000013u
/* Moves vCPU x2 of partition x1, which is managed, to core x3, if its description lets it run
 * there. x0: 0: it was brought on its way. */
#define KUMIKI_CALL_MOVE 0xc6000014u
/* Rings doorbell x1 (its number is in the device tree). x0: 0, whether or not anything hears it. */
#define KUMIKI_CALL_RING 0xc6000020u

/* ---- since 1.2 ---- */

/* The calling vCPU's priority from now on, x1: within the bounds that the description sets
 * (without any: its own alone), until the vCPU or its partition begins anew. x0: 0, or
 * KUMIKI_INVALID_PARAMETERS beyond them. */
#define KUMIKI_CALL_PRIORITY 0xc6000030u

/* ---- since 1.3 ---- */

/* Core x1 is to be held by partition x2, if that is done within x3 ticks of hold.h. With its holder
 * as x2 the core stays; with HOLD_WITHDRAW there request x3 is withdrawn, if it is the last one
 * still. The caller holds the core, or manages its holder. x0: the number of the request, which was
 * made; the core's record says what came of it. */
#define KUMIKI_CALL_HOLD 0xc6000040u
/* x0: the record of core x1: hold.h. */
#define KUMIKI_CALL_HOLDER 0xc6000041u

/* ---- since 1.4 ---- */

/* Which cores are on: enum power_policy x1 of kumiki/power.h holds from now on; KUMIKI_POWER_SAME
 * changes nothing. x0: the one that held. The caller's description lets it (kumiki,manages-power).
 */
#define KUMIKI_CALL_POWER 0xc6000050u
#define KUMIKI_POWER_SAME (~0ull)

/* Results that are errors: SMCCC's, and one of Kumiki's own. PSCI's calls have PSCI's. */
#define KUMIKI_NOT_SUPPORTED      (-1)
#define KUMIKI_INVALID_PARAMETERS (-3)
#define KUMIKI_DENIED             (-4) /* it isn't the caller's to ask */

#endif
