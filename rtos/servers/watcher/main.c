/*
 * The watcher (docs/watching.md): looks at another partition's kernel ten times a second, and tells
 * on the console what is wrong. Its port is for rules that are added and removed. It keeps these
 * and the baseline. What it decides is in watch.c and the rules' files; here are the watched
 * partition's registers, and the words.
 */
#include "alarms.h"
#include "kind.h"
#include "mend_ask.h"
#include "prevent_ask.h"
#include "prevent_let.h"
#include "shown_rules.h"
#include "watch_ask.h"
#include "words.h"
#include <kumiki/rtos/note.h>
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/console.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

RTOS_NOTE(RTOS_NOTE_LADDER, 0);

#define MAIN_FAULTS_MS  1u      /* between looks for faults */
#define MAIN_REFUSAL_US 1000000 /* at most one refusal among the alarms in such a time */
#define MAIN_BEAT_MS    10u
#define MAIN_MEGABYTE   (1u << 20)
#define MAIN_SHOWN      "alarms"   /* the window, as the manifest names it */
#define MAIN_BASELINE   "baseline" /* likewise */

static struct watcher {
	struct watch watch;
	struct rulebook book;
	struct guestcache cache;
	struct alarms alarms;
	struct prevent prevent;
	struct shown shown;
	/* From here on only the start changes it. */
	rtos_handle_t port;
	struct loader_range memory[GUEST_RANGES];
	volatile uint64_t *registers;
	const char *name; /* of the watched partition: its label in the manifest */
	bool goes_on;     /* where another watcher was since the partition's start */
	uint32_t sum;     /* main_sum() at the end of the start */
} watcher;                /* all zero: nothing of it has to be copied at a start */

/* ---- words ---- */

static uint64_t main_microseconds(void)
{
	const uint64_t hertz = sys_hertz(), now = sys_now();

	return now / hertz * 1000000 + now % hertz * 1000000 / hertz;
}

/* Ends the text, so that it can be said. */
static void main_close(struct text *text)
{
	text->bytes[text->length < TEXT_SIZE ? text->length : TEXT_SIZE - 1] = 0;
}

static void main_say(const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, watcher.name);
	text_add(&text, ": ");
	text_add(&text, what);
	text_add(&text, "\n");
	text.bytes[text.length - 1] = '\n'; /* also of a text that was cut */
	(void)console_print(&text);
}

static void main_tell(struct text *text)
{
	main_close(text);
	main_say(text->bytes);
}

static _Noreturn void main_fail(const char *what)
{
	main_say(what);
	sys_exit(1);
}

/* "Linux version 6.1.0-56-arm64": who compiled it, and when, stands behind that in parentheses. */
static void main_version(struct text *text)
{
	text_add(text, watcher.watch.guest.facts->banner);
	for (size_t i = 1; i < text->length; i++)
		if (text->bytes[i] == '(')
			text->length = i - 1;
	main_close(text);
}

/* An alarm that is no finding. */
static void main_alarm(struct text *text)
{
	main_close(text);
	shown_note(&watcher.shown, main_microseconds(), text->bytes);
	alarms_note(&watcher.alarms, main_microseconds(), text->bytes);
	main_say(text->bytes);
}

/* A kernel can try what is refused without end, and the lists have few places. */
static void main_refusal(struct text *text)
{
	static uint64_t next;
	const uint64_t now = main_microseconds();

	rulebook_event(&watcher.book, RULE_ON_REFUSAL);
	if (now < next) {
		main_tell(text);
		return;
	}
	next = now + MAIN_REFUSAL_US;
	main_alarm(text);
}

static void main_prevented(struct text *text, bool alarm)
{
	if (alarm)
		main_refusal(text);
	else
		main_tell(text);
}

/* What is said of the whole guest; NULL: the event is a rule's. */
static const char *const main_events[WATCH_EVENTS] = {
    [WATCH_ANEW] = "it was started anew; another baseline is needed",
};

/* Likewise, and it is an alarm: it is watched too late, or not at all. */
static const char *const main_failures[WATCH_EVENTS] = {
    [WATCH_UNKNOWN] = "its kernel isn't the one that the facts are of; it isn't watched",
    [WATCH_LATE] = "a new baseline of a kernel that ran already: earlier changes are part of it",
    [WATCH_NOT_RUNNING] = "it isn't watched yet: it doesn't run",
    [WATCH_NO_TABLES] = "it isn't watched yet: its kernel's page tables aren't found",
    [WATCH_NOT_UP] = "it isn't watched yet: its kernel doesn't say that it is up",
    [WATCH_NO_TEXT] = "it isn't watched yet: text isn't all in memory, or has a foreign breakpoint",
};

static void main_rule(enum rulebook_event event, const char *rule)
{
	static const char *const said[RULEBOOK_EVENTS] = {
	    [RULEBOOK_CANT] = "' can't tell",
	    [RULEBOOK_CAN] = "' can tell again",
	    [RULEBOOK_CROWDED] = "' found more than it can remember: not all of it is told",
	    [RULEBOOK_REFUSED] = "' is damaged or for another kernel; make and add it again",
	    [RULEBOOK_FULL] = "' has no place beside the others; it is left out"};
	struct text text = {.length = 0};

	text_add(&text, "the rule '");
	text_add(&text, rule);
	text_add(&text, said[event]);
	if (event == RULEBOOK_CANT)
		main_alarm(&text);
	else
		main_tell(&text);
}

static void main_event(enum watch_event event, enum watch_rule rule)
{
	static const enum rulebook_event events[] = {[WATCH_CANT] = RULEBOOK_CANT,
	                                             [WATCH_CAN] = RULEBOOK_CAN,
	                                             [WATCH_CROWDED] = RULEBOOK_CROWDED};
	struct text text = {.length = 0};

	if (event == WATCH_FOUND) {
		main_version(&text);
		main_say(text.bytes);
	} else if (event == WATCH_BEGINS) {
		main_say(kind_of(watcher.watch.guest.facts)->begins);
	} else if (main_events[event] != NULL) {
		main_say(main_events[event]);
	} else if (main_failures[event] != NULL) {
		text_add(&text, main_failures[event]);
		main_alarm(&text);
	} else {
		main_rule(events[event], watch_names[rule]);
	}
}

static void main_mended(const struct finding *finding, enum mend_result why)
{
	struct text text = {.length = 0};

	words_mended(&watcher.watch, &text, finding, why);
	main_close(&text);
	shown_done(&watcher.shown, finding, text.bytes);
	main_say(text.bytes);
}

static void main_finding(const struct finding *finding, bool gone)
{
	const uint64_t now = main_microseconds();
	struct text text = {.length = 0};

	words_finding(&watcher.watch, &text, finding, gone);
	if (!gone)
		words_age(&text, finding, now);
	main_close(&text);
	if (gone)
		shown_gone(&watcher.shown, now, finding, text.bytes);
	else
		shown_found(&watcher.shown, now, finding, text.bytes);
	alarms_note(&watcher.alarms, now, text.bytes);
	main_say(text.bytes);
}

static void main_step(enum ladder_act act, const char *rule)
{
	struct text text = {.length = 0};

	text_add(&text, act == LADDER_RESTART ? "it is restarted for the rule '"
	                                      : "nothing more is done for the rule '");
	text_add(&text, rule);
	text_add(&text, act == LADDER_RESTART ? "': what it has in its memory is lost"
	                                      : "': the limits of its ladder are reached");
	main_alarm(&text);
	if (act == LADDER_RESTART)
		watcher.registers[WATCH_RESTART / sizeof(uint64_t)] = 1;
}

/* ---- registers ---- */

/* What a glance needs to know. */
static struct watch_seen main_glimpse(void)
{
	return watch_glimpse(watcher.registers, main_microseconds());
}

static uint32_t main_mend(const struct mend *mend)
{
	for (uint32_t i = 0; i < mend->count; i++)
		if (!prevent_may_mend(&watcher.prevent, mend->change[i].address))
			return MEND_ASK_SEALED;
	return mend_registers(watcher.registers, mend);
}

/* Changes nothing, so prevention has no word in it. */
static uint32_t main_still(const struct mend *mend)
{
	return mend_registers(watcher.registers, mend);
}

static enum mend_result main_disarm(uint64_t address)
{
	static const enum mend_result results[] = {[PREVENT_DISARMED] = MEND_DONE,
	                                           [PREVENT_LATER] = MEND_BUSY,
	                                           [PREVENT_NO_MODULE] = MEND_MODULE};
	struct text text = {.length = 0};
	const char *name = NULL;
	const enum prevent_disarmed result = prevent_disarm(&watcher.prevent, address, &name);

	if (name != NULL) {
		text_add(&text, "module '");
		text_add(&text, name);
		text_add(&text, "' is disarmed: its code isn't executed until the next start, and "
		                "its memory stays");
		main_alarm(&text);
	}
	return results[result];
}

static struct rules_area main_area(uint64_t address)
{
	return prevent_module_of(&watcher.prevent, address);
}

/* Amid long work, such as the baseline on a slow host. Before there is a baseline, questions of the
 * Linux that is being started are answered meanwhile. */
static void main_beat(void)
{
	static uint64_t next;
	const uint64_t now = sys_now();

	if (now < next)
		return;
	next = now + sys_ticks(MAIN_BEAT_MS);
	sys_beat();
	if (watcher.prevent.works && !watcher.watch.watching)
		prevent_serve(&watcher.prevent, now);
}

/* ---- the start ---- */

static _Noreturn void main_wrong(const char *what, const char *argument, const char *wrong)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	text_add(&text, argument);
	text_add(&text, "': ");
	text_add(&text, wrong);
	main_close(&text);
	main_fail(text.bytes);
}

/* What the manifest has to give; the program ends if it doesn't. */
static const struct rtos_given *main_must(const struct rtos_given *given, const char *what)
{
	if (given != NULL)
		return given;
	main_wrong("its manifest lacks '", what, "give it that, as docs/watching.md says");
}

static const struct rtos_given *main_given(enum rtos_given_kind kind, const char *name,
                                           const char *what)
{
	return main_must(sys_given(kind, name, 0), what);
}

/* The watched partition's registers, then its memory. */
static void main_watched(void)
{
	struct guestwalk *walk = &watcher.watch.guest.walk;
	const char *name = main_given(RTOS_GIVEN_PLACE, NULL, "access to a partition")->name;
	const struct rtos_given *place, *memory;

	watcher.name = name;
	watcher.registers =
	    (volatile uint64_t *)main_given(RTOS_GIVEN_DEVICE, name, "access")->address;
	while ((place = sys_given(RTOS_GIVEN_PLACE, name, walk->ranges)) != NULL) {
		memory = main_must(sys_given(RTOS_GIVEN_DEVICE, name, walk->ranges + 1), "access");
		watcher.memory[walk->ranges++] = (struct loader_range){
		    .base = memory->address, .size = memory->size, .ipa = place->address};
	}
	walk->range = watcher.memory;
}

static void main_ladder(const char *line)
{
	const char *wrong = ladder_add(&watcher.watch.ladder, line);

	if (wrong != NULL)
		main_wrong("its ladder '", line, wrong);
}

static void main_let(const char *argument)
{
	const char *wrong = prevent_let(&watcher.prevent, argument);

	if (wrong != NULL)
		main_wrong("its argument '", argument, wrong);
}

/* The arguments: lines of the ladder, and what is let. */
static void main_arguments(void)
{
	uint32_t count;
	const char *argument = sys_arguments(&count);

	for (uint32_t i = 0; i < count; i++) {
		if (prevent_is_let(argument))
			main_let(argument);
		else
			main_ladder(argument);
		argument += string_length(argument) + 1;
	}
}

static void main_facts(struct watch *watch)
{
	const struct rtos_given *facts = main_given(RTOS_GIVEN_WINDOW, "facts", "facts in windows");

	watch->guest.facts = (const struct watchfacts *)facts->address;
	if (facts->size < sizeof(struct watchfacts) ||
	    watch->guest.facts->magic != WATCHFACTS_MAGIC ||
	    watch->guest.facts->revision != WATCHFACTS_REVISION)
		main_fail("the facts are of another revision");
	if (!sites_open(watch->guest.facts, facts->size))
		main_fail("the facts are damaged: make them anew with 'kumiki facts'");
}

/* It keeps the baseline when the partition restarts. NULL: there is none; kept memory has it. */
static const struct rtos_given *main_window(void)
{
	return sys_given(RTOS_GIVEN_DEVICE, MAIN_BASELINE, 0);
}

/* Says how much kept memory it takes, if that is more than there is. */
static void main_room(const struct rtos_given *keep, size_t bytes)
{
	struct text text = {.length = 0};

	if (bytes <= keep->size)
		return;
	text_add(&text, "its kumiki,keep is too small: it takes ");
	text_number(&text, (bytes + MAIN_MEGABYTE - 1) / MAIN_MEGABYTE);
	text_add(&text, "M");
	main_close(&text);
	main_fail(text.bytes);
}

/* The first part of kept memory has the rules, and in their first page the ladder's counts; then
 * come copies of modules' text, the baseline, and what is known of pages. */
static void main_keep(struct watch *watch)
{
	const struct rtos_given *keep = main_given(RTOS_GIVEN_KEEP, NULL, "kumiki,keep");
	const struct rtos_given *file = sys_given(RTOS_GIVEN_WINDOW, "rules", 0);
	const struct rtos_given *window = main_window();
	const size_t used = RULEBOOK_KEPT + MODULES_KEPT;
	uint8_t *kept = (uint8_t *)keep->address;

	main_room(keep, used + (window != NULL ? 1 : baseline_size(watch->guest.facts)));
	if (!baseline_open(&watch->baseline, window != NULL ? (void *)window->address : kept + used,
	                   window != NULL ? window->size : keep->size - used, watch->guest.facts))
		main_fail("its window 'baseline' has no room for the kernel's text and constants");
	modules_open(&watch->modules, sys_now(), kept + RULEBOOK_KEPT);
	_Static_assert(sizeof(struct ladder_kept) <= BASELINE_PAGE - RULEBOOK_OWN, "it fits");
	ladder_keep(&watch->ladder, kept + RULEBOOK_OWN);
	watcher.goes_on = rulebook_open(&watcher.book, kept, watch->guest.facts,
	                                file != NULL ? (const void *)file->address : NULL,
	                                file != NULL ? file->size : 0);
}

/* Steps that the partition has no right for are left out. */
static void main_rights(struct watch *watch)
{
	bool *may = watch->ladder.may;

	may[LADDER_TELL] = true;
	may[LADDER_MEND] = may[LADDER_KILL] = mend_may(watcher.registers);
	may[LADDER_DISARM] = watcher.prevent.works;
	may[LADDER_RESTART] = watcher.registers[WATCH_RESTART / sizeof(uint64_t)] != 0;
	if (!may[LADDER_MEND] &&
	    (ladder_has(&watch->ladder, LADDER_MEND) || ladder_has(&watch->ladder, LADDER_KILL)))
		main_say("it isn't mended: this partition has no kumiki,mends");
	if (ladder_has(&watch->ladder, LADDER_RESTART) && !may[LADDER_RESTART])
		main_say("it isn't restarted: this partition has no kumiki,manages for it");
	if (ladder_has(&watch->ladder, LADDER_DISARM) && !may[LADDER_DISARM])
		main_say("none of its modules is disarmed: nothing is prevented");
}

/* What is let, and what isn't, though an argument says so. */
static void main_say_lets(void)
{
	static const char *const said[WATCHFACTS_MAKERS][2] = {
	    [WATCHFACTS_JIT] = {"what BPF's compiler makes is refused: it isn't found in this "
	                        "kernel",
	                        "what BPF's compiler makes is executed"},
	    [WATCHFACTS_SLOTS] = {"probes are refused: their slots aren't found in this kernel",
	                          "probes are set, and their slots executed"}};
	const struct prevent *prevent = &watcher.prevent;

	for (uint32_t i = 0; i < WATCHFACTS_MAKERS; i++)
		if (prevent->lets[i])
			main_say(!prevent->works
			             ? "'let' changes nothing: nothing is prevented"
			             : said[i][prevent_lets(prevent, (enum watchfacts_maker)i)]);
}

/* As the frame sees it. */
static uint64_t main_kept_at(const struct rtos_given *keep)
{
	uint64_t physical = 0;

	if (sys_do(RTOS_REGION_PHYSICAL, keep->handle, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		main_fail("its kept memory has no address");
	return physical;
}

static void main_prevent(struct watch *watch)
{
	struct prevent *prevent = &watcher.prevent;
	const struct rtos_given *list = sys_given(RTOS_GIVEN_WINDOW, "modules", 0);
	const struct rtos_given *keep = main_given(RTOS_GIVEN_KEEP, NULL, "kumiki,keep");
	const size_t used = RULEBOOK_KEPT + MODULES_KEPT +
	                    (main_window() != NULL ? 0 : baseline_size(watch->guest.facts));
	const struct prevent_given given = {
	    .list = list != NULL ? (const void *)list->address : NULL,
	    .list_size = list != NULL ? list->size : 0,
	    .kept = (uint8_t *)keep->address + used,
	    .kept_size = keep->size - used,
	    .kept_at = main_kept_at(keep) + used,
	};
	const char *wrong;

	prevent->guest = prevent->approve.guest = &watch->guest;
	prevent->used = &watch->used;
	prevent->life = &watch->starts;
	prevent->image = watch->guest;
	prevent->baseline = &watch->baseline;
	prevent->watching = &watch->watching;
	prevent_open(prevent, watcher.registers, main_prevented);
	if (prevent->works && !kind_of(watch->guest.facts)->lists)
		main_fail("prevention is for a Linux: take kumiki,prevents away");
	if (prevent->works)
		main_room(keep, used + prevent_room(prevent));
	wrong = prevent_begin(prevent, &given);
	if (wrong != NULL)
		main_fail(wrong);
	if (list != NULL && !prevent->works &&
	    !approve_open(&prevent->approve, given.list, given.list_size, watch->guest.facts))
		main_fail("the list of modules is damaged or for another kernel: make it anew with "
		          "'kumiki modules'");
	if (list != NULL)
		watch->modules.allowed = &prevent->approve;
	if (prevent->works && list == NULL)
		main_say("no module is approved: its manifest has no window 'modules' for it");
}

/* If its manifest gives it a window for managers. */
static void main_show(void)
{
	const struct rtos_given *window = sys_given(RTOS_GIVEN_DEVICE, MAIN_SHOWN, 0);

	if (window != NULL && !shown_open(&watcher.shown, (void *)window->address, window->size,
	                                  watcher.name, main_microseconds(), watcher.goes_on))
		main_fail("its window for alarms is too small");
}

/* Of all that only the start changes. */
static uint32_t main_sum(void)
{
	const size_t first = offsetof(struct watcher, port);
	const struct watch *watch = &watcher.watch;
	uint32_t sum =
	    crc32c(0, (const uint8_t *)&watcher + first, offsetof(struct watcher, sum) - first);

	sum = crc32c(sum, &watch->ladder, sizeof(watch->ladder));
	sum = crc32c(sum, &watch->tell, sizeof(watch->tell));
	sum = crc32c(sum, &watch->step, sizeof(watch->step));
	sum = crc32c(sum, &watcher.shown.window, sizeof(watcher.shown.window));
	sum = crc32c(sum, watcher.prevent.lets, sizeof(watcher.prevent.lets));
	return crc32c(sum, &watcher.prevent.works, sizeof(watcher.prevent.works));
}

static void main_begin(void)
{
	struct watch *watch = &watcher.watch;

	main_watched();
	main_arguments();
	watch->guest.cache = &watcher.cache;
	watch->guest.beat = main_beat;
	main_facts(watch);
	watcher.port = main_given(RTOS_GIVEN_OFFER, NULL, "kumiki,offers")->handle;
	watch->tell = main_event;
	watch->step = main_step;
	watch->mender.tell = main_mended;
	watch->mender.ask = main_mend;
	watch->mender.disarm = main_disarm;
	watch->mender.area = main_area;
	watch->book = &watcher.book;
	watcher.book.ask = main_still;
	watcher.book.tell = main_rule;
	watcher.book.tell_finding = main_finding;
	for (uint32_t i = 0; i < WATCH_RULES; i++) {
		watch->findings[i].tell = main_finding;
		watch->findings[i].sure = FINDINGS_LOOKS;
	}
	watch->findings[WATCH_MAPPINGS].sure = MAPPINGS_LOOKS;
	watch->findings[WATCH_DEADLINES].sure = DEADLINES_LOOKS;
	main_keep(watch);
	main_show();
	main_prevent(watch);
	main_rights(watch);
	main_say_lets();
	watcher.sum = main_sum();
	sys_well();
}

/* The first of WATCH_GLANCES is a look. */
static void main_look(void)
{
	static uint32_t glances;
	const bool whole = glances % WATCH_GLANCES == 0;
	const struct watch_seen seen =
	    whole ? watch_see(watcher.registers, main_microseconds()) : main_glimpse();

	glances++;
	if (whole)
		watch_look(&watcher.watch, &seen);
	else
		watch_glance(&watcher.watch, &seen);
	if (whole)
		shown_rules(&watcher.shown, &watcher.watch, &seen);
	sys_beat(); /* a guest can make each of them long */
}

static void main_again(void)
{
	const struct watch_seen seen = main_glimpse();

	watch_again(&watcher.watch, &seen);
}

static void main_serve(uint64_t word[RTOS_WORDS])
{
	if (word[0] == RULES_ALARM)
		alarms_serve(&watcher.alarms, word);
	else
		rulebook_serve(&watcher.book, word);
}

/* Asks for an alarm and a rule that can't be. */
static bool main_is_right(void)
{
	uint64_t alarm[RTOS_WORDS] = {RULES_ALARM, UINT64_MAX};
	uint64_t rule[RTOS_WORDS] = {RULES_ENTRY, RULE_MOST};

	main_serve(alarm);
	main_serve(rule);
	return alarm[0] == RULES_NO_RULE && rule[0] == RULES_NO_RULE;
}

static bool main_is_sound(void)
{
	const void *kept = (const void *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address;
	const void *facts = (const void *)sys_given(RTOS_GIVEN_WINDOW, "facts", 0)->address;

	return watcher.sum == main_sum() && watcher.watch.guest.facts == facts &&
	       rulebook_is_sound(&watcher.book, kept);
}

static void main_probe(struct sys_message *message)
{
	if (!main_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, main_is_right() ? PROBE_RIGHT : PROBE_WRONG);
}

/* When the next fault is looked for. */
static uint64_t main_faults(uint64_t next)
{
	uint64_t soon;

	if (!watcher.prevent.works)
		return next;
	prevent_serve(&watcher.prevent, next);
	soon = sys_now() + sys_ticks(MAIN_FAULTS_MS);
	return soon < next ? soon : next;
}

/* Looks at fixed times, and in between at what isn't sure yet; answers calls meanwhile. A time that
 * passed during a long look is left out. */
int main(void)
{
	const uint64_t period = sys_ticks(1000 / WATCH_LOOKS_SECOND / WATCH_GLANCES);
	struct sys_message message = {.identity = 0};
	uint64_t next, again = UINT64_MAX;

	watcher.name = "watcher";
	main_begin();
	next = sys_now();
	for (;;) {
		const uint64_t now = sys_now();

		if (now >= next || now >= again) {
			if (now >= next) {
				main_look();
				next += ((sys_now() - next) / period + 1) * period;
			} else {
				main_again();
			}
			again = watch_is_open(&watcher.watch)
			            ? sys_now() + sys_ticks(WATCH_AGAIN_MS)
			            : UINT64_MAX;
		}
		if (sys_reply_wait(watcher.port, &message,
		                   main_faults(again < next ? again : next)) != RTOS_OK)
			message.identity = 0;
		else if (probe_asks(&message))
			main_probe(&message);
		else
			main_serve(message.word);
	}
}
