/*
 * Services: the programs at EL0 that the frame carries (docs/inside/architecture.md). A row has all
 * that differs between the kinds; the frame's code is the same for each.
 */
#ifndef STATE_SERVICES_H
#define STATE_SERVICES_H

#include <frame/layout.h>
#include <kumiki/console.h>
#include <kumiki/package.h>
#include <kumiki/service.h>
#include <kumiki/warden.h>
#include <lib/parity.h>
#include <pure/stage2.h>
#include <state/context.h>

/* What a service sees besides its own text, data and info page: a bit each. */
enum service_map {
	SERVICE_SEES_UART = 1u << 0,
	SERVICE_SEES_BUNDLE = 1u << 1, /* read-only, as the accounts, traces and DMA log are */
	SERVICE_SEES_ACCOUNTS = 1u << 2,
	SERVICE_SEES_TRACES = 1u << 3,
	SERVICE_SEES_DMA_LOG = 1u << 4,
	SERVICE_SEES_RINGS = 1u << 5, /* console rings, and the boxes that are filled from them */
	SERVICE_SEES_PARTITION = 1u << 6, /* its partition's memory, images and devices */
	SERVICE_SEES_LIVES = 1u << 7,     /* the page of each console ring that has the life log */
	SERVICE_SEES_BOX = 1u << 8,       /* struct warden_box */
	SERVICE_SEES_CHANNEL = 1u << 9,   /* its channel's memory, and that of all its ends */
	SERVICE_SEES_CHANNELS = 1u << 10, /* the memory of all channels, read-only */
	SERVICE_SEES_UPDATE = 1u << 11,   /* struct update_box */
	SERVICE_SEES_SPARE = 1u << 12,    /* the memory in which another frame is put together */
};

struct service_row {
	const uint8_t *image, *image_end; /* whole pages: frame.ld.S */
	uint32_t data_size;
	uint32_t maps;   /* enum service_map */
	uint32_t calls;  /* a bit for each enum service_call that it may make */
	uint64_t events; /* events that it hears of */
	uint64_t tells;  /* events that it may tell (SERVICE_TELL) */
	uint8_t timer;   /* enum core_timer: its SERVICE_WAIT's */
	uint8_t trace_id;
	/* True: each partition has such a service, on its home core and as urgent as the partition.
	 * The service runs once for a job, whose end or failure is the partition's. False: the
	 * service lasts, and is started again if it fails. Of each kind from CONTEXT_CONSOLE on
	 * there is one, on the console's core, as urgent as the least urgent partition there. */
	bool is_job;
	bool is_last; /* the machine goes off only when this service has nothing left to print */
};
extern const struct service_row service_rows[CONTEXT_KINDS];

struct service {
	struct context context; /* first: a context of a service's kind is one */
	struct stage2 stage2;
	/* Only services that last use these; the fields behind `failure` only those from
	 * CONTEXT_CONSOLE on. */
	struct service_report *failure; /* in its info page */
	uint64_t pending;               /* events that it wasn't told of */
	uint64_t awaits;                /* events that end its SERVICE_WAIT */
	uint32_t interrupt; /* stays active, and so silent, until the service waits; 0: none */
	uint32_t looks;     /* at which it had the core, since its last call or its begin */
	/* Its last failure: run/service_anew.h. All services use these. */
	uint32_t check;  /* the piece of its image to look at next, + 1; 0: it hasn't failed */
	uint32_t text;   /* enum service_text, as far as that was looked at */
	uint32_t soon;   /* failures before it, each soon after the one before */
	uint64_t failed; /* counter; 0: never */
	uint64_t syndrome, address;
};

/* The updater's own memory, which only a machine with an update key has. It follows the tables
 * behind struct service_memory. */
struct updater_memory {
	_Alignas(PAGE_SIZE) struct updater_info info;
	_Alignas(PAGE_SIZE) uint8_t data[UPDATER_DATA_SIZE];
	_Alignas(PAGE_SIZE) struct update_box box; /* shared by console and updater */
};

/* The memory of the services from CONTEXT_CONSOLE on. Their core alone maps it, at LAYOUT_SERVICE.
 */
#define SERVICES_LASTING (CONTEXT_KINDS - CONTEXT_CONSOLE)
struct service_memory {
	/* By their kind. An updater that isn't there is all zeros: it is off, and its row, a
	 * vCPU's, hears of nothing. */
	struct service lasting[SERVICES_LASTING];
	struct page_pool pool;
	/* For start_power.c, by which this core switches other cores on again; never changed. */
	uint64_t entry;                    /* physical address where a core enters */
	uint64_t way_in[BUNDLE_CORES_MAX]; /* the argument that each core enters with */

	_Alignas(PAGE_SIZE) struct console_ring ring; /* the console's own words */
	_Alignas(PAGE_SIZE) struct console_info console_info;
	_Alignas(PAGE_SIZE) uint8_t console_data[CONSOLE_DATA_SIZE];
	_Alignas(PAGE_SIZE) struct warden_info warden_info;
	_Alignas(PAGE_SIZE) uint8_t warden_data[WARDEN_DATA_SIZE];
	_Alignas(PAGE_SIZE) struct warden_box box; /* shared by console and warden */
};
#define services_own     ((struct service_memory *)LAYOUT_SERVICE)
#define services_console (&services_own->lasting[0])
#define services_warden  (&services_own->lasting[CONTEXT_WARDEN - CONTEXT_CONSOLE])

/* From the linker: the services' images, with their parity; then their sums. */
extern const uint8_t service_console_image[];
extern const uint32_t service_sums[];

static inline struct parity services_parity(void)
{
	const uint8_t *end = (const uint8_t *)service_sums;

	return (struct parity){service_console_image,
	                       (uint32_t)(end - service_console_image) / PARITY_PIECE,
	                       service_sums};
}

static inline const struct service_row *service_row_of(const struct context *context)
{
	return &service_rows[context->kind];
}

static inline struct service *service_of(struct context *context)
{
	return (struct service *)context;
}

#endif
