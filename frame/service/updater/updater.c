/*
 * The updater's half of struct update_box: it takes a request when the request is whole, carries it
 * out, and leaves the answer.
 */
#include <service/call.h>
#include <updater/updater.h>

static void answer(struct updater *updater, uint32_t number, const struct words *words, bool failed)
{
	struct update_box *box = updater->box;

	for (uint32_t i = 0; i < words->size; i++)
		box->text[i] = words->text[i];
	box->text_size = words->size;
	box->failed = failed;
	__atomic_store_n(&box->answered, number, __ATOMIC_RELEASE);
	service_tell(SERVICE_EVENT_SAID);
}

/* A request that an earlier life of the updater heard and didn't answer is refused: the image of
 * that life is forgotten. */
void updater_start(struct updater *updater, const struct updater_info *info)
{
	struct words words = words_in(updater->text, sizeof(updater->text));
	struct update_box *box = (struct update_box *)(uintptr_t)info->box;

	updater->info = info;
	updater->bundle = (const struct bundle_header *)(uintptr_t)info->bundle;
	updater->accounts = (const struct accounts *)(uintptr_t)info->accounts;
	updater->box = box;
	if (box->heard == box->answered)
		return;
	words_text(&words, "the updater failed meanwhile, and was started again: begin once more");
	answer(updater, box->heard, &words, true);
}

static bool carry_out(struct updater *updater, uint32_t order, uint32_t offset, uint32_t size,
                      struct words *words)
{
	switch (order) {
	case PACKAGE_BEGIN:
		return package_begin(updater, updater->piece, size, words);
	case PACKAGE_PIECE:
		return package_piece(updater, offset, updater->piece, size, words);
	case PACKAGE_END:
		return package_end(updater, words);
	case PACKAGE_FORGET:
		return true;
	default:
		words_text(words, "the updater doesn't know this order");
		return false;
	}
}

void updater_turn(struct updater *updater)
{
	struct words words = words_in(updater->text, sizeof(updater->text));
	struct update_box *box = updater->box;
	uint32_t number = __atomic_load_n(&box->asked, __ATOMIC_ACQUIRE);
	uint32_t order = box->order, offset = box->offset, size = box->size;
	bool good;

	if (number == box->heard)
		return;
	if (size > sizeof(updater->piece))
		size = sizeof(updater->piece);
	for (uint32_t i = 0; i < size; i++)
		updater->piece[i] = box->bytes[i];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&box->begun, __ATOMIC_RELAXED) != number)
		return;
	__atomic_store_n(&box->heard, number, __ATOMIC_RELEASE);
	good = carry_out(updater, order, offset, size, &words);
	/* Whatever doesn't go on ends: half a package is worth nothing. */
	updater->begun = good && (order == PACKAGE_BEGIN || order == PACKAGE_PIECE);
	answer(updater, number, &words, !good);
}
