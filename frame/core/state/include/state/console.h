/* The console service's memory as its core maps it (LAYOUT_SERVICE); nobody else does. */
#ifndef STATE_CONSOLE_H
#define STATE_CONSOLE_H

#include <frame/layout.h>
#include <kumiki/console.h>
#include <kumiki/service.h>
#include <pure/stage2.h>
#include <state/context.h>

/* The console service's memory as its core maps it (LAYOUT_SERVICE); nobody else does. */
struct console_memory {
	uint8_t data[SERVICE_DATA_SIZE];
	union {
		struct console_info info;
		uint8_t page[PAGE_SIZE];
	};
	struct console_ring ring __attribute__((aligned(4096))); /* the service's own words */
	struct context context __attribute__((aligned(4096)));
	struct stage2 stage2;
	struct page_pool pool;
	/* How a core comes on again, which this one makes it (start_power.c); never changed. */
	uint64_t entry;                    /* physical: where it comes in */
	uint64_t way_in[BUNDLE_CORES_MAX]; /* with what, each */
};
#define console_own ((struct console_memory *)LAYOUT_SERVICE)

#endif
