/*
 * The calls of Arm's standards that a guest may make, by their identifiers: PSCI (DEN0022), SMCCC
 * (DEN0028) and stolen time (DEN0057). Most take 32-bit arguments; PSCI_FN_64 turns an identifier
 * into the one of the 64-bit form, if the call has that form.
 */
#ifndef KUMIKI_PSCI_H
#define KUMIKI_PSCI_H

#define PSCI_FN_VERSION           0x84000000u
#define PSCI_FN_CPU_SUSPEND       0x84000001u
#define PSCI_FN_CPU_OFF           0x84000002u
#define PSCI_FN_CPU_ON            0x84000003u
#define PSCI_FN_AFFINITY_INFO     0x84000004u
#define PSCI_FN_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_FN_SYSTEM_OFF        0x84000008u
#define PSCI_FN_SYSTEM_RESET      0x84000009u
#define PSCI_FN_FEATURES          0x8400000au
#define PSCI_FN_SYSTEM_RESET2     0x84000012u

#define SMCCC_FN_VERSION           0x80000000u
#define SMCCC_FN_ARCH_FEATURES     0x80000001u
#define SMCCC_FN_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_FN_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_FN_ARCH_WORKAROUND_3 0x80003fffu

#define PV_TIME_FN_FEATURES 0xc5000020u
#define PV_TIME_FN_ST       0xc5000021u

#define PSCI_FN_64 0x40000000u /* bit 30 of an identifier: SMC64 */

#endif
