/*
 * The warden decides which cores are on, and which partition holds a core that moves between
 * partitions (docs/power.md). It reads accounts, lives and the bundle, asks lib/power.c and
 * lib/shift.c for the next step, and is the only caller of the frame's calls for these steps. The
 * operator's shell asks it by struct warden_box, and prints the news that the warden leaves there.
 *
 * Everything here is plain C over service/call.h, so it runs in host tests. Parts: warden.c (start,
 * turns, sleep, news), box.c (requests and answers), power.c and power_answer.c, shift.c, hold.c
 * (`cores` and `give`).
 */
#ifndef WARDEN_WARDEN_H
#define WARDEN_WARDEN_H

#include <kumiki/account.h>
#include <kumiki/service.h>
#include <kumiki/warden.h>
#include <lib/power.h>
#include <lib/shift.h>
#include <service/words.h>

/* Cores that sleep. */
struct warden_power {
	struct power_machine machine;
	struct power power;
	struct power_look look;
	uint64_t later;  /* the next look */
	uint64_t minute; /* since 1970: the schedule is done up to then */
	uint32_t lost;   /* cores that were said not to come on again: a bit each */
	bool listens;    /* an event is to come when a vCPU waits in vain */
	/* A manager's new policy waits to be read until hear_at; a policy that was followed waits
	 * to be said until say_at. */
	bool hears, untold;
	uint64_t hear_at, say_at;
};

/* Cores that move of their own accord. */
struct warden_shift {
	struct shift_machine machine;
	struct shift shift;
	struct shift_look look;
	uint64_t later; /* the next look */
};

enum warden_result { WARDEN_WAITS, WARDEN_DONE, WARDEN_FAILED };

/* The request that is carried out. */
struct warden_asked {
	uint32_t number; /* 0: none */
	uint32_t what, core, partition, value;
	uint32_t hold; /* WARDEN_GIVE: number of the frame's request */
	uint64_t end;  /* of the wait for the core; 0: the frame wasn't asked yet */
	uint64_t look; /* the next look at the core's record */
};

struct warden {
	const struct warden_info *info;
	const struct bundle_header *bundle;
	const struct accounts *accounts;
	struct warden_box *box;
	uint8_t partitions, cores;
	uint64_t ms;     /* counter ticks in a millisecond */
	uint64_t events; /* that came and weren't looked at yet */
	bool told;       /* something was said or answered in this turn */
	struct warden_power power;
	struct warden_shift shift;
	struct warden_asked asked;
	char words[WARDEN_TEXT_SIZE]; /* text is put together here */
};

/* ---- warden.c ---- */

/* The warden is all zero. */
void warden_start(struct warden *warden, const struct warden_info *info, uint64_t now);

/* warden_turn(): one turn of work; returns how many nanoseconds the warden may wait after it (0:
 * there is more to do). warden_awaits(): the events that end this wait. */
uint64_t warden_turn(struct warden *warden, uint64_t now);
uint64_t warden_awaits(const struct warden *warden);

/* Says whole lines to the operator: all lines, or nothing if there is no room. */
void warden_say(struct warden *warden, const struct words *words);
struct words warden_words(struct warden *warden);

const struct bundle_partition *warden_partition(const struct warden *warden, uint32_t partition);

/* enum life_state. The last event gives it; a newer state may follow at any moment. */
uint32_t warden_life(const struct warden *warden, uint32_t partition);

/* ---- box.c ---- */

void box_start(struct warden *warden);
void box_pump(struct warden *warden, uint64_t now);
uint64_t box_deadline(const struct warden *warden);

/* ---- power.c ---- */

void power_start(struct warden *warden, uint64_t now);

/* Lets cores go off and come on, if it is time or an event came. */
void power_pump(struct warden *warden, uint64_t now);
uint64_t power_deadline(const struct warden *warden);

/* All cores are on, and only the operator or a manager can change that. */
bool power_is_over(const struct warden *warden);

/* The schedule's or the operator's policy, from now on. */
void power_change(struct warden *warden, uint32_t policy, uint64_t now);

/* Where each vCPU is, and which partitions stand still. */
void power_look_vcpus(struct warden *warden);

/* Minutes since 1970, or without a clock since the machine's start; and the counter at a minute's
 * end. */
uint64_t power_minute(const struct warden *warden, uint64_t now);
uint64_t power_minute_end(const struct warden *warden, uint64_t minute);

/* ---- power_answer.c, hold.c: the operator's requests ---- */

enum warden_result power_answer(struct warden *warden, struct words *words, uint64_t now);
enum warden_result hold_answer_cores(struct warden *warden, struct words *words, uint64_t now);
enum warden_result hold_answer_give(struct warden *warden, struct words *words, uint64_t now);

/* ---- shift.c ---- */

void shift_start(struct warden *warden, uint64_t now);

/* Asks the frame for cores, if it is time. */
void shift_pump(struct warden *warden, uint64_t now);
uint64_t shift_deadline(const struct warden *warden);

/* shift_words(): says whether cores move by themselves; shift_switch(): turns that on or off. */
void shift_words(const struct warden *warden, struct words *words);
void shift_switch(struct warden *warden, bool off);

#endif
