/* What managers may ask and command; see manager.h. */
#include <devices/manager.h>
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <lib/index.h>
#include <run/hold.h>
#include <run/move.h>
#include <state/core.h>
#include <state/partition.h>
#include <word/life.h>
#include <word/service.h>

static bool manages(const struct partition *asker, uint64_t index)
{
	return index < core_bundle->partitions.count &&
	       (asker->config->life.manages >> index & 1) != 0;
}

const struct life_status *manager_status(const struct partition *asker, uint64_t index)
{
	if (!manages(asker, index) && index != asker->index)
		return 0;
	return &shared_memory->life[index_within(index, BUNDLE_PARTITIONS_MAX)];
}

int64_t manager_command(const struct partition *asker, uint64_t index, uint64_t command)
{
	if (!manages(asker, index))
		return KUMIKI_DENIED;
	if (command >= LIFE_COMMANDS)
		return KUMIKI_INVALID_PARAMETERS;
	index = index_within(index, core_bundle->partitions.count);
	if (command == LIFE_SUSPEND &&
	    (bundle_partitions(core_bundle)[index].flags & BUNDLE_NO_SUSPEND) != 0)
		return KUMIKI_NOT_SUPPORTED;
	life_tell((uint32_t)index, (uint32_t)command);
	return 0;
}

int64_t manager_move(const struct partition *asker, uint64_t index, uint64_t vcpu, uint64_t to)
{
	return manages(asker, index) ? move_ask(index, vcpu, to) : KUMIKI_DENIED;
}

int64_t manager_power(const struct partition *asker, uint64_t policy)
{
	uint32_t *holds = &shared_memory->policy;
	int64_t held;

	if ((asker->config->flags & BUNDLE_MANAGES_POWER) == 0)
		return KUMIKI_DENIED;
	if (policy == KUMIKI_POWER_SAME)
		return __atomic_load_n(holds, __ATOMIC_SEQ_CST);
	if (policy >= POWER_POLICIES)
		return KUMIKI_INVALID_PARAMETERS;
	held = __atomic_exchange_n(holds, (uint32_t)policy, __ATOMIC_SEQ_CST);
	service_wake_later(SERVICE_EVENT_POLICY);
	return held;
}

int64_t manager_hold(const struct partition *asker, uint64_t at_core, uint64_t to, uint64_t time)
{
	return hold_ask(asker->config->life.manages | 1u << asker->index, at_core, to, time);
}
