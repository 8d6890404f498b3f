/* The RAM file system's stores, which end where they are told: in the middle of one. */
#ifndef DYING_STORES_H
#define DYING_STORES_H

#include <setjmp.h>
#include <stdint.h>

extern jmp_buf store_end;    /* then it goes on there */
extern uint32_t store_left;  /* until the server dies; 0: it doesn't */
extern uint32_t store_count; /* that were made */

#endif
