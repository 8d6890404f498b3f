/* See watcher_world.h. */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

struct watch watch;
_Alignas(4096) uint8_t kept[KEPT];
struct watch_record registers;
uint32_t life;

uint32_t told, gone, events[WATCH_EVENTS], restarts, last_steps;
struct finding last;
const char *stepped;

uint32_t asked, changed, most, killed, given_up, refusal;
enum mend_result why;
void (*meanwhile)(void);

static struct guestcache cache;
static struct ladder_kept counts;
static uint64_t looks;

void tell_finding(const struct finding *finding, bool is_gone)
{
	told += !is_gone;
	gone += is_gone;
	last = *finding;
}

static void tell_event(enum watch_event event, enum watch_rule rule)
{
	(void)rule;
	events[event]++;
}

static void take_step(enum ladder_act act, const char *rule)
{
	restarts += act == LADDER_RESTART;
	last_steps += act == LADDER_END;
	stepped = rule;
}

static void tell_mended(const struct finding *finding, enum mend_result result)
{
	(void)finding;
	killed += result == MEND_DONE;
	given_up += result != MEND_DONE;
	why = result;
}

static uint64_t *word_of(const struct watch_change *change)
{
	if (change->address == WATCH_VBAR(0))
		return &registers.vbar;
	if (change->address == WATCH_SCTLR(0))
		return &registers.sctlr;
	assert_int_equal(change->address % 8, 0);
	assert_in_range(change->address, GUEST_IPA, GUEST_IPA + GUEST_SIZE - 8);
	return (uint64_t *)(void *)(guest_ram + (change->address - GUEST_IPA));
}

static uint32_t make_mend(const struct mend *mend)
{
	for (uint32_t i = 0; i < mend->count; i++) {
		const struct watch_change *change = &mend->change[i];

		if (((*word_of(change) ^ change->expected) & change->mask) != 0)
			return WATCH_MEND_DIFFERS | i << 8;
	}
	for (uint32_t i = 0; i < mend->count; i++) {
		const struct watch_change *change = &mend->change[i];
		uint64_t *word = word_of(change);

		*word = (*word & ~change->mask) | (change->value & change->mask);
	}
	changed += mend->count;
	return WATCH_MEND_DONE;
}

static uint32_t ask(const struct mend *mend)
{
	asked++;
	most = mend->count > most ? mend->count : most;
	assert_in_range(mend->count, 1, WATCH_CHANGES);
	if (meanwhile != NULL)
		meanwhile();
	return refusal != 0 ? refusal : make_mend(mend);
}

static void forget(void)
{
	told = gone = restarts = last_steps = 0;
	memset(events, 0, sizeof(events));
	asked = changed = most = killed = given_up = refusal = 0;
	why = MEND_DONE;
	meanwhile = NULL;
}

void watcher_set_up(void)
{
	guest_build();
	forget();
	life = LIFE;
	looks = 0x100000; /* more than a test writes into a record by hand */
	registers = guest_registers;
	memset(kept, 0, sizeof(kept));
	watch = (struct watch){.guest = guest_ready(), .tell = tell_event, .step = take_step};
	watch.guest.kernel = 0;
	watch.guest.cache = &cache;
	watch.mender = (struct mender){.ask = ask, .tell = tell_mended};
	for (uint32_t i = 0; i < WATCH_RULES; i++) {
		watch.findings[i].tell = tell_finding;
		watch.findings[i].sure = FINDINGS_LOOKS;
	}
	watch.findings[WATCH_MAPPINGS].sure = MAPPINGS_LOOKS;
	watch.findings[WATCH_DEADLINES].sure = DEADLINES_LOOKS;
	assert_true(baseline_open(&watch.baseline, kept, sizeof(kept), &guest_facts));
}

void watcher_tear_down(void)
{
	guest_free();
}

void watcher_climbs(const char *line)
{
	memset(&counts, 0, sizeof(counts));
	ladder_keep(&watch.ladder, &counts);
	memset(watch.ladder.may, 1, sizeof(watch.ladder.may));
	assert_null(ladder_add(&watch.ladder, line));
}

struct watch_seen seen(void)
{
	struct watch_seen now = {.runs = true, .starts = life, .vcpus = 1, .now = looks * LOOK};

	now.record[0] = registers;
	now.record[0].changes = 2 * looks;
	return now;
}

void look(uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		const struct watch_seen now = seen();

		looks++;
		watch_look(&watch, &now);
	}
}

void begin(void)
{
	look(1 + SETTLE);
	assert_true(watch.watching);
	assert_int_equal(events[WATCH_BEGINS], 1);
}
