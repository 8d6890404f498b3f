/* The group of an interrupt that the code at EL1 gets: see doctor/interrupts.h. */
#ifndef GUEST_GROUP_H
#define GUEST_GROUP_H

#define GUEST_GROUP 0ULL /* group 0, which GICV_CTLR's first bit enables */

#endif
