/* The group of an interrupt that the code at EL1 gets: see doctor/interrupts.h. */
#ifndef GUEST_GROUP_H
#define GUEST_GROUP_H

#include <frame/listreg.h>

#define GUEST_GROUP LR_GROUP1

#endif
