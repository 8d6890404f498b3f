/*
 * The start's part for PCI: makes every function of bus 0 still. A function that a partition owns
 * is compared with its description. All other functions are put to sleep and stay asleep. A
 * function that differs from its description keeps its own partition from starting, and no other
 * partition. Runs on the boot core; configuration space is used by its physical address.
 */
#include <dma/function.h>
#include <dma/function_space.h>
#include <frame/print.h>
#include <lib/bundle.h>
#include <machine/wait.h>
#include <start/start.h>
#include <word/timer.h>

#define CAPABILITY_KIND(word) ((word)&0xff)
#define CAPABILITY_AT         0xfcu /* bits that tell where the next capability is */
#define SLOTS                 256u
#define CAPABILITIES_MAX      48u /* as many as fit; a list without an end is cut there */
#define VIRTIO_COMMON         1u  /* kind of a virtio capability */
#define VIRTIO_BAR            4u  /* in such a capability: where the configuration is */
#define VIRTIO_AT             8u
#define EXPRESS_LENGTH        0x3cu
#define PCI_ROM               0x30u
#define PCI_NOBODY            0xffffu /* a vendor's number where there is no function */
#define MSI_ENABLE            (1u << 16)
#define HEADER_KINDS          0x7fu /* 0: a function; others: bridges, which no partition gets */

/* Returns the length of a capability; 0: guests aren't shown the capability. `sends`: the function
 * may send messages. */
static uint32_t length_of(uint32_t kind, uint32_t word, bool sends)
{
	switch (kind) {
	case CAPABILITY_VENDOR:
		return word >> 16 & 0xff; /* the capability itself says it */
	case CAPABILITY_SSVID:
	case CAPABILITY_SATA:
		return 8;
	case CAPABILITY_EXPRESS:
		return EXPRESS_LENGTH;
	case CAPABILITY_MSIX:
		return sends ? MSIX_LENGTH : 0;
	default:
		return 0; /* not shown */
	}
}

static void show(struct function *own, uint32_t at, uint32_t length)
{
	uint32_t end = (at + length + 3) & ~3u;

	if (length < 4 || own->shown == FUNCTION_SHOWN || end > PCI_PLAIN)
		return;
	if (own->shown != 0)
		own->capability[own->shown - 1].next = (uint8_t)at;
	own->capability[own->shown].at = (uint8_t)at;
	own->capability[own->shown].end = (uint8_t)(end - 1);
	own->shown++;
}

/* Has a function report no errors to the root complex, which couldn't tell whose errors they are.
 */
static void silence_errors(uint64_t express)
{
	uint32_t control = device_read(express + EXPRESS_CONTROL) & 0xffff;

	device_write(express + EXPRESS_CONTROL, control & ~EXPRESS_ERRORS);
}

/* One of a function's capabilities: its offset (0: there are no more) and its first word. */
struct capability {
	uint64_t space;
	uint32_t at, word;
	uint32_t left; /* number of capabilities that may still follow */
};

static struct capability capability_at(uint64_t space, uint32_t at, uint32_t left)
{
	at &= CAPABILITY_AT;
	if (at < PCI_HEADER_SIZE || left == 0)
		return (struct capability){space, 0, 0, 0};
	return (struct capability){space, at, device_read(space + at), left - 1};
}

static struct capability first_capability(uint64_t space)
{
	if ((device_read(space + PCI_COMMAND) & PCI_STATUS_LIST) == 0)
		return (struct capability){space, 0, 0, 0};
	return capability_at(space, device_read(space + PCI_CAPABILITIES), CAPABILITIES_MAX);
}

static struct capability next_capability(struct capability now)
{
	return capability_at(now.space, now.word >> 8, now.left);
}

static void list_capabilities(uint64_t space, struct function *own, bool sends)
{
	for (struct capability c = first_capability(space); c.at != 0; c = next_capability(c)) {
		uint32_t kind = CAPABILITY_KIND(c.word);

		if (kind == CAPABILITY_POWER)
			own->power = (uint8_t)c.at;
		if (kind == CAPABILITY_EXPRESS && c.at + EXPRESS_CONTROL < PCI_PLAIN)
			silence_errors(space + c.at);
		show(own, c.at, length_of(kind, c.word, sends));
	}
}

/* ---- is a function as described? ---- */

static const char *const differs_text =
    "kumiki: PCI device %u, function %u, %s of %s: %s is 0x%lx, described as "
    "0x%lx\n";

struct described {
	const struct bundle_partition *config;
	const struct bundle_function *function;
	uint64_t space;
};

static bool same(const struct described *d, const char *what, uint64_t is, uint64_t wanted)
{
	if (is != wanted)
		print(differs_text, d->function->slot >> 3, d->function->slot & 7u,
		      d->function->label, d->config->name, what, PRINT_X(is), PRINT_X(wanted));
	return is == wanted;
}

/* Writes all ones to the BAR and returns what it reads then: that tells its size. This does no
 * harm, as the function doesn't decode memory now. */
static uint32_t sized(uint64_t space, uint32_t bar)
{
	uint64_t at = space + PCI_BAR((uint64_t)bar);

	device_write(at, ~0u);
	return device_read(at);
}

static bool bar_is_same(const struct described *d, uint32_t bar)
{
	const struct bundle_function *function = d->function;
	uint32_t low = sized(d->space, bar), kind = 0;
	uint64_t mask = ~0xffffffffULL | (low & ~BAR_BITS);

	if (low == 0 || (low & BAR_IO) != 0) /* no partition is given I/O ports */
		return same(d, "the size of a BAR", 0, function->bar_size[bar]);
	if ((low & BAR_64) != 0) {
		kind |= BUNDLE_BAR_64;
		mask = (uint64_t)sized(d->space, bar + 1) << 32 | (low & ~BAR_BITS);
	}
	if ((low & BAR_PREFETCH) != 0)
		kind |= BUNDLE_BAR_PREFETCH;
	return same(d, "the size of a BAR", ~mask + 1, function->bar_size[bar]) &&
	       same(d, "the kind of a BAR", kind, function->bar_kind[bar]);
}

static bool bars_are_same(const struct described *d)
{
	bool is_same = true;

	for (uint32_t bar = 0; bar < BUNDLE_BARS; bar++) {
		is_same = is_same && bar_is_same(d, bar);
		if ((d->function->bar_kind[bar] & BUNDLE_BAR_64) != 0)
			bar++;
	}
	return is_same;
}

/* Returns where the BAR of a virtio function begins that the loader is to silence; 0: there is
 * none. */
static uint64_t virtio_base(const struct described *d, const struct bundle_header *from)
{
	const struct bundle_region *regions = bundle_regions(from);
	uint64_t base = 0;

	for (uint32_t i = 0; i < d->config->regions.count; i++) {
		const struct bundle_region *region = &regions[d->config->regions.first + i];

		for (uint32_t bar = 0; bar < BUNDLE_BARS; bar++)
			if (region->silence == BUNDLE_SILENCE_VIRTIO_PCI &&
			    region->pa == d->function->bar[bar])
				base = region->pa;
	}
	return base;
}

/* True: the common configuration of the virtio function is at virtio_base(), where the loader
 * expects it. */
static bool virtio_is_known(const struct described *d, const struct bundle_header *from)
{
	const uint64_t base = virtio_base(d, from);

	if (base == 0)
		return true;
	for (struct capability c = first_capability(d->space); c.at != 0; c = next_capability(c)) {
		uint32_t bar = device_read(d->space + c.at + VIRTIO_BAR) & 0xff;

		if (CAPABILITY_KIND(c.word) == CAPABILITY_VENDOR && c.word >> 24 == VIRTIO_COMMON)
			return bar < BUNDLE_BARS &&
			       same(d, "its common configuration",
			            d->function->bar[bar] +
			                device_read(d->space + c.at + VIRTIO_AT),
			            base);
	}
	return same(d, "its common configuration", 0, base);
}

/* True: the function's interrupt pin is as described. A function that is described without a pin
 * has none, or it keeps the command bit that forbids it to raise its line. (The line may be another
 * function's.) */
static bool pin_is_same(const struct described *d)
{
	uint32_t pin = device_read(d->space + PCI_INTERRUPT) >> 8 & 0xff;

	if (d->function->pin != 0)
		return same(d, "its interrupt pin", pin, d->function->pin);
	return pin == 0 || (device_read(d->space + PCI_COMMAND) & PCI_COMMAND_NO_INTX) != 0 ||
	       same(d, "its interrupt pin", pin, 0);
}

static bool is_described(const struct described *d, const struct bundle_header *from)
{
	const struct bundle_function *function = d->function;
	uint32_t id = (uint32_t)function->device << 16 | function->vendor;

	return same(d, "its identity", device_read(d->space + PCI_ID), id) &&
	       (function->class_revision == 0 ||
	        same(d, "its class", device_read(d->space + PCI_CLASS) >> 8,
	             function->class_revision >> 8)) &&
	       same(d, "its header", device_read(d->space + PCI_CACHE_LINE) >> 16 & HEADER_KINDS,
	            0) &&
	       pin_is_same(d) && bars_are_same(d) && virtio_is_known(d, from);
}

/* ---- all functions ---- */

static const struct bundle_function *owned(const struct bundle_header *from, uint32_t slot)
{
	const struct bundle_function *functions = bundle_functions(from);

	for (uint32_t i = 0; i < from->functions.count; i++)
		if (functions[i].kind == BUNDLE_FUNCTION_REAL && functions[i].slot == slot)
			return &functions[i];
	return 0;
}

/* Turns off what a boot loader may have left on. Messages: a guest turns them on itself. An
 * option ROM: it would lie somewhere among the BARs as soon as the function decodes memory. */
static void forget_boot(uint64_t space)
{
	if ((device_read(space + PCI_CACHE_LINE) >> 16 & HEADER_KINDS) != 0)
		return;
	device_write(space + PCI_ROM, 0);
	for (struct capability c = first_capability(space); c.at != 0; c = next_capability(c)) {
		if (CAPABILITY_KIND(c.word) == CAPABILITY_MSI)
			device_write(space + c.at, c.word & ~MSI_ENABLE);
		if (CAPABILITY_KIND(c.word) == CAPABILITY_MSIX)
			device_write(space + c.at, c.word & ~MSIX_ENABLE);
	}
}

static bool is_there(const struct bundle_header *from, uint32_t slot)
{
	uint64_t space = from->board.pci_ecam + (uint64_t)slot * PAGE_SIZE;

	return (device_read(space + PCI_ID) & 0xffff) != PCI_NOBODY;
}

/* Makes a function still. An owned function is woken, any other is put to sleep. True: an owned
 * function was asleep, and needs time to wake. */
static bool still(const struct bundle_header *from, uint32_t slot)
{
	uint64_t space = from->board.pci_ecam + (uint64_t)slot * PAGE_SIZE;
	bool is_owned = owned(from, slot) != 0, slept;
	struct function found = {0};
	uint64_t state;

	list_capabilities(space, &found, false);
	device_write(space + PCI_COMMAND, PCI_COMMAND_NO_INTX);
	forget_boot(space);
	if (found.power == 0)
		return false;
	state = space + found.power + POWER_STATE;
	slept = (device_read(state) & POWER_D3) != POWER_D0;
	device_write(state, is_owned ? POWER_D0 : POWER_D3);
	return slept && is_owned;
}

static void wait(uint64_t nanoseconds)
{
	uint64_t begin = timer_now(), ticks = timer_ticks(nanoseconds);

	while (timer_now() - begin < ticks)
		wait_pause();
}

void start_functions(const struct bundle_header *from)
{
	bool slept = false;

	if (from->board.pci_ecam == 0)
		return;
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		if (is_there(from, slot))
			slept |= still(from, slot);
	if (slept)
		wait(FUNCTION_POWER_NS);
}

/* A partition that waits for a command doesn't use its functions until then. */
static void put_to_sleep(uint64_t space, struct function *own)
{
	own->asleep = own->power != 0;
	if (own->asleep)
		device_write(space + own->power + POWER_STATE, POWER_D3);
}

void start_fill_functions(const struct bundle_header *from, struct partition *partition)
{
	const struct bundle_range range = partition->config->functions;

	for (uint32_t i = 0; i < range.count; i++) {
		struct described d = {
		    .config = partition->config,
		    .function = &bundle_functions(from)[range.first + i],
		};

		d.space = from->board.pci_ecam + (uint64_t)d.function->slot * PAGE_SIZE;
		if (d.function->kind != BUNDLE_FUNCTION_REAL)
			continue;
		if (!is_described(&d, from))
			partition->unfit = d.function->slot + 1u;
		/* This finds the power capability, too, by which the function is put to sleep. */
		list_capabilities(d.space, &partition->real[i], d.function->sender != 0);
		if ((partition->config->flags & BUNDLE_MANUAL) != 0)
			put_to_sleep(d.space, &partition->real[i]);
	}
}

bool start_is_confined(const struct bundle_header *from, const struct bundle_partition *config,
                       const struct bundle_region *region)
{
	const struct bundle_function *functions = bundle_functions(from) + config->functions.first;

	for (uint32_t i = 0; i < config->functions.count; i++)
		for (uint32_t bar = 0; bar < BUNDLE_BARS; bar++)
			if (functions[i].kind == BUNDLE_FUNCTION_REAL &&
			    functions[i].bar_size[bar] != 0 && functions[i].bar[bar] == region->pa)
				return (functions[i].flags & BUNDLE_FUNCTION_UNCONFINED) == 0;
	return false;
}
