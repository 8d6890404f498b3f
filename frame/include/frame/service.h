/* Service contexts: start, calls, wake-ups. The contract with them is kumiki/service.h. */
#ifndef FRAME_SERVICE_H
#define FRAME_SERVICE_H

#include <frame/context.h>
#include <frame/stage2.h>
#include <kumiki/console.h>
#include <kumiki/service.h>

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

/* Begins at its first instructions, which clear its data. */
void service_start(struct context *context);

/* An SVC of the service. */
void service_call(struct context *context);

/* Its fault: said, and it starts anew. */
void service_fault(struct context *context, uint64_t syndrome, uint64_t address);

/* Events for the console service from this core, which is its own. */
void console_event(uint64_t events);

/* From any core: the console service has something to look at. */
void console_wake(uint64_t event_bit);

/* The same by a message, even from its own core: who calls has done much already. */
void console_wake_later(uint64_t event_bit);

/* The SERVICE_WAIT of the console service ran out. */
void console_timeout(void);

/* Where the services' images lie. */
extern const uint8_t service_console_image[], service_console_end[];
extern const uint8_t service_loader_image[], service_loader_end[];

#endif
