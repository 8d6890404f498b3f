/*
 * The life of partitions in words: why a partition ended, how it comes back, when it is suspended,
 * held, or at its limit. Each change is said once, after the partition's output until then. The
 * black boxes keep the changes, so none is lost while much output goes first. shell.c calls this
 * file.
 */
#include <lib/liferule.h>
#include <lib/lifewords.h>
#include <service/names.h>
#include <shell/shell.h>

struct life_event life_event_of(const struct console *console, uint8_t partition, uint32_t number)
{
	static const struct life_event none = {0};
	const struct blackbox *box = blackbox_of(console, partition);

	if (number >= box->events || box->events - number > BLACKBOX_EVENTS)
		return none;
	return box->event[number % BLACKBOX_EVENTS];
}

struct life_status life_status_of(const struct console *console, uint8_t partition)
{
	return life_event_of(console, partition, blackbox_of(console, partition)->events - 1)
	    .status;
}

struct life_status life_status_at(const struct console *console, uint8_t partition, uint64_t now)
{
	const uint32_t window = tables_partition(console, partition)->life.window;
	struct life_event last =
	    life_event_of(console, partition, blackbox_of(console, partition)->events - 1);

	if (now > last.time && (now - last.time) / console->info->counter_hz > window / 1000)
		last.status.failed = 0;
	return last.status;
}

/* ---- how it comes back ---- */

static void life_milliseconds(struct words *words, uint64_t milliseconds)
{
	if (milliseconds % 1000)
		words_decimal(words, milliseconds);
	else
		words_decimal(words, milliseconds / 1000);
	words_text(words, milliseconds % 1000 ? " ms" : " s");
}

void life_limit(const struct bundle_life *policy, struct words *words)
{
	words_decimal(words, policy->limit);
	words_text(words, " in ");
	life_milliseconds(words, policy->window);
}

static void life_restart(const struct bundle_life *policy, const struct life_status *status,
                         struct words *words)
{
	words_text(words, " restarts");
	if (status->state == LIFE_WAITING) {
		words_text(words, " in ");
		life_milliseconds(words, liferule_delay(policy, status->failed));
	}
	words_text(words, " (restart ");
	words_decimal(words, status->failed);
	words_text(words, " of at most ");
	life_limit(policy, words);
	words_text(words, ")\n");
}

void life_names(const struct console *console, uint32_t mask, struct words *words)
{
	names_say(tables_bundle(console), mask, words);
}

static void life_waits(const struct console *console, const struct bundle_life *policy,
                       const struct life_status *status, struct words *words)
{
	if (status->failed) {
		life_restart(policy, status, words);
	} else if (policy->after) {
		words_text(words, " starts when these run:");
		life_names(console, policy->after, words);
		words_put(words, '\n');
	}
}

/* When the partition's last end before event `number` was. 0: this isn't known. */
static uint64_t life_ended(const struct console *console, uint8_t partition, uint32_t number)
{
	for (uint32_t back = 1; back <= BLACKBOX_EVENTS && back <= number; back++) {
		struct life_event event = life_event_of(console, partition, number - back);

		if (event.status.state == LIFE_STOPPED)
			return 0; /* it rested: the time until its start says nothing */
		if (event.status.state == LIFE_STOPPING)
			return event.time;
	}
	return 0;
}

static void life_runs(const struct console *console, uint8_t partition, uint32_t number,
                      struct words *words)
{
	const struct bundle_partition *config = tables_partition(console, partition);
	struct life_event event = life_event_of(console, partition, number);
	uint64_t ended = life_ended(console, partition, number);

	if (event.status.starts < 2 && !(config->flags & BUNDLE_MANUAL) && !config->life.after)
		return; /* a usual start at the machine's beginning isn't said */
	words_text(words, ended ? " runs again: start " : " runs: start ");
	words_decimal(words, event.status.starts);
	if (ended) {
		words_text(words, ", ");
		words_decimal(words, (event.time - ended) / console->ms);
		words_text(words, " ms after its end");
	}
	words_put(words, '\n');
}

/* ---- how it ends ---- */

static bool life_at_limit(const struct bundle_life *policy, const struct life_status *status)
{
	return liferule_at_limit(policy, (enum stop_reason)status->reason, status->failed);
}

static void life_rests(const struct console *console, uint8_t partition,
                       const struct life_status *before, const struct life_status *status,
                       struct words *words)
{
	const struct bundle_life *policy = &tables_partition(console, partition)->life;

	if (before->state == LIFE_STOPPING && life_at_limit(policy, status)) {
		words_text(words, " isn't started again: it is at its limit, ");
		life_limit(policy, words);
		words_text(words, policy->at_limit == LIFE_DO_OFF
		                      ? "; the machine is switched off\n"
		                      : "\n");
	} else if (before->state == LIFE_STOPPING && status->reason == STOP_FRAME &&
	           policy->on_crash == LIFE_DO_RESTART) {
		words_text(words, " isn't started again: the frame might fail for it once more; "
		                  "'start' starts it\n");
	} else if (before->state == LIFE_WAITING || before->state == LIFE_LOADING) {
		words_text(words, " stopped before it ran\n");
	}
}

/* Adds the words of event `number`, if this event has any. */
static void life_words(const struct console *console, uint8_t partition, uint32_t number,
                       struct words *words)
{
	const struct bundle_life *policy = &tables_partition(console, partition)->life;
	struct life_status before = life_event_of(console, partition, number - 1).status;
	struct life_status status = life_event_of(console, partition, number).status;

	switch (status.state) {
	case LIFE_WAITING:
		life_waits(console, policy, &status, words);
		break;
	case LIFE_LOADING:
		if (status.failed && before.state != LIFE_WAITING)
			life_restart(policy, &status, words);
		break;
	case LIFE_RUNNING:
		if (before.state == LIFE_SUSPENDED)
			words_text(words, " goes on\n");
		else
			life_runs(console, partition, number, words);
		break;
	case LIFE_SUSPENDED:
		words_text(words, " is suspended\n");
		break;
	case LIFE_HELD:
		words_text(words, life_at_limit(policy, &status)
		                      ? " is held as it stood: it is at its limit\n"
		                      : " is held as it stood\n");
		break;
	case LIFE_STOPPED:
		life_rests(console, partition, &before, &status, words);
		break;
	default:
		break;
	}
}

/* ---- saying it ---- */

static bool life_say_report(struct shell *shell, uint8_t partition)
{
	struct blackbox *box = blackbox_of(shell->console, partition);
	struct console_life *life = &shell->console->life[partition];
	struct words words = words_in(shell->words, sizeof(shell->words));

	if (!life->report_waits)
		return false;
	life->report_waits = false;
	if (report_crash(life->report.reason)) { /* from the box: the examination may be gone */
		words = words_in(box->words, sizeof(box->words));
		words.size = box->words_size;
	} else {
		report_words(shell->console, partition, &life->report, &words);
	}
	say_words(shell->console, &words);
	return true;
}

static bool life_is_end(uint32_t state)
{
	return state == LIFE_STOPPING || state == LIFE_HOLDING || state == LIFE_STOPPED;
}

static bool life_begins_end(const struct console *console, uint8_t partition, uint32_t number)
{
	return life_is_end(life_event_of(console, partition, number).status.state) &&
	       !life_is_end(life_event_of(console, partition, number - 1).status.state);
}

/* Whether the end that begins with this event has a report. A partition has none if it is told to
 * stop before it ran, or while it is held. */
static bool life_has_report(const struct console *console, uint8_t partition, uint32_t number)
{
	const struct life_status status = life_event_of(console, partition, number).status;

	return (status.state != LIFE_STOPPED || status.reason != STOP_COMMAND) &&
	       life_event_of(console, partition, number - 1).status.state != LIFE_HELD;
}

/* Whether the partition went on after this event: then a later report isn't of this end. The report
 * of the next end comes before the event of that end. */
static bool life_went_on(const struct console *console, uint8_t partition, uint32_t number)
{
	const uint32_t events = blackbox_of(console, partition)->events;

	while (++number != events)
		if (!life_is_end(life_event_of(console, partition, number).status.state))
			return true;
	return false;
}

/* Says an end by its event's reason alone. The frame keeps only one report, and the report of the
 * next end has taken its place. */
static void life_say_brief(struct shell *shell, uint8_t partition, uint32_t number)
{
	struct words words = words_in(shell->words, sizeof(shell->words));

	words_text(&words, shell->console->name[partition]);
	words_say(&words, " stopped: ",
	          life_reason_name(life_event_of(shell->console, partition, number).status.reason),
	          "\n");
	say_words(shell->console, &words);
}

static void life_say_beginning(struct shell *shell, uint8_t partition, uint32_t number)
{
	struct console_life *life = &shell->console->life[partition];

	life->brief = true;
	if (!life_has_report(shell->console, partition, number))
		return;
	life->brief = life->lost > 0 && life_went_on(shell->console, partition, number);
	life->lost = life->brief ? life->lost - 1 : 0;
	if (life->brief)
		life_say_brief(shell, partition, number);
}

/* Says an end. Its report comes when the partition has been examined, and is said before the end's
 * events. If a load failed, the report says everything. True: nothing more is to be said. */
static bool life_say_end(struct shell *shell, uint8_t partition, uint32_t number)
{
	if (life_begins_end(shell->console, partition, number))
		life_say_beginning(shell, partition, number);
	return !shell->console->life[partition].brief && life_say_report(shell, partition) &&
	       life_event_of(shell->console, partition, number - 1).status.state == LIFE_LOADING;
}

static void life_say_event(struct shell *shell, uint8_t partition, uint32_t number)
{
	struct words words = words_in(shell->words, sizeof(shell->words));
	struct life_status status = life_event_of(shell->console, partition, number).status;
	uint32_t before = life_event_of(shell->console, partition, number - 1).status.state;
	bool ends = life_is_end(status.state) || before == LIFE_STOPPING || before == LIFE_HOLDING;
	uint32_t name;

	if (status.state == LIFE_LOADING && status.starts > 1)
		text_end_line(shell->console, partition);
	if (ends && life_say_end(shell, partition, number))
		return;
	words_text(&words, shell->console->name[partition]);
	name = words.size;
	life_words(shell->console, partition, number, &words);
	if (words.size > name)
		say_words(shell->console, &words);
}

/* Where events are missing, reports can't be matched with ends. So this says how many events are
 * missing, then the last report; the last event comes after that. */
static void life_say_missed(struct shell *shell, uint8_t partition)
{
	const uint32_t events = blackbox_of(shell->console, partition)->events;
	struct console_life *life = &shell->console->life[partition];
	struct words words = words_in(shell->words, sizeof(shell->words));
	const uint32_t left = events != life->said;

	words_say(&words, shell->console->name[partition], ": ", NULL);
	words_decimal(&words, life->missed + (events - life->said) - left);
	words_text(&words, " changes of its life came too fast to be told\n");
	say_words(shell->console, &words);
	life->missed = life->lost = 0;
	life->said = events - left;
	(void)life_say_report(shell, partition);
}

/* Whether the partition's output from before the next news was printed: that output comes first. */
static bool life_due(const struct console *console, uint8_t partition)
{
	const struct console_life *life = &console->life[partition];

	return (int32_t)(console->readers[partition].tail - life->mark) >= 0;
}

/* Says all that is due, in the order in which it happened. */
static void life_say(struct shell *shell, uint8_t partition)
{
	const struct blackbox *box = blackbox_of(shell->console, partition);
	struct console_life *life = &shell->console->life[partition];

	if (life->missed || box->events - life->said > BLACKBOX_EVENTS)
		life_say_missed(shell, partition);
	blackbox_mark(shell->console, partition);
	while (life->said != box->events && life_due(shell->console, partition)) {
		life_say_event(shell, partition, life->said++);
		blackbox_mark(shell->console, partition);
	}
	if (life->said == box->events)
		(void)life_say_report(shell, partition);
	life->told = say_end(shell->console);
}

bool life_look(struct shell *shell)
{
	bool said = false;

	if (!shell->console->news || !shell->console->own)
		return false;
	if (!text_has_room(shell->console)) /* the output may need the end of a line first */
		return true;
	shell->console->news = false;
	for (uint8_t i = 0; i < shell->console->partitions; i++) {
		if (!blackbox_has_news(shell->console, i))
			continue;
		if (life_due(shell->console, i)) {
			life_say(shell, i);
			said = true;
		}
		shell->console->news |= blackbox_has_news(shell->console, i);
	}
	return said;
}
