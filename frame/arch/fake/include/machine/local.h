/* Data that each core has for itself: a test exchanges it as it goes from core to core
 * (fake/local.h). */
#ifndef MACHINE_LOCAL_H
#define MACHINE_LOCAL_H

#define CORE_LOCAL __attribute__((section("core_local")))
#define CORE_LOCAL_PAGES

#endif
