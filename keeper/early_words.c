/*
 * The sentences of what was found early: each has its figures, the reason, and what to do. early.c
 * and its judges ask for them.
 */
#include <keeper/early.h>
#include <stdio.h>
#include <string.h>

#define WORDS_NAME (BUNDLE_NAME_SIZE + 16)
#define WORDS_ACT  256

/* "linux.1", "core 2" or "linux" */
static const char *words_name(char name[WORDS_NAME], const struct series_of *of)
{
	if (of->kind == SERIES_VCPU)
		snprintf(name, WORDS_NAME, "%s.%u", of->system, of->number);
	else if (of->kind == SERIES_CORE)
		snprintf(name, WORDS_NAME, "core %u", of->number);
	else
		snprintf(name, WORDS_NAME, "%s", of->system);
	return name;
}

/* Why it waits, and what to do. */
static void words_blame(char *text, size_t size, const struct early_recent *victim,
                        struct early_blame blame)
{
	char name[WORDS_NAME];

	switch (blame.why) {
	case EARLY_NEIGHBOUR:
		snprintf(text, size,
		         "%s ran on core %u for %.0f %%; move one of them to another core, or give "
		         "%s a smaller budget",
		         words_name(name, blame.who->of), victim->core,
		         100 * (double)blame.who->ran, name);
		break;
	case EARLY_SERVICE:
		snprintf(text, size,
		         "Kumiki's own services ran on core %u for %.0f %%; see which system "
		         "prints or restarts so much",
		         victim->core, 100 * (double)blame.who->ran);
		break;
	case EARLY_BUDGET:
		snprintf(
		    text, size,
		    "it used up its budget %.0f times a second; give it a larger one, or see what "
		    "in it computes so much",
		    (double)victim->exhausted);
		break;
	default:
		snprintf(text, size,
		         "no neighbour ran much on core %u; see what in it takes so long",
		         victim->core);
	}
}

void early_say_starved(char text[EARLY_TEXT], const struct early_recent *victim,
                       struct early_blame blame)
{
	char name[WORDS_NAME], why[WORDS_ACT];

	words_blame(why, sizeof(why), victim, blame);
	snprintf(
	    text, EARLY_TEXT,
	    "%s is starved: in the last %u s it was ready for %.0f %% and ran for %.1f %%, as %s",
	    words_name(name, victim->of), EARLY_RECENT_S,
	    100 * (double)(victim->ran + victim->stolen), 100 * (double)victim->ran, why);
}

/* ---- the unusual ---- */

/* How a quantity is told: "linux.0 DOES now UNIT in the last hour; …: WHAT TO DO". */
static const struct words_quantity {
	const char *does;
	float scale;
	int digits;
	const char *unit, *act;
} words_quantities[EARLY_QUANTITIES] = {
    [EARLY_WANTS] = {"wanted", 100, 0, " % of a core", NULL},
    [EARLY_RAN] = {"ran for", 100, 0, " % of a core's time",
                   "see what in it computes so much, or restart it"},
    [EARLY_WAITS] = {"waited for its core for", 100, 0, " %", NULL},
    [EARLY_SWITCHES] = {"was switched to", 1, 0, " times a second",
                        "see which timer or device of it interrupts so often"},
    [EARLY_MOVES] = {"moved to another core", 1, 1, " times a second",
                     "see who asks for its cores, or bind it to one"},
    [EARLY_MISSES] = {"missed", 3600, 0, " deadlines an hour", NULL},
    [EARLY_SERVICES] = {"gave Kumiki's services", 100, 0, " % of its time",
                        "see which system prints or restarts so much"},
    [EARLY_QUEUE] = {"let", 1, 2, " vCPUs wait", NULL},
};

static void words_value(char text[WORDS_NAME], const struct words_quantity *words, float value)
{
	snprintf(text, WORDS_NAME, "%.*f", words->digits, (double)(words->scale * value));
}

/* What to do, and of what waits, why. */
static void words_act(char *text, size_t size, const struct early_fact *fact,
                      const struct early_recent *victim, struct early_blame blame)
{
	const char *act = words_quantities[fact->quantity].act;

	if (fact->less)
		act = "its work has ceased, or doesn't reach it; see its console and log";
	if (act != NULL || victim == NULL)
		snprintf(text, size, ": %s", act != NULL ? act : "");
	else {
		memcpy(text, ", as ", 6);
		words_blame(text + 5, size - 5, victim, blame);
	}
}

void early_say_unusual(char text[EARLY_TEXT], const struct early_fact *fact,
                       const struct early_recent *victim, struct early_blame blame)
{
	const struct words_quantity *words = &words_quantities[fact->quantity];
	char name[WORDS_NAME], now[WORDS_NAME], low[WORDS_NAME], high[WORDS_NAME];
	char act[WORDS_ACT];

	words_name(name, &fact->row->of);
	if (fact->quantity == EARLY_STARTS) {
		snprintf(text, EARLY_TEXT,
		         "%s started %.0f times in the last day, and %.0f times at most in any day "
		         "before: see in its log why it ends",
		         name, (double)fact->now, (double)fact->high);
		return;
	}
	words_value(now, words, fact->now);
	words_value(low, words, fact->low);
	words_value(high, words, fact->high);
	words_act(act, sizeof(act), fact, victim, blame);
	snprintf(text, EARLY_TEXT,
	         "%s %s %s%s%s in the last hour, and usually %s to %s at this time of day%s", name,
	         words->does, fact->less ? "only " : "", now, words->unit, low, high, act);
}

/* ---- growth ---- */

/* "40 minutes", "7 hours" or "3 days" */
static void words_time(char text[WORDS_NAME], float hours)
{
	if (hours < 2)
		snprintf(text, WORDS_NAME, "%.0f minutes", (double)(60 * hours));
	else if (hours < 48)
		snprintf(text, WORDS_NAME, "%.0f hours", (double)hours);
	else
		snprintf(text, WORDS_NAME, "%.0f days", (double)(hours / 24));
}

/* What happens at the limit, as "its core is full in its busiest hours". */
static const char *words_limit(enum early_quantity quantity)
{
	switch (quantity) {
	case EARLY_RAN:
		return "it wants a whole core in its busiest hours";
	case EARLY_SERVICES:
		return "they take the whole core";
	case EARLY_QUEUE:
		return "one vCPU always waits in the busiest hours";
	default:
		return "it is far from usual";
	}
}

void early_say_growth(char text[EARLY_TEXT], const struct early_fact *fact,
                      const struct early_recent *victim, struct early_blame blame)
{
	const struct words_quantity *words = &words_quantities[fact->quantity];
	const bool days = fact->window > 24;
	char name[WORDS_NAME], now[WORDS_NAME], more[WORDS_NAME], left[WORDS_NAME];
	char window[WORDS_NAME], act[WORDS_ACT];

	words_name(name, &fact->row->of);
	words_value(now, words, fact->now);
	snprintf(more, sizeof(more), "%.*f", words->digits + 1,
	         (double)(words->scale * fact->slope * (days ? 24 : 1)));
	words_time(left, fact->left);
	words_time(window, fact->window);
	words_act(act, sizeof(act), fact, victim, blame);
	snprintf(text, EARLY_TEXT,
	         "%s %s %s%s in the last hour, and for %s more and more, by %s each %s: in %s %s%s",
	         name, words->does, now, words->unit, window, more, days ? "day" : "hour", left,
	         words_limit(fact->quantity), act);
}
