/* SPDX-License-Identifier: MIT-0 */
/* Priority by task: how urgent this CPU's present task is. This works under Kumiki only. */
#ifndef GUEST_PRIORITY_H
#define GUEST_PRIORITY_H

#include <guest/psci.h>
#include <kumiki/hypercall.h>

/* Sets the priority. 0: done; KUMIKI_INVALID_PARAMETERS: it isn't within `kumiki,task-priority`. */
static inline int64_t priority_tell(uint64_t priority)
{
	return (int64_t)psci_call4(KUMIKI_CALL_PRIORITY, priority, 0, 0).x[0];
}

#endif
