/*
 * The back end for the panel, in a Linux of the machine itself: see back.h. It sees and does what
 * the system description lets this Linux, through libkumiki. Registers answer at once, so what is
 * looked at is told in the turn after the question. An act is sent, and told when the state shows
 * what came of it: nothing here waits. Acts are done one after the other.
 */
#include <documents.h>
#include <inttypes.h>
#include <keeper/back.h>
#include <lib/holdwords.h>
#include <lib/lifecommand.h>
#include <lib/lifewords.h>
#include <libkumiki/libkumiki.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PANEL_LINK    "panel"
#define PANEL_WAITING 16u
#define PANEL_EACH_MS 1000 /* from one look at what was printed to the next */
#define PANEL_ACT_MS  30000
#define PANEL_WORDS   (KUMIKI_ERROR_SIZE + 64u)

struct waiting {
	struct back_question question;
	back_answered *answered;
	void *to;
};

struct queue {
	struct waiting waiting[PANEL_WAITING];
	size_t first, count;
};

struct back {
	struct back_listener listener;
	struct kumiki kumiki;
	struct queue looks, acts;
	bool sent;       /* the first of the acts is under way */
	uint32_t system; /* its system */
	uint32_t before; /* the system's starts before it; of a core, the request's number */
	int64_t until;   /* when it is given up */
	int64_t next;    /* when it looks again at what was printed */
	uint64_t printed[KUMIKI_PARTITIONS_MAX];
	int64_t heard;               /* when the panel last answered */
	char why[KUMIKI_ERROR_SIZE]; /* "": the panel is there */
};

/* ---- answers ---- */

static const struct back_question *queue_first(const struct queue *queue)
{
	return &queue->waiting[queue->first].question;
}

/* The question leaves the queue before it is answered: the callback may ask the next one. */
static void queue_answer(struct queue *queue, enum back_result result, const char *text,
                         size_t size)
{
	const struct waiting waiting = queue->waiting[queue->first];
	const struct back_answer answer = {result, text, size};

	queue->first = (queue->first + 1) % PANEL_WAITING;
	queue->count--;
	waiting.answered(waiting.to, &answer);
}

__attribute__((format(printf, 3, 4))) static void
queue_say(struct queue *queue, enum back_result result, const char *form, ...)
{
	char words[PANEL_WORDS];
	va_list arguments;

	va_start(arguments, form);
	vsnprintf(words, sizeof(words), form, arguments);
	va_end(arguments);
	queue_answer(queue, result, words, strlen(words));
}

static void queue_end(struct queue *queue, const char *why)
{
	while (queue->count > 0)
		queue_say(queue, BACK_SILENCE, "%s", why);
}

/* ---- looking ---- */

static void look_put(void *to, char c)
{
	putc(c, to);
}

/* Writes the document that is asked for. -1: kumiki->error says why not. */
static int look_write(struct kumiki *kumiki, const struct back_question *question, FILE *out)
{
	struct json json = {.put = look_put, .to = out};
	int system;

	if (question->what == BACK_LIST)
		return document_list(&json, kumiki);
	if (question->what == BACK_CORES)
		return document_cores(&json, kumiki);
	system = kumiki_partition(kumiki, question->system);
	if (system < 0)
		return -1;
	return question->what == BACK_SHOW
	           ? document_partition(&json, kumiki, (uint32_t)system)
	           : document_log(&json, kumiki, (uint32_t)system, question->lines);
}

static void look_answer(struct back *back)
{
	struct queue *queue = &back->looks;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int result = -1;

	snprintf(back->kumiki.error, sizeof(back->kumiki.error), "no memory for the answer");
	if (out != NULL) {
		result = look_write(&back->kumiki, queue_first(queue), out);
		if (fclose(out) != 0)
			result = -1;
	}
	if (result == 0)
		queue_answer(queue, BACK_DONE, text, size);
	else
		queue_say(queue, BACK_FAILED, "%s", back->kumiki.error);
	free(text);
}

static void look_turn(struct back *back)
{
	/* Those of this turn: an answer may bring the next question. */
	for (size_t left = back->looks.count; left > 0; left--)
		if (queue_first(&back->looks)->what == BACK_ACCOUNTS)
			queue_say(&back->looks, BACK_FAILED, "%s", back_untold(back));
		else
			look_answer(back);
}

/* Tells who has printed something since the look before. */
static void look_printed(struct back *back)
{
	uint64_t printed;

	for (uint32_t i = 0; i < back->kumiki.partition_count; i++) {
		if (!kumiki_manages(&back->kumiki, i) ||
		    kumiki_printed(&back->kumiki, i, &printed) != 0 || printed == back->printed[i])
			continue;
		back->printed[i] = printed;
		back->listener.printed(back->listener.to, i);
	}
}

/* ---- acts on systems ---- */

static enum life_command act_command(enum back_what act)
{
	switch (act) {
	case BACK_START:
		return LIFE_START;
	case BACK_STOP:
		return LIFE_STOP;
	case BACK_SUSPEND:
		return LIFE_SUSPEND;
	case BACK_RESUME:
		return LIFE_RESUME;
	default:
		return LIFE_RESTART;
	}
}

static void act_fail(struct back *back)
{
	back->sent = false;
	queue_say(&back->acts, BACK_FAILED, "%s", back->kumiki.error);
}

static void act_send(struct back *back, int64_t now)
{
	const struct back_question *question = queue_first(&back->acts);
	const enum life_command told = act_command(question->what);
	const int system = kumiki_partition(&back->kumiki, question->system);
	struct life_status status;
	const char *refusal;
	bool good;

	if (system < 0 || kumiki_state(&back->kumiki, (uint32_t)system, &status) != 0) {
		act_fail(back);
		return;
	}
	refusal = life_refusal(told, status.state, &good);
	if (refusal != NULL) {
		queue_say(&back->acts, good ? BACK_DONE : BACK_FAILED, "%s%s", question->system,
		          refusal);
	} else if (kumiki_command(&back->kumiki, (uint32_t)system, told) != 0) {
		act_fail(back);
	} else {
		back->sent = true;
		back->system = (uint32_t)system;
		back->before = status.starts;
		back->until = now + PANEL_ACT_MS;
	}
}

/* Looks what has come of the act. */
static void act_look(struct back *back, int64_t now)
{
	const struct back_question *question = queue_first(&back->acts);
	struct life_status status;
	enum life_outcome outcome;

	if (kumiki_state(&back->kumiki, back->system, &status) != 0) {
		act_fail(back);
		return;
	}
	outcome = life_outcome(act_command(question->what), back->before, &status);
	if (outcome == LIFE_ON_ITS_WAY && now < back->until)
		return;
	back->sent = false;
	if (outcome == LIFE_CAME)
		queue_say(&back->acts, BACK_DONE, "%s is %s, start %" PRIu32, question->system,
		          life_state_name(status.state), status.starts);
	else if (outcome == LIFE_FAILED)
		queue_say(&back->acts, BACK_FAILED, "%s is %s; its last end: %s", question->system,
		          life_state_name(status.state),
		          life_end_name(status.state, status.reason));
	else
		queue_say(&back->acts, BACK_FAILED, "%s is still %s after %d s", question->system,
		          life_state_name(status.state), PANEL_ACT_MS / 1000);
}

/* ---- acts on cores ---- */

static void give_send(struct back *back, int64_t now)
{
	const struct back_question *question = queue_first(&back->acts);
	struct kumiki *kumiki = &back->kumiki;
	const int system = question->system[0] == '\0' ? (int)HOLD_NOBODY
	                                               : kumiki_partition(kumiki, question->system);
	int number;

	if (system >= 0 && !document_moves(kumiki, question->core)) {
		queue_say(&back->acts, BACK_FAILED, "core %u doesn't move", question->core);
		return;
	}
	number =
	    system < 0 ? -1 : kumiki_hold(kumiki, question->core, (uint32_t)system, PANEL_ACT_MS);
	if (number < 0) {
		act_fail(back);
		return;
	}
	back->sent = true;
	back->system = (uint32_t)system;
	back->before = (uint32_t)number;
	back->until = now + PANEL_ACT_MS;
}

static void give_look(struct back *back, int64_t now)
{
	const uint32_t core = queue_first(&back->acts)->core;
	const uint64_t record = kumiki_core(&back->kumiki, core);
	const bool came = HOLD_HOLDER(record) == back->system;
	char name[KUMIKI_NAME_SIZE + 1];

	if (!came && HOLD_NUMBER(record) == back->before && now < back->until)
		return;
	kumiki_name(&back->kumiki, HOLD_HOLDER(record), name);
	back->sent = false;
	if (came)
		queue_say(&back->acts, BACK_DONE, "%s has core %" PRIu32, name, core);
	else if (HOLD_NUMBER(record) != back->before)
		queue_say(&back->acts, BACK_FAILED, "%s keeps core %" PRIu32 "%s", name, core,
		          hold_stays_words(record, kumiki_counter()));
	else
		queue_say(&back->acts, BACK_FAILED, "%s keeps core %" PRIu32 HOLD_LATE_WORDS, name,
		          core);
}

/* Several acts may be over at once, as those that are refused are. */
static void act_turn(struct back *back, int64_t now)
{
	for (size_t left = back->acts.count; left > 0 && !back->sent; left--) {
		const bool gives = queue_first(&back->acts)->what == BACK_GIVE;

		if (gives)
			give_send(back, now);
		else
			act_send(back, now);
	}
	if (!back->sent)
		return;
	if (queue_first(&back->acts)->what == BACK_GIVE)
		give_look(back, now);
	else
		act_look(back, now);
}

/* ---- the back end ---- */

static void back_over(struct back *back, const char *why)
{
	snprintf(back->why, sizeof(back->why), "%s", why);
	queue_end(&back->looks, back->why);
	queue_end(&back->acts, back->why);
}

/* `where` is "panel"; behind a colon a folder may follow that is in front of all paths. */
struct back *back_open(const char *where, const struct back_listener *listener, FILE *complaints)
{
	const size_t size = strlen(PANEL_LINK);
	struct back *back;

	if (strncmp(where, PANEL_LINK, size) != 0 || strchr(":", where[size]) == NULL) {
		fprintf(complaints,
		        "kumiki-keeper: this one works inside a machine, through the panel of its "
		        "Linux: give " PANEL_LINK " in place of '%s'\n",
		        where);
		return NULL;
	}
	back = calloc(1, sizeof(*back));
	if (back == NULL)
		return NULL;
	back->listener = *listener;
	if (kumiki_open(&back->kumiki, where[size] == ':' ? where + size + 1 : NULL) == 0)
		return back;
	fprintf(complaints, "kumiki-keeper: %s\n", back->kumiki.error);
	free(back);
	return NULL;
}

void back_close(struct back *back)
{
	back_over(back, "the keeper ends");
	kumiki_close(&back->kumiki);
	free(back);
}

nfds_t back_files(const struct back *back, struct pollfd files[BACK_FILES])
{
	files[0] = (struct pollfd){.fd = kumiki_descriptor(&back->kumiki), .events = POLLIN};
	return 1;
}

/* Whether a question can be answered at once. */
bool back_is_busy(const struct back *back)
{
	return back->looks.count > 0 || (back->acts.count > 0 && !back->sent);
}

int64_t back_heard(const struct back *back)
{
	return back->heard;
}

bool back_may_act(const struct back *back)
{
	return back->kumiki.managed != 0;
}

bool back_turn(struct back *back, int64_t now)
{
	uint32_t came;

	if (back->why[0] != '\0')
		return false;
	if (kumiki_listen(&back->kumiki, back->kumiki.changed, &came) != 0) {
		back_over(back, back->kumiki.error);
		return false;
	}
	back->heard = now;
	if (came != 0)
		back->listener.news(back->listener.to);
	if (now >= back->next) {
		back->next = now + PANEL_EACH_MS;
		look_printed(back);
	}
	look_turn(back);
	act_turn(back, now);
	return true;
}

const char *back_why(const struct back *back)
{
	return back->why;
}

const char *back_untold(const struct back *back)
{
	(void)back;
	return "The panel doesn't tell which cores a system has, for how long it ran, nor what "
	       "this Linux doesn't manage: use the link.";
}

bool back_ask(struct back *back, const struct back_question *question, back_answered *answered,
              void *to)
{
	struct queue *queue = question->what >= BACK_ACTS ? &back->acts : &back->looks;

	if (queue->count == PANEL_WAITING)
		return false;
	queue->waiting[(queue->first + queue->count) % PANEL_WAITING] =
	    (struct waiting){*question, answered, to};
	queue->count++;
	return true;
}
