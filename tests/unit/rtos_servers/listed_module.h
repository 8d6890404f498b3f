/*
 * A list of two modules that may be loaded: "one", whose text is put into the image of the Linux in
 * memory (watched_guest.h), and "two", which has none.
 */
#ifndef LISTED_MODULE_H
#define LISTED_MODULE_H

#include <servers/watcher/approve.h>

#define LISTED_MODULE_TEXT      0x50000u /* where its text is in the image, and that of its start */
#define LISTED_MODULE_INIT      0x54000u
#define LISTED_MODULE_SIZE      0x2000u /* of its text; its start has a page */
#define LISTED_MODULE_CONSTANTS 0x40u   /* bytes in the page behind each */
#define LISTED_MODULE_POINTER   8u      /* in its constants: a pointer to its text */
#define LISTED_MODULE_JUMP      8u    /* in its text: a jump label, which leads two words further */
#define LISTED_MODULE_TRACED    0x20u /* a traced function */

void listed_module_make(struct approve *approve, const struct watchfacts *facts);

#endif
