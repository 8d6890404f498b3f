/*
 * A small good bundle for tests to spoil. It has three cores, a "linux" with two of these, and a
 * "heartbeat" with remapped memory on the third; a panel and a PCI function; a window, two
 * doorbells and a channel. The pointers lead to all tables, to write into them;
 * sample_bundle_seal() then makes the sum of the tables right.
 */
#ifndef UNIT_LIB_SAMPLE_BUNDLE_H
#define UNIT_LIB_SAMPLE_BUNDLE_H

#include <kumiki/bundle.h>

#define SAMPLE_BUNDLE_SIZE (4ul * BUNDLE_ALIGN)

struct sample_bundle {
	union {
		struct bundle_header header;
		uint8_t bytes[SAMPLE_BUNDLE_SIZE];
	};
	struct bundle_core *cores;
	struct bundle_partition *partitions;
	struct bundle_vcpu *vcpus;
	struct bundle_region *regions;
	struct bundle_interrupt *interrupts;
	struct bundle_load *loads;
	struct bundle_part *parts;
	struct bundle_window *windows;
	struct bundle_doorbell *doorbells;
	struct bundle_function *functions;
	struct bundle_channel *channels;
	struct bundle_end *ends;
};

void sample_bundle_make(struct sample_bundle *sample);
void sample_bundle_seal(struct sample_bundle *sample);

#endif
