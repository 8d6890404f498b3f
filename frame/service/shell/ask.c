/*
 * The warden's work for the operator: `power`, `cores` and `give` go to the warden by struct
 * warden_box, and the warden's words come back the same way. The warden may crash or hang at any
 * moment. So the shell doesn't trust the warden's half of the box. It gives up a request without an
 * answer when a second has passed beyond the request's own time. The warden can have only one
 * request: a second line waits until the first line's request is over.
 */
#include <kumiki/hold.h>
#include <kumiki/warden.h>
#include <service/call.h>
#include <shell/shell.h>

#define ASK_MS 1000u /* for an answer, beyond the request's own time */

static struct warden_box *ask_box(const struct shell *shell)
{
	return (struct warden_box *)(uintptr_t)shell->console->info->warden;
}

/* Only a broken warden sends characters that can't be shown. */
static void ask_put(struct words *words, char c)
{
	words_put(words, (c >= ' ' && c < 0x7f) || c == '\n' ? c : '?');
}

/* ---- the warden's words ---- */

bool ask_listen(struct shell *shell)
{
	struct warden_box *box = ask_box(shell);
	uint32_t head = __atomic_load_n(&box->said_head, __ATOMIC_ACQUIRE), tail = box->said_tail;
	struct words words = words_in(shell->words, sizeof(shell->words));

	if (head - tail > WARDEN_SAID_SIZE) /* only a broken warden does that */
		tail = head;
	for (; tail != head; tail++)
		ask_put(&words, box->said[tail % WARDEN_SAID_SIZE]);
	__atomic_store_n(&box->said_tail, tail, __ATOMIC_RELEASE);
	if (words.size == 0)
		return false;
	say_words(shell->console, &words);
	return true;
}
_Static_assert(WARDEN_SAID_SIZE <= BLACKBOX_WORDS_SIZE, "all that waits is said at once");

/* ---- requests to the warden ---- */

static enum command_result ask_begin(struct shell *shell, uint32_t what, uint64_t now)
{
	struct warden_box *box = ask_box(shell);
	struct shell_command *command = shell->command;
	uint32_t number = box->begun + 1 != 0 ? box->begun + 1 : 1;
	uint64_t takes = what == WARDEN_GIVE ? command->number * 1000ull : 0;

	__atomic_store_n(&box->begun, number, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	box->what = what;
	box->core = command->to;
	box->partition = command->partition;
	box->number = command->number;
	__atomic_store_n(&box->asked, number, __ATOMIC_RELEASE);
	service_tell(SERVICE_EVENT_ASKED);
	shell->asks = command_line_of(shell);
	command->asked = number;
	command->deadline = now + ASK_MS * shell->console->ms;
	command->end_of_wait = command->deadline + takes * shell->console->ms;
	command->step = 1;
	return COMMAND_WAIT;
}

static enum command_result ask_answered(const struct warden_box *box, struct words *words)
{
	uint32_t size = box->size < WARDEN_TEXT_SIZE ? box->size : WARDEN_TEXT_SIZE;

	for (uint32_t i = 0; i < size; i++)
		ask_put(words, box->text[i]);
	return box->failed != 0 ? COMMAND_FAILED : COMMAND_DONE;
}

static enum command_result ask_wait(struct shell *shell, struct words *words, uint64_t now)
{
	struct shell_command *command = shell->command;
	const struct warden_box *box = ask_box(shell);

	if (__atomic_load_n(&box->answered, __ATOMIC_ACQUIRE) == command->asked)
		return ask_answered(box, words);
	if (now < command->deadline)
		return COMMAND_WAIT;
	/* If the warden has heard the request, it gets the request's own time, too. */
	command->deadline = command->end_of_wait;
	if (__atomic_load_n(&box->heard, __ATOMIC_RELAXED) == command->asked &&
	    now < command->end_of_wait)
		return COMMAND_WAIT;
	words_text(words, "the warden doesn't answer\n");
	return COMMAND_FAILED;
}

static enum command_result ask(struct shell *shell, struct words *words, uint32_t what,
                               uint64_t now)
{
	enum command_result result;

	if (shell->command->step == 0)
		return shell->asks == LINE_COUNT ? ask_begin(shell, what, now) : COMMAND_WAIT;
	result = ask_wait(shell, words, now);
	if (result != COMMAND_WAIT)
		shell->asks = LINE_COUNT;
	return result;
}

enum command_result command_power(struct shell *shell, struct words *words, uint64_t now)
{
	return ask(shell, words, WARDEN_POWER, now);
}

enum command_result command_cores(struct shell *shell, struct words *words, uint64_t now)
{
	return ask(shell, words, WARDEN_CORES, now);
}

enum command_result command_give(struct shell *shell, struct words *words, uint64_t now)
{
	return ask(shell, words, WARDEN_GIVE, now);
}
