/* See prevent_ask.h. */
#include "prevent_ask.h"
#include <kumiki/life.h>
#include <lib/string.h>
#include <rtos/sys.h>

#define PREVENT_TRIES   200u  /* reads until a vCPU goes on with rights; from half on with sleeps */
#define PREVENT_IDLE    64u   /* looks without a fault, and it sleeps again */
#define PREVENT_VERDICT 0xffu /* of an answer */

static struct {
	volatile uint64_t *registers;
	void (*say)(struct text *text, bool alarm);
	uint32_t starts; /* the life that is looked at */
} prevent_ask;

static volatile uint64_t *prevent_register(uint32_t offset)
{
	return &prevent_ask.registers[offset / sizeof(uint64_t)];
}

static volatile uint64_t *prevent_word(uint32_t vcpu, size_t offset)
{
	return prevent_register(WATCH_FAULT(vcpu) + (uint32_t)offset);
}

#define PREVENT_WORD(vcpu, member) prevent_word(vcpu, offsetof(struct watch_fault, member))

/* ---- registers ---- */

static bool prevent_read(uint32_t vcpu, struct watch_fault *fault)
{
	*fault = (struct watch_fault){.changes = *PREVENT_WORD(vcpu, changes)};
	fault->syndrome = *PREVENT_WORD(vcpu, syndrome);
	if (fault->syndrome == 0 || fault->changes % 2 != 0 ||
	    *PREVENT_WORD(vcpu, answer) >> 8 == fault->changes)
		return false;
	fault->address = *PREVENT_WORD(vcpu, address);
	fault->at = *PREVENT_WORD(vcpu, at);
	fault->pc = *PREVENT_WORD(vcpu, pc);
	fault->pstate = *PREVENT_WORD(vcpu, pstate);
	fault->value = *PREVENT_WORD(vcpu, value);
	return *PREVENT_WORD(vcpu, changes) == fault->changes;
}

static void prevent_answer(uint32_t vcpu, uint64_t answer)
{
	*PREVENT_WORD(vcpu, answer) = answer;
}

/* While a vCPU carries out a store, its number of changes is odd. */
static bool prevent_retract(uint32_t vcpu)
{
	if ((*PREVENT_WORD(vcpu, answer) & PREVENT_VERDICT) == WATCH_FAULT_STORE)
		*PREVENT_WORD(vcpu, answer) = 0;
	return *PREVENT_WORD(vcpu, changes) % 2 == 0;
}

/* The watched partition's core may use this moment, if it shares the pipeline, or is an emulator's.
 */
static void prevent_pause(void)
{
	__asm__ volatile("yield");
}

/* Nothing is asked for in a life that wasn't looked at. */
static bool prevent_is_same_life(void)
{
	return (uint32_t)*prevent_register(WATCH_STARTS) == prevent_ask.starts;
}

/* A vCPU with a fault does it by itself, others when they are asked for their records. One that is
 * off doesn't: what isn't begun in time is taken back, as the vCPU must not do it later. */
static uint64_t prevent_allow(uint32_t vcpu, uint32_t rights, uint64_t page, uint64_t pages)
{
	uint64_t left = pages, before = pages;

	if (!prevent_is_same_life())
		return pages;
	*PREVENT_WORD(0, allow) = 0; /* the frame itself asks for rights as a life begins */
	*PREVENT_WORD(vcpu, allow) = pages << WATCH_ALLOW_PAGES | page << WATCH_ALLOW_PAGE | rights;
	for (uint32_t i = 0; i < PREVENT_TRIES; i++) {
		left = *PREVENT_WORD(vcpu, allow) >> WATCH_ALLOW_PAGES;
		if (!prevent_is_same_life())
			return before;
		if (left == 0)
			return 0;
		if (left != before) {
			i = 0;
			sys_beat();
		}
		before = left;
		prevent_pause();
		if (i < PREVENT_TRIES / 2)
			continue;
		*prevent_register(WATCH_ASK) = 1;
		sys_sleep(1);
	}
	*PREVENT_WORD(vcpu, allow) = 0;
	return left;
}

static bool prevent_mends(void)
{
	return *prevent_register(WATCH_MEND) == WATCH_MEND_ASKED;
}

/* The first vCPU's note has it. The place comes first: a life that is named is sealed. */
static void prevent_keep(const struct prevent_sealed *sealed)
{
	*PREVENT_WORD(0, note[1]) = sealed->kernel;
	*PREVENT_WORD(0, note[0]) = sealed->starts;
}

/* The table counts from when its place is written, for the life that was looked at. */
static void prevent_sites(uint64_t text, uint64_t table, uint64_t pages)
{
	*PREVENT_WORD(0, sites) = 0;
	*PREVENT_WORD(0, text) = text;
	if (pages != 0 && prevent_is_same_life())
		*PREVENT_WORD(0, sites) = table + pages;
}

/* Likewise. */
static void prevent_fix(uint64_t from, uint64_t pages)
{
	if (prevent_is_same_life())
		*PREVENT_WORD(0, fixed) = pages << WATCH_ALLOW_PAGES | from / PREVENT_PAGE
		                                                           << WATCH_ALLOW_PAGE;
}

static void prevent_refuse(void)
{
	if (prevent_is_same_life())
		*PREVENT_WORD(0, refuses) = 1;
}

/* ---- words ---- */

static void prevent_tell(const struct prevent_told *told)
{
	static const char *const said[] = {
	    [PREVENT_SEALED] = "its kernel executes only approved code from now on",
	    [PREVENT_UNKNOWN] =
	        "nothing is prevented: its kernel isn't the one that the facts are of",
	    [PREVENT_MODULE] = "it begins the approved module '",
	    [PREVENT_DIFFERS] = "its contents aren't approved: module '",
	    [PREVENT_FETCH] = "refused: to execute what isn't approved, at ",
	    [PREVENT_WRITE] = "refused: to write code or a constant, at ",
	    [PREVENT_PROBE] = "refused: to set a probe, at ",
	    [PREVENT_PROGRAM] = "refused: a program's access to the kernel's code, at ",
	};
	struct text text = {.length = 0};

	text_add(&text, said[told->event]);
	if (told->event == PREVENT_MODULE || told->event == PREVENT_DIFFERS) {
		text_add(&text, told->name);
		text_add(&text, told->event == PREVENT_MODULE ? "'" : "', first at ");
		if (told->event == PREVENT_DIFFERS)
			text_hex(&text, told->at);
	} else if (told->event >= PREVENT_FETCH) {
		text_hex(&text, told->at);
		text_add(&text, told->name[0] != 0 ? ", of module '" : "");
		text_add(&text, told->name);
		text_add(&text, told->name[0] != 0 ? "'" : "");
		text_add(&text, ", by CPU ");
		text_number(&text, told->vcpu);
		text_add(&text, " at ");
		text_hex(&text, told->pc);
	}
	prevent_ask.say(&text, told->event != PREVENT_SEALED && told->event != PREVENT_MODULE);
}

/* ---- all ---- */

void prevent_open(struct prevent *prevent, volatile uint64_t *registers,
                  void (*say)(struct text *text, bool alarm))
{
	struct text text = {.length = 0};

	prevent_ask.registers = registers;
	prevent_ask.say = say;
	prevent->fault = prevent_read;
	prevent->answer = prevent_answer;
	prevent->retract = prevent_retract;
	prevent->allow = prevent_allow;
	prevent->mends = prevent_mends;
	prevent->keep = prevent_keep;
	prevent->sites = prevent_sites;
	prevent->fix = prevent_fix;
	prevent->refuse = prevent_refuse;
	prevent->sealed =
	    (struct prevent_sealed){*PREVENT_WORD(0, note[0]), *PREVENT_WORD(0, note[1])};
	prevent->tell = prevent_tell;
	prevent->works = *prevent_register(WATCH_GUARD) == WATCH_GUARD_PAGES;
	if (*prevent_register(WATCH_GUARD) == WATCH_GUARD_CANT) {
		text_add(&text, "nothing is prevented: this CPU can't tell programs' code from the "
		                "kernel's");
		say(&text, true);
	}
}

void prevent_serve(struct prevent *prevent, uint64_t until)
{
	for (uint32_t idle = 0; idle < PREVENT_IDLE; idle++) {
		const uint32_t starts = (uint32_t)*prevent_register(WATCH_STARTS);

		if (*prevent_register(WATCH_STATE) != LIFE_RUNNING)
			return;
		prevent_ask.starts = starts;
		if (prevent_look(prevent, (uint32_t)*prevent_register(WATCH_VCPUS), starts))
			idle = 0;
		else if (idle == 0)
			return;
		if (sys_now() >= until)
			return;
		prevent_pause();
	}
}
