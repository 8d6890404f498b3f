/*
 * The warden decides which cores are on, and which partition holds a core that moves between
 * partitions (docs/power.md). It reads accounts, lives and the bundle, and asks lib/power.c and
 * lib/shift.c for the next step. Nobody else makes the frame's calls for these steps. The
 * operator's shell asks the warden by struct warden_box, and prints the news that the warden leaves
 * there.
 */
#ifndef WARDEN_WARDEN_H
#define WARDEN_WARDEN_H

#include <kumiki/account.h>
#include <kumiki/service.h>
#include <kumiki/warden.h>
#include <lib/power.h>
#include <lib/shift.h>
#include <service/words.h>

/* What the warden knows of cores that sleep. */
struct warden_power {
	struct power_machine machine;
	struct power power;
	struct power_look look;
	uint64_t later;  /* when to look next */
	uint64_t minute; /* minutes since 1970: up to then the schedule is done */
	uint32_t lost;   /* cores that were said not to come on again: a bit for each */
	bool listens;    /* the frame is to send an event when a vCPU waits in vain */
	/* `hears`: a manager's new policy waits until hear_at to be read. `untold`: a policy that
	 * is followed waits until say_at to be said. */
	bool hears, untold;
	uint64_t hear_at, say_at;
};

/* What the warden knows of cores that move without a command. */
struct warden_shift {
	struct shift_machine machine;
	struct shift shift;
	struct shift_look look;
	uint64_t later; /* when to look next */
};

enum warden_result { WARDEN_WAITS, WARDEN_DONE, WARDEN_FAILED };

/* The request that the warden is carrying out. */
struct warden_asked {
	uint32_t number; /* 0: there is no request */
	uint32_t what, core, partition, value;
	uint32_t hold; /* WARDEN_GIVE: the number of the request to the frame */
	uint64_t end;  /* when the wait for the core ends; 0: the frame wasn't asked yet */
	uint64_t look; /* when to look next at the core's record */
};

struct warden {
	const struct warden_info *info;
	const struct bundle_header *bundle;
	const struct accounts *accounts;
	struct warden_box *box;
	uint8_t partitions, cores;
	uint64_t ms;     /* counter ticks in a millisecond */
	uint64_t events; /* events that came and that nobody has looked at yet */
	bool told;       /* something was said or answered in this turn */
	struct warden_power power;
	struct warden_shift shift;
	struct warden_asked asked;
	char words[WARDEN_TEXT_SIZE]; /* where text is put together */
};

/* ---- warden.c ---- */

/* At this call, the warden has to be all zeros. */
void warden_start(struct warden *warden, const struct warden_info *info, uint64_t now);

/* warden_turn() does one turn of work. It returns how many nanoseconds the warden may wait after
 * this turn (0: there is more to do). warden_awaits() returns the events that end this wait. */
uint64_t warden_turn(struct warden *warden, uint64_t now);
uint64_t warden_awaits(const struct warden *warden);

/* Says whole lines to the operator. If there is no room for all of them, it says nothing. */
void warden_say(struct warden *warden, const struct words *words);
struct words warden_words(struct warden *warden);

const struct bundle_partition *warden_partition(const struct warden *warden, uint32_t partition);

/* Returns an enum life_state, that of the last event. A newer state may follow at any moment. */
uint32_t warden_life(const struct warden *warden, uint32_t partition);

/* ---- box.c ---- */

void box_start(struct warden *warden);
void box_pump(struct warden *warden, uint64_t now);
uint64_t box_deadline(const struct warden *warden);

/* ---- power.c ---- */

void power_start(struct warden *warden, uint64_t now);

/* If it is time or an event came, lets cores go off and come on. */
void power_pump(struct warden *warden, uint64_t now);
uint64_t power_deadline(const struct warden *warden);

/* All cores are on, and only the operator or a manager can change that. */
bool power_is_over(const struct warden *warden);

/* Follows a policy of the schedule or of the operator from now on. */
void power_change(struct warden *warden, uint32_t policy, uint64_t now);

/* Looks where each vCPU is, and which partitions stand still. */
void power_look_vcpus(struct warden *warden);

/* power_minute() counts minutes since 1970, or without a clock since the machine's start.
 * power_minute_end() returns the counter's value at a minute's end. */
uint64_t power_minute(const struct warden *warden, uint64_t now);
uint64_t power_minute_end(const struct warden *warden, uint64_t minute);

/* ---- power_answer.c, hold.c: the operator's requests ---- */

enum warden_result power_answer(struct warden *warden, struct words *words, uint64_t now);
enum warden_result hold_answer_cores(struct warden *warden, struct words *words, uint64_t now);
enum warden_result hold_answer_give(struct warden *warden, struct words *words, uint64_t now);

/* ---- shift.c ---- */

void shift_start(struct warden *warden, uint64_t now);

/* If it is time, asks the frame for cores. */
void shift_pump(struct warden *warden, uint64_t now);
uint64_t shift_deadline(const struct warden *warden);

/* shift_words() says whether cores move without a command; shift_switch() turns that on or off. */
void shift_words(const struct warden *warden, struct words *words);
void shift_switch(struct warden *warden, bool off);

#endif
