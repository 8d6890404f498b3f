/* SPDX-License-Identifier: MIT-0 */
/*
 * The calls of a guest to Kumiki, by HVC #0 or SMC #0 after the SMC Calling Convention 1.1+
 * (Arm DEN0028): function in w0, arguments in x1.., result in x0 (and up to x3). A guest needs none
 * of them to be a full citizen. docs/hypercalls.md says what each does. This header may be copied
 * into any guest.
 */
#ifndef KUMIKI_HYPERCALL_H
#define KUMIKI_HYPERCALL_H

#define KUMIKI_ABI_MAJOR 1
#define KUMIKI_ABI_MINOR 0

/* Discovery, as SMCCC says for the vendor range: the UUID in w0 to w3. */
#define KUMIKI_CALL_UID      0x8600ff01u
#define KUMIKI_UID_0         0x0d7a9c4bu /* 4b9c7a0d-36e1-4c52-9a57-6b756d696b69 */
#define KUMIKI_UID_1         0x524ce136u
#define KUMIKI_UID_2         0x756b579au
#define KUMIKI_UID_3         0x696b696du
#define KUMIKI_CALL_REVISION 0x8600ff03u /* w0: major, w1: minor */

/* Own identity: x0: partition's index, x1: vCPU's index, x2: vCPUs of the partition. */
#define KUMIKI_CALL_SELF 0xc6000000u
/* x0: the partition's name, 8 bytes at offset x1 (0, 8, 16, 24), as in memory. */
#define KUMIKI_CALL_NAME 0xc6000001u
/* Does nothing; what a round trip costs. */
#define KUMIKI_CALL_NOP 0xc6000002u

/* Results that are errors, as SMCCC and PSCI have them. */
#define KUMIKI_NOT_SUPPORTED      (-1)
#define KUMIKI_INVALID_PARAMETERS (-3)

#endif
