/* The exchange of the frame for the one in the spare area, and back: docs/update.md has the steps.
 * All of it is the start's part. */
#ifndef START_UPDATE_H
#define START_UPDATE_H

#include <frame/types.h>

/* Does the work of update_in_start() (word/update.h). */
uint64_t update_begin(uint64_t size);

/* For recover_try(), on a core that has crashed while a new frame takes over or is on trial. True:
 * this core calls all others to rest, for the way back, and then calls update_turn(). If another
 * core has done so, this one comes to rest, and update_crashed() doesn't return. False: there is no
 * way back, or it is closed. */
bool update_crashed(uint64_t now);
void update_turn(void);

/* True: no core goes off, as a new frame is on trial. All cores have to take part in a way back. */
bool update_keeps_cores(void);

/* True: a new frame failed while it took over, and all cores are to come to rest again. */
bool update_is_turning(void);

/* Returns why the exchange that is due can't be made; 0: it can, or none is due. For the console's
 * core. */
const char *update_unfit(void);

/* The core has rested. It enters the way in again, after the exchange if one is due. */
_Noreturn void update_enter(void);

/* All cores but this one have adopted what was kept. Returns whether that was a crash's recovery.
 */
bool update_end(uint64_t now);

#endif
