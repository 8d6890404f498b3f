/* Says in words what a board file has, and which of its devices can go to a partition
 * (`kumiki board`). */
#ifndef HOST_BOARD_H
#define HOST_BOARD_H

#include <stdio.h>

/* `text` is the board file `path`, whether it is written already or not. Then follows what Kumiki
 * misses there, in the words of `kumiki check`. */
void board_tell(const char *path, const char *text, FILE *out);

#endif
