/* Reads the accounts at this moment, including the stretch under way: see kumiki/account.h. */
#ifndef SERVICE_ACCOUNTS_H
#define SERVICE_ACCOUNTS_H

#include <kumiki/account.h>

struct vcpu_account accounts_vcpu(const struct accounts *accounts, uint32_t vcpu);
struct core_account accounts_core(const struct accounts *accounts, uint32_t core);

/* A core's record: its holder, and the partition that shall have the core (kumiki/hold.h). */
uint64_t accounts_hold(const struct accounts *accounts, uint32_t core);

#endif
