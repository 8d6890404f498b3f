/* The accounts as they are now, with the stretch that lasts: see kumiki/account.h. */
#ifndef SERVICE_ACCOUNTS_H
#define SERVICE_ACCOUNTS_H

#include <kumiki/account.h>

struct vcpu_account accounts_vcpu(const struct accounts *accounts, uint32_t vcpu);
struct core_account accounts_core(const struct accounts *accounts, uint32_t core);

/* Who holds a core, and who is to have it. */
uint64_t accounts_hold(const struct accounts *accounts, uint32_t core);

#endif
