/* The pristine frame, from which a crash's recovery makes text and constants anew: docs/recovery.md.
 * All of it is the start's part. */
#ifndef START_PRISTINE_H
#define START_PRISTINE_H

#include <frame/types.h>

/* Where the image differs from the pristine frame, it is made anew. Returns the first such place; 0:
 * there is none, or the pristine frame itself was damaged and isn't used any more. */
uint64_t pristine_mend(void);

/* The pristine frame becomes that of the spare area. For the console's core. */
void pristine_renew(void);

#endif
