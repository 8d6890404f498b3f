/* A partition's life from any of its cores; see word/life.h. */
#include <lib/bundle.h>
#include <machine/firmware.h>
#include <word/debug.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/service.h>
#include <word/timer.h>

/* Reads the state atomically, as only the home core writes it. */
static uint32_t life_state_of(const struct partition *partition)
{
	return __atomic_load_n(&partition->life.status.state, __ATOMIC_SEQ_CST);
}

/* The console service prints everything before the machine goes off. Without a console nothing has
 * to be printed. */
void life_switch_off(enum life_off why)
{
	shared_memory->off_since = timer_now();
	shared_memory->off = (uint32_t)why;
	if (core_bundle->board.uart_base == 0)
		firmware_off();
	service_wake_later(SERVICE_EVENT_STATE);
}

void life_wakes(void)
{
	__atomic_add_fetch(&shared_memory->awake, 1, __ATOMIC_SEQ_CST);
}

void life_rests(void)
{
	if (__atomic_sub_fetch(&shared_memory->awake, 1, __ATOMIC_SEQ_CST) == 0 &&
	    (core_bundle->flags & BUNDLE_STAY_ON) == 0 && shared_memory->off != LIFE_OFF_FORCED)
		life_switch_off(LIFE_OFF_RESTED);
}

static bool starts_it(uint32_t message)
{
	return message == LIFE_START || message == LIFE_RESTART;
}

/* A partition that is to be started counts as awake from now on, as all others may end before it
 * begins. */
void life_tell(uint32_t partition, uint32_t message)
{
	if (starts_it(message))
		life_wakes();
	if (!mail_post(core.home[partition], MAIL_LIFE, partition * LIFE_MESSAGES + message))
		life_told(message);
}

void life_told(uint32_t message)
{
	if (starts_it(message))
		life_rests();
}

bool life_stands(const struct partition *partition)
{
	uint32_t state = life_state_of(partition);

	return (state >= LIFE_SUSPENDING && state <= LIFE_HELD) ||
	       (state == LIFE_RUNNING && debug_holds(partition));
}

bool life_runs(const struct partition *partition)
{
	return life_state_of(partition) == LIFE_RUNNING && !debug_holds(partition);
}

bool life_lets(const struct vcpu *vcpu)
{
	return life_state_of(vcpu->partition) == LIFE_RUNNING && !debug_holds_vcpu(vcpu);
}

bool life_is_mended(const struct partition *partition)
{
	return life_state_of(partition) == LIFE_RUNNING && partition->mend.step != MEND_NONE;
}

void life_vcpu_off(struct partition *partition)
{
	if (__atomic_sub_fetch(&partition->alive, 1, __ATOMIC_SEQ_CST) == 0)
		life_tell(partition->index, LIFE_LOOK);
}

void life_vcpu_parked(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	uint32_t bit = 1u << vcpu->index;

	if (__atomic_or_fetch(&partition->parked, bit, __ATOMIC_SEQ_CST) ==
	    partition_vcpus(partition))
		life_tell(partition->index, LIFE_LOOK);
}
