/*
 * The warden's half of struct warden_box. It takes a request when the request is whole, carries it
 * out in as many turns as it needs, and leaves the answer. A newer request takes the place of an
 * unfinished one.
 */
#include <warden/warden.h>

static void box_answer(struct warden *warden, const struct words *words, bool failed)
{
	struct warden_box *box = warden->box;

	for (uint32_t i = 0; i < words->size; i++)
		box->text[i] = words->text[i];
	box->size = words->size;
	box->failed = failed;
	__atomic_store_n(&box->answered, warden->asked.number, __ATOMIC_RELEASE);
	warden->asked.number = 0;
	warden->told = true;
}

/* Takes a new request. True: there was one. */
static bool box_take(struct warden *warden)
{
	struct warden_box *box = warden->box;
	uint32_t number = __atomic_load_n(&box->asked, __ATOMIC_ACQUIRE);
	struct warden_asked asked = {.number = number,
	                             .what = box->what,
	                             .core = box->core,
	                             .partition = box->partition,
	                             .value = box->number};

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (number == 0 || number == box->heard ||
	    __atomic_load_n(&box->begun, __ATOMIC_RELAXED) != number)
		return false;
	warden->asked = asked;
	__atomic_store_n(&box->heard, number, __ATOMIC_RELEASE);
	return true;
}

/* Drops a request that an earlier life of the warden heard and didn't answer, and tells the
 * operator so. */
void box_start(struct warden *warden)
{
	struct warden_box *box = warden->box;
	struct words words = warden_words(warden);

	if (box->heard == box->answered)
		return;
	warden->asked.number = box->heard;
	words_text(&words, "the warden failed meanwhile, and was started again: ask once more\n");
	box_answer(warden, &words, true);
}

static enum warden_result box_step(struct warden *warden, struct words *words, uint64_t now)
{
	switch (warden->asked.what) {
	case WARDEN_POWER:
		return power_answer(warden, words, now);
	case WARDEN_CORES:
		return hold_answer_cores(warden, words, now);
	case WARDEN_GIVE:
		return hold_answer_give(warden, words, now);
	default:
		words_text(words, "the warden doesn't know this request\n");
		return WARDEN_FAILED;
	}
}

void box_pump(struct warden *warden, uint64_t now)
{
	struct words words = warden_words(warden);
	enum warden_result result;

	(void)box_take(warden);
	if (warden->asked.number == 0)
		return;
	result = box_step(warden, &words, now);
	if (result != WARDEN_WAITS)
		box_answer(warden, &words, result == WARDEN_FAILED);
}

uint64_t box_deadline(const struct warden *warden)
{
	return warden->asked.number != 0 ? warden->asked.look : UINT64_MAX;
}
