/* The clock server's state and decisions: pure, so that they are tested on the host, too. */
#ifndef CLOCK_SETTING_H
#define CLOCK_SETTING_H

#include <kumiki/rtos/call.h>
#include <proto/clock.h>
#include <stdbool.h>

/* Raised whenever the layout or the meaning of struct setting changes. */
#define SETTING_VERSION 2

/* All that the server keeps. All zeros: nobody knows the time. */
struct setting {
	uint64_t offset; /* proto/clock.h */
	uint64_t known;  /* 0: nobody knows the time yet */
	uint64_t since;  /* nanoseconds of the counter; never the same for two settings */
};

/* The device's seconds count from now on, when the counter says `now` nanoseconds. */
void setting_begin(struct setting *setting, uint32_t seconds, uint64_t now);

/* Whether a call isn't answered before the clock is set. */
bool setting_awaits(const struct setting *setting, const uint64_t word[RTOS_WORDS]);

/* Carries out a call: its words become the answer's. True: the state changed, and has to be kept
 * before the answer is given. */
bool setting_serve(struct setting *setting, uint64_t now, bool may_set, uint64_t word[RTOS_WORDS]);

#endif
