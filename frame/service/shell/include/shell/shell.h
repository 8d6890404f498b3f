/*
 * The operator's shell: what partitions, cores and deadlines did, in words as it comes, and the
 * commands. It stands on the console (console/console.h), whose program it is part of, and which
 * knows of it what console/line.h says. Parts: shell.c (start, turns), command.c (which commands
 * there are; show.c, log.c, control.c, events.c, top.c, move.c, hold.c, power.c carry them out),
 * complete.c, life.c (a partition's life in words), misses.c, refused.c.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <console/console.h>
#include <kumiki/account.h>
#include <lib/power.h>
#include <lib/shift.h>
#include <shell/command.h>

/* Missed deadlines of a partition that were said. */
struct shell_misses {
	uint32_t said;
	uint64_t time;
};

/* What `top` saw at its first look, then what came until the second one. Ticks. */
struct shell_top {
	uint64_t ticks;
	uint64_t ran[BUNDLE_VCPUS_MAX], stolen[BUNDLE_VCPUS_MAX];
	uint64_t idle[BUNDLE_CORES_MAX], service[BUNDLE_CORES_MAX], off[BUNDLE_CORES_MAX];
};

/* The warden of the cores that sleep. */
struct shell_power {
	struct power_machine machine;
	struct power power;
	struct power_look look;
	uint64_t later;  /* the next look */
	uint64_t minute; /* since 1970: what the schedule said by then is done */
	uint32_t lost;   /* cores of which it was said that they can't be had: a bit each */
	bool listens;    /* a core is to tell */
	/* Of managers' words: one waits to be looked at, and until when; one was followed, and
	 * waits to be said. */
	bool hears, untold;
	uint64_t hear_at, say_at;
};

/* Who has cores move of their own accord. */
struct shell_shift {
	struct shift_machine machine;
	struct shift shift;
	struct shift_look look;
	uint64_t later; /* the next look */
};

struct shell {
	struct console *console;
	struct shell_command command;
	struct shell_misses misses[BUNDLE_PARTITIONS_MAX];
	uint32_t refused; /* records of the log of refused accesses that were said */
	struct shell_top top;
	struct shell_power power;
	struct shell_shift shift;
	uint64_t events;                 /* that came, and that nobody has looked at */
	char words[BLACKBOX_WORDS_SIZE]; /* what is just being said is put together here */
};

/* ---- shell.c ---- */

/* Console and shell are all zero. */
void shell_start(struct shell *shell, struct console *console, const struct console_info *info,
                 uint64_t now);

/* ---- top.c ---- */

/* Accounts as they are now, with what lasts. */
struct vcpu_account top_vcpu(const struct console *console, uint32_t vcpu);
struct core_account top_core(const struct console *console, uint32_t core);

/* ---- power.c ---- */

void power_start(struct shell *shell, uint64_t now);

/* What a core took that was so many ticks busy, idle, off: microjoules, an estimate; and that in
 * words, if it is known what cores take. */
uint64_t power_energy(const struct console *console, uint32_t core, const uint64_t times[3]);
void power_say_energy(const struct console *console, uint64_t microjoules, struct words *words);

/* Cores go off and come on, if it is time or something happened; true: they did. */
bool power_pump(struct shell *shell, uint64_t now);
uint64_t power_deadline(const struct shell *shell);

/* Minutes since 1970, or since the machine's start without a clock; and when one is over. */
uint64_t power_minute(const struct console *console, uint64_t now);
uint64_t power_minute_end(const struct console *console, uint64_t minute);

/* ---- shift.c ---- */

void shift_start(struct shell *shell, uint64_t now);

/* Cores are asked for, if it is time; true: something was said. */
bool shift_pump(struct shell *shell, uint64_t now);
uint64_t shift_deadline(const struct shell *shell);

/* Whether they move of their own accord; and that they are to, or not. */
void shift_words(const struct shell *shell, struct words *words);
void shift_switch(struct shell *shell, bool off);

/* ---- hold.c ---- */

/* Who holds a core, and who is to have it. */
uint64_t hold_record(const struct console *console, uint32_t core);

/* The holder's name. */
const char *hold_name(const struct console *console, uint32_t holder);

/* ---- misses.c ---- */

/* Keeps missed deadlines, and says the latest; true: it did. */
bool misses_look(struct shell *shell, uint64_t now);

/* When it is to look again, for what was missed a short time after what it has said. */
uint64_t misses_deadline(const struct shell *shell);

/* One, behind what the caller says of it. */
void misses_words(const struct console *console, const struct miss *miss, struct words *words);

/* ---- life.c ---- */

bool life_look(struct shell *shell); /* true: it said something */

/* Event `number` of the black box; all zero if it isn't there. */
struct life_event life_event_of(const struct console *console, uint8_t partition, uint32_t number);
struct life_status life_status_of(const struct console *console, uint8_t partition);

/* "5 in 60 s"; " a, b". */
void life_limit(const struct bundle_life *policy, struct words *words);
void life_names(const struct console *console, uint32_t mask, struct words *words);

/* ---- refused.c ---- */

void refused_start(struct shell *shell);
bool refused_look(struct shell *shell); /* true: it said something */

/* ---- events.c ---- */

/* A context of the trace: "linux.0". */
void events_context(const struct console *console, uint8_t vcpu, struct words *words);

/* ---- complete.c ---- */

/* The word at the editor's cursor. */
void complete_word(struct shell *shell);

#endif
