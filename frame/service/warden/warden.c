/* The warden's start, its turns, its sleep and its news; see warden/warden.h. */
#include <kumiki/life.h>
#include <lib/bundle.h>
#include <service/call.h>
#include <service/failure.h>
#include <warden/warden.h>

static void say_failure(struct warden *warden)
{
	struct words words = warden_words(warden);

	failure_say(&warden->info->failure, "warden", &words);
	warden_say(warden, &words);
}

static uint8_t bounded(uint32_t count, uint8_t limit)
{
	return count < limit ? (uint8_t)count : limit;
}

void warden_start(struct warden *warden, const struct warden_info *info, uint64_t now)
{
	warden->info = info;
	warden->bundle = (const struct bundle_header *)(uintptr_t)info->bundle;
	warden->accounts = (const struct accounts *)(uintptr_t)info->accounts;
	warden->box = (struct warden_box *)(uintptr_t)info->box;
	warden->partitions = bounded(warden->bundle->partitions.count, BUNDLE_PARTITIONS_MAX);
	warden->cores = bounded(warden->bundle->cores.count, BUNDLE_CORES_MAX);
	warden->ms = info->counter_hz < 1000 ? 1 : info->counter_hz / 1000;
	if (info->failure.failures != 0)
		say_failure(warden);
	power_start(warden, now);
	shift_start(warden, now);
	box_start(warden);
}

const struct bundle_partition *warden_partition(const struct warden *warden, uint32_t partition)
{
	return &bundle_partitions(warden->bundle)[partition];
}

/* ---- news ---- */

struct words warden_words(struct warden *warden)
{
	return words_in(warden->words, sizeof(warden->words));
}

void warden_say(struct warden *warden, const struct words *words)
{
	struct warden_box *box = warden->box;
	uint32_t head = box->said_head;
	uint32_t waits = head - __atomic_load_n(&box->said_tail, __ATOMIC_ACQUIRE);

	if (waits > WARDEN_SAID_SIZE || words->size > WARDEN_SAID_SIZE - waits)
		return;
	for (uint32_t i = 0; i < words->size; i++)
		box->said[head++ % WARDEN_SAID_SIZE] = words->text[i];
	__atomic_store_n(&box->said_head, head, __ATOMIC_RELEASE);
	warden->told = true;
}

uint32_t warden_life(const struct warden *warden, uint32_t partition)
{
	const struct life_log *log =
	    (const struct life_log *)(uintptr_t)warden->info->lives[partition];
	uint32_t next = __atomic_load_n(&log->next, __ATOMIC_ACQUIRE);

	if (next == 0)
		return LIFE_STOPPED;
	return __atomic_load_n(&log->events[(next - 1) % LIFE_EVENTS].status.state,
	                       __ATOMIC_RELAXED);
}

/* ---- turns ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t nanoseconds_until(const struct warden *warden, uint64_t deadline, uint64_t now)
{
	if (deadline == UINT64_MAX)
		return SERVICE_FOREVER;
	if (deadline <= now)
		return 0;
	return (deadline - now + warden->ms - 1) / warden->ms * 1000000;
}

uint64_t warden_turn(struct warden *warden, uint64_t now)
{
	power_pump(warden, now);
	shift_pump(warden, now);
	box_pump(warden, now);
	if (warden->told)
		service_tell(SERVICE_EVENT_SAID);
	warden->told = false;
	return nanoseconds_until(
	    warden,
	    earlier(power_deadline(warden), earlier(shift_deadline(warden), box_deadline(warden))),
	    now);
}

/* While all cores stay on, only the operator's requests and managers' policies matter. */
uint64_t warden_awaits(const struct warden *warden)
{
	return power_is_over(warden) ? SERVICE_EVENT_ASKED | SERVICE_EVENT_POLICY : ~0ULL;
}
