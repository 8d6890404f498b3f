/* Short names of guarded.h, for tests that say little else. */
#ifndef GUARDED_NAMES_H
#define GUARDED_NAMES_H

#include <unit/rtos_servers/guarded.h>

#define PAGE    PREVENT_PAGE
#define FETCH   GUARDED_FETCH
#define STORE   GUARDED_STORE
#define STORE64 GUARDED_STORE64
#define EL0     GUARDED_EL0
#define EL1     GUARDED_EL1
#define FREE    GUARDED_FREE
#define HEAD    GUARDED_HEAD
#define MODULE  GUARDED_MODULE
#define LOG     GUARDED_LOG
#define TEXT    LISTED_MODULE_TEXT

#endif
