/* Data that each core has for itself: every core finds its own at the same address
 * (frame/layout.h). */
#ifndef MACHINE_LOCAL_H
#define MACHINE_LOCAL_H

#define CORE_LOCAL __attribute__((section(".core")))
/* For data of whole pages. It comes before all other data, so that no hole is in front of it. */
#define CORE_LOCAL_PAGES __attribute__((section(".core.pages")))

#endif
