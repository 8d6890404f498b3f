/* Data of a core's own: every core finds its own at the same address (frame/layout.h). */
#ifndef MACHINE_LOCAL_H
#define MACHINE_LOCAL_H

#define CORE_LOCAL __attribute__((section(".core")))
/* The same, of whole pages: before all others, so that no hole is before it. */
#define CORE_LOCAL_PAGES __attribute__((section(".core.pages")))

#endif
