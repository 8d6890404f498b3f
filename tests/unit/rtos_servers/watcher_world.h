/*
 * The world of tests about a watcher. The watcher looks at the Linux of watched_guest.h, and its
 * reports are counted. The test does the frame's part: it makes all changes of a mend, or none.
 */
#ifndef WATCHER_WORLD_H
#define WATCHER_WORLD_H

#include <unit/rtos_servers/watched_guest.h>

#define LIFE   7u                              /* the guest's first one here */
#define LOOK   (1000000u / WATCH_LOOKS_SECOND) /* µs from one look to the next */
#define SETTLE (5u * WATCH_LOOKS_SECOND)       /* looks from "up" to the baseline */
#define KEPT   (BASELINE_PAGE + 0x28000u)

extern struct watch watch;
extern uint8_t kept[KEPT];            /* the baseline's memory */
extern struct watch_record registers; /* of the guest's vCPU */
extern uint32_t life;                 /* of the guest */

/* The watcher's reports. */
extern uint32_t told, gone; /* findings */
extern struct finding last;
extern uint32_t events[WATCH_EVENTS];
extern uint32_t restarts, last_steps; /* steps of the ladder */
extern const char *stepped;           /* the last step's rule */

/* Requests to the frame, and their results. */
extern uint32_t asked, changed;   /* mends, and words that they changed */
extern uint32_t most;             /* words of one mend */
extern uint32_t killed, given_up; /* findings that were mended by a kill, or not at all */
extern enum mend_result why;      /* the last finding's */
extern uint32_t refusal;          /* the frame's refusal; 0: it makes the changes */
extern void (*meanwhile)(void);   /* the guest's work between the look and the mend */

void tell_finding(const struct finding *finding, bool is_gone);

/* A fixture: begins a guest that is up, and its watcher, without a ladder; and ends them. */
void watcher_set_up(void);
void watcher_tear_down(void);

/* Begins its ladder with this line, and with all rights. */
void watcher_climbs(const char *line);

/* The next look's view. The vCPU has run since the look before. */
struct watch_seen seen(void);
void look(uint32_t times);

/* Looks until the baseline is there. */
void begin(void);

#endif
