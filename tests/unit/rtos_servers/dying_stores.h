/* The RAM file system's stores. The server can die at any of these. */
#ifndef DYING_STORES_H
#define DYING_STORES_H

#include <setjmp.h>
#include <stdint.h>

extern jmp_buf store_end;    /* where the test goes on then */
extern uint32_t store_left;  /* how many stores are left until it dies; 0: it doesn't */
extern uint32_t store_count; /* how many stores were made */
extern uint32_t store_wrong; /* the number of the store of bytes that stores a wrong one; 0: none */
extern uint64_t *store_damages; /* the highest byte here changes at the next store of bytes */

#endif
