/*
 * The parts of the bundle's verification share this header; no other file includes it. The parts
 * are bundle.c (header and tables as such), bundle_machine.c (the machine, and resources that no
 * two partitions share), bundle_function.c (PCI functions), bundle_channel.c (channels) and
 * bundle_partition.c (each partition).
 */
#ifndef BUNDLE_CHECK_H
#define BUNDLE_CHECK_H

#include <kumiki/panel.h>
#include <lib/bundle.h>

#define BUNDLE_PAGE       4096u
#define BUNDLE_SMMU_ALIGN 0x10000u

struct bundle_span {
	uint64_t base, size;
};

static inline struct bundle_verdict bundle_good(void)
{
	return (struct bundle_verdict){BUNDLE_OK, 0};
}

static inline struct bundle_verdict bundle_bad(enum bundle_fault fault, uint32_t index)
{
	return (struct bundle_verdict){fault, index};
}

/* The span isn't empty, is aligned, and lies below the limit, its end included. */
static inline bool bundle_span_valid(struct bundle_span span, uint64_t align)
{
	return span.size != 0 && span.base % align == 0 && span.size % align == 0 &&
	       span.base < BUNDLE_ADDRESS_LIMIT && span.size <= BUNDLE_ADDRESS_LIMIT - span.base;
}

/* Checks before have to make sure that the spans' ends don't overflow, as bundle_span_valid() does.
 * A span of size 0 overlaps nothing. */
static inline bool bundle_span_overlaps(struct bundle_span a, struct bundle_span b)
{
	return a.size != 0 && b.size != 0 && a.base < b.base + b.size && b.base < a.base + a.size;
}

static inline bool bundle_span_inside(struct bundle_span inner, struct bundle_span outer)
{
	return inner.base >= outer.base && inner.size <= outer.size &&
	       inner.base - outer.base <= outer.size - inner.size;
}

/* The text is safe to print, and has only this one spelling. */
bool bundle_text_good(const char *text, size_t size);
bool bundle_spi_good(uint32_t intid);

/* The BAR's pages; of size 0 if there is no such BAR. */
struct bundle_span bundle_bar_span(const struct bundle_function *function, uint32_t bar);
/* bundle_check_functions() comes after the checks of regions, interrupts and windows.
 * bundle_bus_good() checks a partition's functions after that. */
struct bundle_verdict bundle_check_functions(const struct bundle_header *bundle);
bool bundle_bus_good(const struct bundle_header *bundle, const struct bundle_partition *partition);

/* bundle_check_channels() comes after the checks of all other resources. After that,
 * bundle_check_ends() checks each partition: its ends lie apart from these emulated devices, from
 * its regions, and from each other. */
struct bundle_verdict bundle_check_channels(const struct bundle_header *bundle);
struct bundle_verdict bundle_check_ends(const struct bundle_header *bundle, uint32_t index,
                                        const struct bundle_span *spans, uint32_t count);
struct bundle_span bundle_end_span(const struct bundle_end *end);

/* Both need tables at good places. The partitions' checks rely on the machine's. */
struct bundle_verdict bundle_check_machine(const struct bundle_header *bundle);
struct bundle_verdict bundle_check_partitions(const struct bundle_header *bundle);

#endif
