/* The pristine frame, from which a crash's recovery makes text and constants anew:
 * docs/proof/recovery.md. All of it is the start's part. */
#ifndef START_PRISTINE_H
#define START_PRISTINE_H

#include <frame/types.h>
#include <kumiki/account.h>

/* Where the image differs from the pristine frame, it is made anew. Returns the first such place;
 * 0: there is none; FRAME_TEXT_LOST: the pristine frame itself is damaged, and isn't used any more.
 */
uint64_t pristine_mend(void);

/* For the console's core. The pristine frame becomes that of the spare area. Then, after the
 * exchange, pristine_was_spare() says whether the spare area has the frame of before, undamaged. */
void pristine_renew(void);
bool pristine_was_spare(void);

#endif
