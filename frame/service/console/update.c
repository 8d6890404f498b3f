/*
 * The console's part of an update of the frame (docs/update.md): it carries a package from the link
 * to the updater, piece by piece, and the updater's answers back. It believes nothing of either:
 * the updater checks the package. What the host asks beside that, the console answers by itself.
 */
#include <console/console.h>
#include <kumiki/account.h>
#include <lib/bundle.h>
#include <service/call.h>

#define UPDATE_HEAD 8u /* of a frame: order, verdict, two zeros, offset */

static struct update_box *update_box(const struct console *console)
{
	return (struct update_box *)(uintptr_t)console->info->update;
}

/* ---- to the updater ---- */

static void update_ask(struct console *console, uint32_t order, uint32_t offset,
                       const uint8_t *bytes, uint32_t size)
{
	struct update_box *box = update_box(console);
	uint32_t number = box->begun + 1 != 0 ? box->begun + 1 : 1;

	__atomic_store_n(&box->begun, number, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	box->order = order;
	box->offset = offset;
	box->size = size;
	__builtin_memcpy(box->bytes, bytes, size);
	__atomic_store_n(&box->asked, number, __ATOMIC_RELEASE);
	service_tell(SERVICE_EVENT_PIECE);
}

const char *update_request(struct console *console, const uint8_t *payload, uint32_t size)
{
	struct console_update *update = &console->update;
	uint32_t offset;

	if (size < UPDATE_HEAD || size > UPDATE_HEAD + PACKAGE_PIECE_SIZE ||
	    payload[0] < PACKAGE_BEGIN || payload[0] > PACKAGE_RESULT)
		return "not a part of an update";
	if (payload[0] == PACKAGE_FORGET)
		update_leave(console);
	if (update->order != 0)
		return "one part of an update at a time";
	__builtin_memcpy(&offset, payload + 4, sizeof(offset));
	update->order = payload[0];
	update->offset = offset;
	if (update->order >= PACKAGE_FORGET || update_box(console) == NULL)
		return NULL;
	update->begun = true;
	update_ask(console, update->order, offset, payload + UPDATE_HEAD, size - UPDATE_HEAD);
	return NULL;
}

void update_leave(struct console *console)
{
	if (console->update.begun)
		update_ask(console, PACKAGE_FORGET, 0, (const uint8_t *)"", 0);
	console->update = (struct console_update){0};
}

/* ---- to the host ---- */

static bool update_send(struct console *console, enum package_verdict verdict, const void *bytes,
                        uint32_t size)
{
	struct console_update *update = &console->update;
	uint8_t head[UPDATE_HEAD] = {update->order, (uint8_t)verdict};

	__builtin_memcpy(head + 4, &update->offset, sizeof(update->offset));
	if (link_reply(console, LINK_UPDATED, head, bytes, size))
		update->order = 0;
	return true;
}

static bool update_say(struct console *console, enum package_verdict verdict, const char *text)
{
	uint32_t size = 0;

	while (text[size] != 0)
		size++;
	return update_send(console, verdict, text, size);
}

/* ---- how the last update went ---- */

void update_words(const struct console *console, const struct frame_update *update,
                  struct words *words)
{
	bool back = update->outcome == UPDATE_BACK;

	words_text(words, back ? "the new frame failed, and the old one is back: "
	                       : "the frame was replaced: ");
	words_name(words, update->before, sizeof(update->before));
	words_text(words, back ? " in place of " : " by ");
	words_name(words, update->after, sizeof(update->after));
	words_text(words, "; guests stood for ");
	words_seconds(words, (update->ended - update->began) * 1000, console->info->counter_hz);
	words_text(words, " ms");
}

static bool update_result(struct console *console)
{
	const struct accounts *accounts =
	    (const struct accounts *)(uintptr_t)console->info->accounts;
	const uint32_t count = __atomic_load_n(&accounts->update.count, __ATOMIC_ACQUIRE);
	const struct frame_update update = accounts->update;
	const uint64_t trial = UPDATE_TRIAL_NS / 1000000 * console->ms;
	char text[PACKAGE_TEXT_SIZE];
	struct words words = words_in(text, sizeof(text));

	console->update.offset = count;
	if (count == 0) {
		words_text(&words, "there was no update since the start");
		return update_send(console, PACKAGE_REFUSED, text, words.size);
	}
	update_words(console, &update, &words);
	return update_send(console,
	                   update.outcome != UPDATE_DONE            ? PACKAGE_REFUSED
	                   : service_time() - update.ended <= trial ? PACKAGE_EARLY
	                                                            : PACKAGE_GOOD,
	                   text, words.size);
}

static bool update_tables(struct console *console)
{
	const struct bundle_header *bundle = tables_bundle(console);
	uint32_t offset = console->update.offset, size = 0;

	if (offset < bundle->tables_size)
		size = bundle->tables_size - offset;
	return update_send(console, PACKAGE_GOOD, (const uint8_t *)bundle + offset,
	                   size < PACKAGE_PIECE_SIZE ? size : PACKAGE_PIECE_SIZE);
}

/* Tells the operator, too, that somebody tried. */
static void update_refused(struct console *console, const char *text, uint32_t size)
{
	char said[PACKAGE_TEXT_SIZE + 64];
	struct words words = words_in(said, sizeof(said));

	words_text(&words, "an update is refused: ");
	words_name(&words, text, size);
	words_put(&words, '\n');
	say_words(console, &words);
}

/* Passes the updater's answer on. Only a broken updater writes what can't be shown, or too much. */
static bool update_answer(struct console *console)
{
	const struct update_box *box = update_box(console);
	const uint8_t order = console->update.order;
	char text[PACKAGE_TEXT_SIZE];
	uint32_t size;

	if (__atomic_load_n(&box->answered, __ATOMIC_ACQUIRE) != box->begun)
		return false;
	size = box->text_size < sizeof(text) ? box->text_size : sizeof(text);
	for (uint32_t i = 0; i < size; i++)
		text[i] = box->text[i] >= ' ' && box->text[i] < 0x7f ? box->text[i] : '?';
	(void)update_send(console, box->failed != 0 ? PACKAGE_REFUSED : PACKAGE_GOOD, text, size);
	if (console->update.order == 0 && box->failed != 0 && order != PACKAGE_PIECE)
		update_refused(console, text, size);
	return true;
}

bool update_pump(struct console *console)
{
	switch (console->update.order) {
	case 0:
		return false;
	case PACKAGE_TABLES:
		return update_tables(console);
	case PACKAGE_FORGET:
		return update_say(console, PACKAGE_GOOD, "");
	case PACKAGE_RESULT:
		return update_result(console);
	default:
		return update_box(console) != NULL
		           ? update_answer(console)
		           : update_say(console, PACKAGE_REFUSED,
		                        "the description names no key for updates "
		                        "('kumiki,update-key')");
	}
}
