/* Reading accounts while others write them: see service/accounts.h. */
#include <kumiki/trace.h>
#include <lib/string.h>
#include <service/accounts.h>
#include <service/call.h>
#include <stdbool.h>

#define ACCOUNTS_LOOKS 4 /* further looks at an account that changes each time */

/* Copies an account at one moment: two looks find the same, if the account's writer pauses so long.
 */
static void accounts_copy(void *to, const void *from, size_t size)
{
	const uint64_t *word = from;
	uint64_t *copy = to;
	bool same = false;

	memset(copy, 0, size);
	for (int look = 0; look <= ACCOUNTS_LOOKS && !same; look++) {
		same = look > 0;
		for (size_t i = 0; i < size / sizeof(*word); i++) {
			uint64_t value = __atomic_load_n(&word[i], __ATOMIC_ACQUIRE);

			same &= copy[i] == value;
			copy[i] = value;
		}
	}
}

static uint64_t accounts_stretch(uint64_t since)
{
	uint64_t now = service_time();

	return now > since ? now - since : 0;
}

struct vcpu_account accounts_vcpu(const struct accounts *accounts, uint32_t vcpu)
{
	struct vcpu_account account;
	uint64_t stretch;

	accounts_copy(&account, &accounts->vcpu[vcpu], sizeof(account));
	stretch = accounts_stretch(account.since);
	if (account.state == ACCOUNT_READY || account.state == ACCOUNT_EXHAUSTED)
		account.stolen += stretch;
	if (account.state != ACCOUNT_RUNS)
		return account;
	account.ran += stretch;
	account.used += stretch;
	return account;
}

struct core_account accounts_core(const struct accounts *accounts, uint32_t core)
{
	struct core_account account;
	uint64_t stretch;

	accounts_copy(&account, &accounts->core[core], sizeof(account));
	stretch = accounts_stretch(account.since);
	if (account.dark)
		account.off += stretch;
	else if (account.runs == TRACE_NO_VCPU)
		account.idle += stretch;
	if (account.runs >= TRACE_OTHERS && account.runs != TRACE_NO_VCPU)
		account.service += stretch;
	return account;
}

uint64_t accounts_hold(const struct accounts *accounts, uint32_t core)
{
	return __atomic_load_n(&accounts->core[core].hold, __ATOMIC_RELAXED);
}
