/*
 * See reserved.h. "no-map": a system may map kept memory in another way than other memory, as
 * ramoops does. It mustn't be mapped in both ways.
 */
#include "parts.h"

#define RESERVED_RECORD_MOST 0x4000u /* at a panic, Linux writes some 10 KB of its log */

static uint32_t reserved_power_of_two(uint64_t most)
{
	uint32_t power = 1;
	while (power <= most / 2 && power < 1u << 31)
		power *= 2;
	return power;
}

/* Writes what Linux's ramoops.yaml asks for. A quarter of the memory has the end of the console's
 * output, the rest has records. */
static void reserved_ramoops(struct writer *writer, uint64_t size)
{
	const uint32_t record = reserved_power_of_two(size / 8);
	writer_text(writer, "compatible", "ramoops");
	writer_u32(writer, "record-size",
	           record < RESERVED_RECORD_MOST ? record : RESERVED_RECORD_MOST);
	writer_u32(writer, "console-size", reserved_power_of_two(size / 4));
}

void reserved_make_nodes(struct writer *writer, const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->keep_count; i++) {
		const struct model_keep *keep = &partition->keeps[i];
		const uint64_t pair[1][2] = {{keep->ipa, keep->size}};
		writer_node_at(writer, keep->ramoops ? "ramoops" : "kept", keep->ipa);
		writer_reg(writer, pair, 1);
		writer_flag(writer, "no-map");
		if (keep->ramoops)
			reserved_ramoops(writer, keep->size);
		writer_node_end(writer);
	}
}

void reserved_make(struct writer *writer, const struct model_partition *partition)
{
	if (partition->keep_count == 0)
		return;
	writer_node(writer, "reserved-memory");
	writer_u32(writer, "#address-cells", writer->address_cells);
	writer_u32(writer, "#size-cells", writer->size_cells);
	writer_flag(writer, "ranges");
	reserved_make_nodes(writer, partition);
	writer_node_end(writer);
}
